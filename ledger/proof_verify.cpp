#include "ledger/proof_verify.h"

#include "common/codec.h"
#include "ledger/proof_work.h"

namespace jingchu::ledger {
namespace {

using namespace proof;  // NOLINT: the steps

Verdict check_bundle(Work& work) {
  auto parsed = parse_proof(work.bundle_bytes);
  if (const auto* wrong = std::get_if<ProofFailure>(&parsed)) return *wrong;
  work.bundle = std::get<ProofBundle>(std::move(parsed));
  return {};
}

Verdict check_genesis(Work& work) {
  if (const Hash hash = sha256(work.genesis_bytes); hash != work.bundle.chain_id) {
    return failure(ProofReason::kOtherChain, "/chain_id", to_hex(hash), to_hex(work.bundle.chain_id));
  }
  auto parsed = parse_proof_genesis(work.genesis_bytes);
  if (const auto* wrong = std::get_if<ProofFailure>(&parsed)) {
    return failure(ProofReason::kBadGenesis, wrong->where, {}, std::string(to_string(wrong->reason)));
  }
  work.genesis = std::get<ProofGenesis>(std::move(parsed));
  return {};
}

Verdict check_roots(Work& work) {
  const Hash computed = work.bundle.roots.executed();
  const auto& signed_root = work.bundle.anchor.header.executed_root;
  if (computed == signed_root) return {};
  return failure(ProofReason::kExecutedRoot, "/roots", to_hex(signed_root), to_hex(computed));
}

struct Step {
  ProofStep step;
  Verdict (*check)(Work&);
};
constexpr Step kCommon[] = {{ProofStep::kBundle, check_bundle},
                            {ProofStep::kGenesis, check_genesis},
                            {ProofStep::kSets, check_sets},
                            {ProofStep::kFinality, check_finality},
                            {ProofStep::kRoots, check_roots}};
constexpr Step kRecord[] = {{ProofStep::kHistory, check_history},
                            {ProofStep::kReceipt, check_receipt},
                            {ProofStep::kTransaction, check_transaction},
                            {ProofStep::kCall, proof::check_call}};
constexpr Step kEntity[] = {{ProofStep::kState, check_state}, {ProofStep::kRecords, check_records}};
constexpr Step kFile[] = {{ProofStep::kFile, check_file}};

// The first step that does not hold is the verdict; those behind it are not reached.
void run(std::span<const Step> steps, Work& work, ProofReport& report) {
  for (const auto& [step, check] : steps) {
    StepReport& made = report.steps.emplace_back(StepReport{step, ProofVerdict::kNotReached, {}});
    if (report.failed() != nullptr) continue;
    made.failure = check(work);
    made.verdict = made.failure ? ProofVerdict::kFails : ProofVerdict::kHolds;
  }
}

AnchorFacts anchor_facts(const Work& work) {
  const auto& header = work.bundle.anchor.header;
  return {work.genesis.name,
          work.bundle.chain_id,
          header.height,
          header.epoch,
          header.time_ms,
          header.executed_height,
          consensus::block_hash(work.bundle.chain_id, header),
          work.present.set.size(),
          work.signers,
          work.bundle.sets.size()};
}

RecordFacts claim_facts(const RecordClaim& record) {
  const auto& receipt = record.receipt;
  return {record.call.contract,          record.call.method,     record.call.payload,
          record.transaction.sender,     receipt.transaction_id, receipt.call_index,
          record.transaction.call_count, receipt.code,           receipt.message,
          record.block.height,           record.block.time_ms};
}

EntityFacts claim_facts(const EntityClaim& entity) {
  return {entity.contract, entity.name, entity.head ? entity.head->count : 0, entity.records};
}

ProofFacts facts_of(const Work& work) {
  const auto claim = [](const auto& made) -> std::variant<RecordFacts, EntityFacts> {
    return claim_facts(made);
  };
  return {anchor_facts(work), std::visit(claim, work.bundle.claim)};
}

}  // namespace

Hash ProofRoots::executed() const {
  const Hash state = sha256(encode(std::string("jingchu/state"), entities, checksum));
  return sha256(encode(std::string("jingchu/executed"), state, receipts, history));
}

TransactionHead head_of(const Transaction& transaction) {
  TransactionHead head;
  head.version = transaction.version;
  head.chain_id = transaction.chain_id;
  head.sender = transaction.sender;
  head.nonce = transaction.nonce;
  head.valid_until = transaction.valid_until;
  head.on_error = transaction.on_error;
  head.call_count = static_cast<std::uint32_t>(transaction.calls.size());
  head.calls_root = calls_root(transaction.calls);
  return head;
}

std::string_view to_string(ProofStep step) {
  constexpr std::string_view kStepNames[] = {"bundle", "genesis", "sets",    "finality",
                                             "roots",  "history", "receipt", "transaction",
                                             "call",   "state",   "records", "file"};
  return kStepNames[static_cast<std::size_t>(step)];
}

std::string_view to_string(ProofVerdict verdict) {
  constexpr std::string_view kVerdictNames[] = {"holds", "fails", "not-reached"};
  return kVerdictNames[static_cast<std::size_t>(verdict)];
}

const StepReport* ProofReport::failed() const {
  for (const auto& step : steps) {
    if (step.verdict == ProofVerdict::kFails) return &step;
  }
  return nullptr;
}

ProofReport verify_proof(ByteView bundle, ByteView genesis, const std::optional<FileHashes>& file) {
  Work work;
  work.bundle_bytes = bundle;
  work.genesis_bytes = genesis;
  work.file = file;
  ProofReport report;
  run(kCommon, work, report);
  const bool is_read = report.steps.front().verdict == ProofVerdict::kHolds;
  if (is_read && std::holds_alternative<RecordClaim>(work.bundle.claim)) run(kRecord, work, report);
  if (is_read && std::holds_alternative<EntityClaim>(work.bundle.claim)) run(kEntity, work, report);
  if (file) run(kFile, work, report);
  if (report.failed() == nullptr) report.facts = facts_of(work);
  return report;
}

std::variant<AnchorFacts, ProofFailure> verify_final(ByteView genesis, const Hash& chain_id,
                                                     const std::vector<SetChange>& sets,
                                                     const FinalHeader& anchor) {
  Work work;
  work.genesis_bytes = genesis;
  work.bundle.chain_id = chain_id;
  work.bundle.sets = sets;
  work.bundle.anchor = anchor;
  for (const auto check : {check_genesis, check_sets, check_finality}) {
    if (auto wrong = check(work)) return std::move(*wrong);
  }
  return anchor_facts(work);
}

}  // namespace jingchu::ledger
