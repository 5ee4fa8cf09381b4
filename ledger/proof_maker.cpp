#include "ledger/proof_maker.h"

#include <algorithm>

#include "common/codec.h"
#include "common/merkle.h"
#include "contracts/entity_history.h"
#include "ledger/horizon.h"
#include "ledger/set_changes.h"
#include "ledger/state.h"

namespace jingchu::ledger {
namespace {

Error not_yet(const std::string& what) {
  return our_error("not-provable-yet", what, "ask again in a moment: the next final blocks bring it");
}

Error gone(const KeyValueStore& store, const std::string& what) {
  return store.report(environment_error("storage-corrupted", what + " is missing", "check the disk"));
}

std::vector<Hash> leaves_of(const std::vector<Receipt>& receipts) {
  std::vector<Hash> leaves;
  leaves.reserve(receipts.size());
  for (const auto& receipt : receipts) leaves.push_back(receipt_leaf(receipt));
  return leaves;
}

}  // namespace

// A block's own header is final with it, but its root is known only from then on: the root that this header
// names is that of an earlier height, which every quorum member has recomputed.
Result<ProofMaker::Anchor> ProofMaker::anchor() const {
  ASSIGN_OR_RETURN(const auto head, blocks_.head());
  if (!head) return not_yet("no block is final yet");
  ASSIGN_OR_RETURN(const auto newest, blocks_.closing(head->height));
  if (!newest || !newest->finalization) return not_yet("no block is final yet");
  Anchor anchor;
  anchor.height = newest->header.executed_height;
  // A store that began with a snapshot has no roots below it.
  ASSIGN_OR_RETURN(const auto horizon, read_horizon(store_));
  if (anchor.height < horizon.target) return not_yet("no block is final since this node began");
  ASSIGN_OR_RETURN(const auto executed, blocks_.closing(anchor.height));
  if (!executed) return gone(store_, "an executed block");
  const Roots& roots = executed->roots;
  anchor.bundle.chain_id = chain_id_;
  anchor.bundle.anchor = {newest->header, newest->path, *newest->finalization};
  anchor.bundle.roots = {roots.entities, roots.checksum, roots.receipts, roots.history};
  ASSIGN_OR_RETURN(anchor.bundle.sets, set_changes(store_, epochs_, newest->header.epoch));
  return anchor;
}

Result<ProofBundle> ProofMaker::record(const Hash& transaction_id, std::uint32_t call_index) const {
  ASSIGN_OR_RETURN(const auto outcome, blocks_.outcome(transaction_id));
  if (!outcome || call_index >= outcome->receipts.size()) {
    return caller_error("not-found",
                        outcome ? "the transaction has " + std::to_string(outcome->receipts.size()) + " calls"
                                : "this node has executed no transaction of this id",
                        "take the id and the call from the receipt");
  }
  ASSIGN_OR_RETURN(auto anchor, this->anchor());
  const Height height = outcome->place.height;
  if (height > anchor.height)
    return not_yet("the final headers name roots up to height " + to_string(anchor.height));
  ASSIGN_OR_RETURN(const auto block, blocks_.block(height));
  ASSIGN_OR_RETURN(const auto transaction, blocks_.transaction(transaction_id));
  if (!block || !transaction) return lost(height, "an executed transaction");
  RecordClaim claim;
  claim.block = block->header;
  claim.receipts_root = block->roots.receipts;
  ASSIGN_OR_RETURN(claim.history_path, blocks_.history_proof(height, anchor.height));
  RETURN_IF_ERROR(prove_receipt(*outcome, call_index, claim));
  claim.transaction = head_of(*transaction);
  claim.signature = transaction->signature;
  claim.call = transaction->calls.at(call_index);
  std::vector<Hash> calls;
  for (const auto& call : transaction->calls) calls.push_back(merkle::leaf_hash(encode(call)));
  claim.call_path = merkle::inclusion_proof(calls, call_index);
  anchor.bundle.claim = std::move(claim);
  return std::move(anchor.bundle);
}

// Damage, unless the block was let go of between two reads.
Error ProofMaker::lost(Height height, const std::string& what) const {
  const auto block = blocks_.block(height);
  return block.ok() ? gone(store_, what) : block.error();
}

Status ProofMaker::prove_receipt(const TransactionOutcome& outcome, std::uint32_t call_index,
                                 RecordClaim& claim) const {
  ASSIGN_OR_RETURN(const auto receipts, blocks_.receipts(outcome.place.height));
  const auto found = std::find(receipts.begin(), receipts.end(), outcome.receipts[call_index]);
  if (found == receipts.end()) return lost(outcome.place.height, "a receipt");
  claim.receipt = *found;
  claim.receipt_index = static_cast<std::uint64_t>(found - receipts.begin());
  claim.receipt_count = receipts.size();
  claim.receipt_path = merkle::inclusion_proof(leaves_of(receipts), claim.receipt_index);
  return ok_status();
}

Result<ProofBundle> ProofMaker::entity(std::string_view contract_name, std::string_view given,
                                       bool with_records) const {
  const auto* contract = contracts::find_contract(contracts_, contract_name);
  if (contract == nullptr) return contracts::unknown_contract(contract_name);
  ASSIGN_OR_RETURN(const std::string name, contract->entity_name(given));
  ASSIGN_OR_RETURN(auto anchor, this->anchor());
  const Hash path = entity_path(contract_name, name);
  ASSIGN_OR_RETURN(auto proof, tree_.prove(anchor.height, path));
  if (!proof) return not_yet("height " + to_string(anchor.height) + " cannot be proven at this moment");
  EntityClaim claim;
  claim.contract = contract_name;
  claim.name = name;
  claim.siblings = std::move(proof->siblings);
  if (!proof->leaf || proof->leaf->path != path) {
    claim.other = proof->leaf;
    if (with_records) claim.records.emplace();
  } else {
    // The state is that of a later block: the entity may have more records by now.
    const CommittedState state(store_, claim.contract);
    ASSIGN_OR_RETURN(const auto head, contracts::history_head_of(state, name, proof->leaf->value_hash));
    if (!head) return gone(store_, "the history of an entity");
    claim.head = EntityHead{head->count, head->chain};
    if (with_records) {
      ASSIGN_OR_RETURN(claim.records, records(*contract, *head));
    }
  }
  anchor.bundle.claim = std::move(claim);
  return std::move(anchor.bundle);
}

Result<std::vector<EntityRecord>> ProofMaker::records(const contracts::Contract& contract,
                                                      const contracts::HistoryHead& head) const {
  const auto too_many = [&](const std::string& what) {
    return caller_error("too-many-records", "the entity has " + what + " than one bundle shows",
                        "ask without records=true, and for each record by its transaction");
  };
  if (head.count > kProvenRecordsMax) return too_many("more records");
  const CommittedState state(store_, std::string(contract.name()));
  ASSIGN_OR_RETURN(const auto entries,
                   contracts::read_history(state, head, {.limit = kProvenRecordsMax, .after = 0}));
  std::vector<EntityRecord> records;
  std::uint64_t bytes = 0;
  for (const auto& entry : entries) {
    ASSIGN_OR_RETURN(auto record, contracts::read_record(state, entry.record));
    bytes += record.text.size();
    if (bytes > kProvenRecordBytesMax) return too_many("more bytes of records");
    records.push_back({std::move(record.text), std::move(record.recorded)});
  }
  return records;
}

}  // namespace jingchu::ledger
