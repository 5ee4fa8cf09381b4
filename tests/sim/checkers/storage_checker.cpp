#include "sim/checkers/storage_checker.h"

#include "common/codec.h"
#include "contracts/contract.h"
#include "ledger/executor_work.h"
#include "ledger/horizon.h"
#include "ledger/proof_maker.h"
#include "ledger/proof_writer.h"
#include "ledger/store_check.h"
#include "sim/whole_ledger.h"
#include "sim/world.h"

namespace jingchu::sim {
namespace {

constexpr std::size_t kProofsOfANode = 3;

ledger::SegmentSource source_of(const World& world, const ledger::KeyValueStore& store) {
  return {&store, &world.whole()->genesis(),
          [&store](Epoch epoch) { return node::validators_of(store, epoch); }};
}

ledger::ChainPosition genesis_of(const World& world, const Node& node) {
  return ledger::ChainPosition::genesis(world.whole()->genesis(), node.ledger().genesis_root());
}

}  // namespace

void StorageChecker::run() {
  for (std::size_t i = 0; i < world_.plan().nodes() && !world_.stopped(); ++i) {
    const Node& node = world_.node(i);
    if (world_.is_honest(node.index()) && node.running() && !node.is_damaged()) check(node);
  }
  if (world_.stopped() || !world_.plan().storage.archives) return;
  const Status archived = check_archives();
  if (!archived.ok()) world_.fail("archive-refused", archived.error().to_string());
}

// What rotted is found, whether or not somebody had read it before.
void StorageChecker::check(const Node& node) {
  const CrashingDatabase& database = whole_of(node.ledger()).database();
  const std::string where = "n" + to_string(node.index()) + ": ";
  const auto scanned = ledger::scan_store(database);
  if (database.is_rotten()) {
    world_.count("rot found by the check");
    if (scanned.ok()) world_.fail("rot-overlooked", where + "all of its database can be read");
    return;
  }
  Status checked = scanned.ok() ? check_store(node) : Status(scanned.error());
  if (!checked.ok()) return world_.fail("store-refused", where + checked.error().to_string());
  checked = check_proofs(node);
  if (!checked.ok()) world_.fail("proof-refused", where + checked.error().to_string());
}

Status StorageChecker::check_store(const Node& node) {
  const ledger::KeyValueStore& store = whole_of(node.ledger()).store();
  const auto source = source_of(world_, store);
  world_.count("stores checked");
  ASSIGN_OR_RETURN([[maybe_unused]] const auto closings, ledger::check_closings(source));
  ASSIGN_OR_RETURN(auto first, ledger::first_position(source, genesis_of(world_, node)));
  ledger::ChainVerifier verifier(world_.whole()->genesis(), std::move(first));
  RETURN_IF_ERROR(ledger::check_chain(source, verifier));
  ASSIGN_OR_RETURN(const auto head, ledger::BlockStore(store).head());
  return ledger::check_state(store, *head);
}

Status StorageChecker::check_proof(const Result<ledger::ProofBundle>& bundle) {
  if (!bundle.ok()) {
    const bool is_early = bundle.error().type == "not-provable-yet";
    return is_early ? ok_status() : Status(bundle.error());
  }
  world_.count("proofs verified");
  const std::string text = ledger::write_proof(*bundle);
  const auto report = ledger::verify_proof(as_bytes(text), world_.whole()->genesis_file());
  if (report.holds()) return ok_status();
  const auto* failed = report.failed();
  return our_error("proof-refused", std::string(to_string(failed->step)) + " at " + failed->failure->where);
}

// Of some entities, and of the transactions of the newest blocks that have some.
Status StorageChecker::check_proofs(const Node& node) {
  const WholeLedger& ledger = whole_of(node.ledger());
  const ledger::KeyValueStore& store = ledger.store();
  const ledger::ProofMaker maker(store, ledger.executor().tree(), world_.whole()->genesis(),
                                 contracts::registry());
  std::vector<std::pair<std::string, std::string>> heads;  // contract and entity
  const std::string state = ledger::stored_state_key({});
  RETURN_IF_ERROR(store.scan(state, state, [&](std::string_view key, ByteView value) {
    key.remove_prefix(state.size());
    if (!ledger::is_head(key)) return true;
    const auto head = contracts::decode_head(value);
    if (head.ok()) heads.emplace_back(key.substr(0, key.find('/')), head->entity);
    return true;
  }));
  for (std::size_t i = 0; i < kProofsOfANode && !heads.empty(); ++i) {
    const auto& [contract, entity] = heads[world_.random().below(heads.size())];
    RETURN_IF_ERROR(check_proof(maker.entity(contract, entity, false)));
  }
  std::size_t left = kProofsOfANode;
  for (Height height = node.durable_height(); height > node.horizon() && left != 0;
       height = height.previous()) {
    ASSIGN_OR_RETURN(const auto block, ledger.blocks().block(height));
    if (!block || block->transactions.empty()) continue;
    RETURN_IF_ERROR(check_proof(maker.record(block->transactions.front(), 0)));
    --left;
  }
  return ok_status();
}

Bytes StorageChecker::segment(Epoch epoch) const {
  const std::string path = NodeStorage::archive() + "/" + ledger::segment_name(epoch);
  const std::size_t n = world_.plan().nodes();
  const std::size_t first = world_.random().below(n);
  for (std::size_t i = 0; i < n; ++i) {
    const Node& node = world_.node((first + i) % n);
    if (!world_.is_honest(node.index()) || !node.storage()->files().exists(path)) continue;
    auto bytes = node.storage()->files().read(path, ~std::uint64_t{0});
    if (bytes.ok()) return std::move(*bytes);
  }
  return {};
}

Status StorageChecker::check_archives() {
  const ledger::Genesis& genesis = world_.whole()->genesis();
  for (std::size_t i = 0; i < world_.plan().nodes(); ++i) {
    const Node& node = world_.node(i);
    if (!world_.is_honest(node.index()) || !node.running()) continue;
    ledger::ChainVerifier verifier(genesis, genesis_of(world_, node));
    for (Epoch epoch;; epoch = epoch.next()) {
      const Bytes bytes = segment(epoch);
      if (bytes.empty()) return ok_status();
      ASSIGN_OR_RETURN(const auto found,
                       ledger::Segment::open(FileReader::over(ledger::segment_name(epoch), bytes), genesis));
      RETURN_IF_ERROR(ledger::verify_segment(*found, verifier));
      world_.count("segments verified");
    }
  }
  return ok_status();
}

}  // namespace jingchu::sim
