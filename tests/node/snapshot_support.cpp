#include "tests/node/snapshot_support.h"

#include "ledger/proof_verify.h"
#include "ledger/proof_writer.h"

namespace jingchu::node::test {

ledger::Genesis genesis_of_snapshots() {
  ledger::Genesis genesis = genesis_of_four();
  genesis.rules.validity_window = 10;
  genesis.rules.block_cost_max = 200'000;
  genesis.parameters.execution_lag_max = 4;
  return renamed(std::move(genesis));
}

CutState cut(const ledger::KeyValueStore& store, std::uint32_t chunk_bytes) {
  CutState state;
  const auto take = [&](std::size_t index, ByteView bytes) {
    if (index != state.chunks.size()) return Status(our_error("out-of-order", "a chunk came out of order"));
    state.chunks.push_back(to_bytes(bytes));
    return ok_status();
  };
  state.contents = ledger::cut_snapshot(store, take, chunk_bytes).value();
  return state;
}

ledger::PreparedPointer bulk(GovernedChain& chain, const std::string& name, std::size_t deposits) {
  std::vector<ledger::Call> calls;
  for (std::size_t i = 0; i < deposits; ++i) {
    const auto one = chain.deposit(name + std::to_string(i), std::string(1'900, 'n'));
    calls.push_back(one->transaction.calls.front());
  }
  return ledger::test::transaction(
      chain.genesis, std::move(calls),
      {.seed = 100, .nonce = chain.nonce++, .valid_until = chain.executor->height().value() + 6});
}

SnapshotChain::SnapshotChain(std::uint64_t lag) : chain(genesis_of_snapshots()) {
  chain.lag = lag;
  const auto five = chain.propose_fifth();
  chain.make_ready(five);
  chain.run({chain.deposit("one"), chain.deposit("two")});
  chain.run({bulk(chain, "early ", 40)});
  chain.run({chain.deposit("one", "again")});
  chain.run_through(Epoch(1));
  chain.run({chain.deposit("three")});
  copied = chain.deposit("four");
  chain.run({copied});
  queued = bulk(chain, "queued ", 2);
  chain.run_any({bulk(chain, "late ", 40), queued});
  state = cut(*chain.store.freeze());
}

void SnapshotChain::run_next() {
  chain.run_any({});
  chain.run_any({copied, chain.deposit("five"), chain.deposit("one", "once more")});
}

ledger::Snapshot SnapshotChain::snapshot() const {
  return ledger::prove_snapshot(chain.store, chain.genesis, state.contents).value().value();
}

Status restore(ledger::KeyValueStore& store, const ledger::KeyValueStore& genesis_store,
               const ledger::Snapshot& snapshot, const std::vector<Bytes>& chunks,
               std::size_t heads_at_a_time) {
  ledger::SnapshotRestorer restorer(store, genesis_store, snapshot, heads_at_a_time);
  const auto& contents = snapshot.contents;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    ASSIGN_OR_RETURN(const auto entries,
                     ledger::read_chunk(contents.chunks.at(i), chunks[i], contents.head.chain_id));
    RETURN_IF_ERROR(restorer.add(entries));
  }
  return restorer.finish();
}

RestoredNode::RestoredNode(const ledger::Genesis& of, const ledger::Snapshot& snapshot,
                           const std::vector<Bytes>& chunks, std::size_t heads_at_a_time)
    : genesis(of) {
  store.notify([this](const Error& error) { told.push_back(error.to_string()); });
  open_executor(genesis, genesis_store);
  restore(store, genesis_store, snapshot, chunks, heads_at_a_time).value();
  open();
}

std::string RestoredNode::prove(const std::string& content) const {
  return prove_entity(genesis, store, executor->tree(), content);
}

std::string prove_entity(const ledger::Genesis& genesis, const ledger::KeyValueStore& store,
                         const ledger::StateTree& tree, const std::string& content) {
  const ledger::ProofMaker maker(store, tree, genesis, contracts::registry());
  const auto bundle = maker.entity("evidence", evidence_entity(content), true);
  if (!bundle.ok()) return bundle.error().type;
  const std::string text = ledger::write_proof(*bundle);
  const auto report = ledger::verify_proof(as_bytes(text), as_bytes(ledger::write_genesis(genesis)));
  if (const auto* failed = report.failed()) {
    return std::string(to_string(failed->step)) + ": " + std::string(to_string(failed->failure->reason));
  }
  const auto& facts = std::get<ledger::EntityFacts>(report.facts->claim);
  return "holds, " + std::to_string(facts.records->size()) + " records";
}

}  // namespace jingchu::node::test
