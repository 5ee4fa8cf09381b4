// Snapshots of a chain over the real contracts: what is cut, what proves it, and that a store made of it goes
// on as the one that it was cut from.
#include "ledger/snapshot.h"

#include "common/codec.h"
#include "ledger/pruning.h"
#include "ledger/state.h"
#include "ledger/store_check.h"
#include "tests/node/snapshot_support.h"

#include <doctest/doctest.h>

namespace jingchu::node::test {
namespace {

using ledger::BlockStore;
using ledger::decode_snapshot;
using ledger::encode_snapshot;

// Both execute it: to equal roots, with the same outcome.
void execute_again(const GovernedChain& chain, RestoredNode& node, Height from) {
  for (const auto& block : chain.blocks) {
    if (block.header.height <= from) continue;
    const auto executed = node.executor->execute(block).value();
    const auto original = BlockStore(chain.store).block(block.header.height).value().value();
    REQUIRE(executed.executed_root == original.roots.executed());
    REQUIRE(executed.hash == original.hash);
    REQUIRE_EQ(executed.transactions.size(), original.transactions.size());
  }
  CHECK(node.executor->height() == chain.executor->height());
}

// Of the batch from which a transaction waits at the snapshot.
Hash waiting_tip(const SnapshotChain& made) {
  return made.chain.blocks.at(SnapshotChain::height().value() - 1).batches.front()->tip;
}

void check_state_of(const ledger::KeyValueStore& store) {
  const auto checked = check_state(store, BlockStore(store).head().value().value());
  CHECK_EQ(checked.ok() ? "" : checked.error().to_string(), "");
}

TEST_CASE("a snapshot is of the moment, and is proven by the block behind it alone") {
  SnapshotChain made;
  const auto& [contents, chunks] = made.state;
  CHECK(contents.head.height == SnapshotChain::height());
  CHECK(chunks.size() > 10);
  CHECK_EQ(chunks.size(), contents.chunks.size());
  std::uint64_t bytes = 0;
  for (const auto& chunk : chunks) bytes += chunk.size();
  CHECK_EQ(contents.bytes(), bytes);
  CHECK(contents.id() ==
        sha256(encode(std::string("jingchu/snapshot"), contents.format, contents.head, contents.chunks)));
  const auto frozen = made.chain.store.freeze();
  const auto proven = [&] { return prove_snapshot(made.chain.store, made.chain.genesis, contents).value(); };
  CHECK_FALSE(proven().has_value());
  made.run_next();
  REQUIRE(proven().has_value());
  CHECK(cut(*frozen).contents.id() == contents.id());
  CHECK(cut(made.chain.store).contents.id() != contents.id());

  const auto snapshot = *proven();
  CHECK(snapshot.height() == SnapshotChain::height());
  CHECK_EQ(snapshot.sets.size(), 1u);
  const auto facts = verify_snapshot(snapshot, as_bytes(made.genesis_file()), made.genesis_root()).value();
  CHECK(facts.height == SnapshotChain::height().next());
  CHECK_EQ(facts.validators, 5u);
  const auto again = decode_snapshot(encode_snapshot(snapshot)).value();
  CHECK(encode_snapshot(again) == encode_snapshot(snapshot));
  CHECK(again.contents.id() == contents.id());
}

TEST_CASE("whoever signed, and wherever it was cut, a snapshot of one height is the same") {
  SnapshotChain made;
  ledger::MemoryDatabase store;
  const auto executor = open_executor(made.chain.genesis, store);
  const auto signature_in = [tip = waiting_tip(made)](const ledger::KeyValueStore& of) {
    return BlockStore(of).batch(tip).value()->batch.signature;
  };
  for (auto block : made.chain.blocks) {
    for (auto& batch : block.batches) {
      auto other = batch->batch;
      other.signature.fill(2);
      batch = consensus::seal(made.chain.genesis.chain_id, std::move(other));
    }
    REQUIRE(executor->execute(made.chain.signed_by(block, {1, 2, 3})).ok());
  }
  CHECK(signature_in(store) != signature_in(made.chain.store));
  const auto other = cut(*store.freeze());
  CHECK(other.contents.id() == made.state.contents.id());
  CHECK(other.chunks == made.state.chunks);
}

TEST_CASE("a store made of a snapshot executes what follows to the same roots") {
  SnapshotChain made;
  const auto queued = made.queued->id;
  CHECK_FALSE(BlockStore(made.chain.store).outcome(queued).value().has_value());
  made.run_next();
  RestoredNode node(made.chain.genesis, made.snapshot(), made.state.chunks);
  const BlockStore blocks(node.store);
  CHECK(node.executor->height() == SnapshotChain::height());
  CHECK(node.executor->genesis_root() == made.genesis_root());
  CHECK(node.executor->in_window(made.copied->id));
  CHECK(blocks.block(Height(0)).value().has_value());
  check_state_of(node.store);
  CHECK(node.prove("one") == "not-provable-yet");

  execute_again(made.chain, node, SnapshotChain::height());
  // What waited has its bytes from the batch, which came along.
  REQUIRE(blocks.outcome(queued).value().has_value());
  CHECK(blocks.outcome(queued).value()->place.height == Height(10));
  REQUIRE(blocks.transaction(queued).value().has_value());
  CHECK(ledger::transaction_id(*blocks.transaction(queued).value()) == queued);
  // Without its signature, it is given to nobody.
  const consensus::FetchBatches fetch{NodeIndex(0), Sequence(1), Sequence(3), waiting_tip(made)};
  CHECK_EQ(BlockStore(made.chain.store).batches(fetch).value().size(), 3u);
  CHECK(blocks.batches(fetch).value().empty());
  CHECK_FALSE(blocks.outcome(made.copied->id).value().has_value());
  CHECK(BlockStore(made.chain.store).outcome(made.copied->id).value()->place.height == Height(8));

  made.chain.run_through(Epoch(4));
  node.open();  // as after a restart
  execute_again(made.chain, node, node.executor->height());
  check_state_of(node.store);
  CHECK(node.told.empty());
  CHECK(cut(node.store).contents.id() == cut(made.chain.store).contents.id());
}

TEST_CASE("a block that comes twice is told from another one at the height of the snapshot") {
  SnapshotChain made;
  made.run_next();
  RestoredNode node(made.chain.genesis, made.snapshot(), made.state.chunks);
  const auto first = made.chain.blocks[SnapshotChain::height().value()];
  REQUIRE(node.executor->execute(first).ok());
  CHECK(node.executor->execute(first).value().repeated);
}

TEST_CASE("a store made of a snapshot proves old entities with all of their records") {
  for (const std::uint64_t lag : {1, 3}) {
    CAPTURE(lag);
    SnapshotChain made(lag);
    made.chain.run_two();
    RestoredNode node(made.chain.genesis, made.snapshot(), made.state.chunks);
    CHECK(node.prove("one") == "not-provable-yet");
    REQUIRE(node.executor->execute(made.chain.blocks[9]).ok());
    CHECK(node.prove("one") == "holds, 2 records");
    CHECK(node.prove("early 7") == "holds, 1 records");
    CHECK(node.prove("nothing") == "holds, 0 records");
    node.open();
    CHECK(node.prove("one") == "holds, 2 records");
    made.chain.run({made.chain.deposit("one", "once more")});
    made.chain.run_through(Epoch(4));
    execute_again(made.chain, node, Height(10));
    CHECK(node.prove("one") == "holds, 3 records");
    CHECK(node.prove("two") ==
          prove_entity(made.chain.genesis, made.chain.store, made.chain.executor->tree(), "two"));
    CHECK(node.told.empty());
  }
}

TEST_CASE("a store made of a snapshot proves the records of later blocks as the original does") {
  SnapshotChain made;
  made.run_next();
  made.chain.run_through(Epoch(5));
  RestoredNode node(made.chain.genesis, made.snapshot(), made.state.chunks);
  execute_again(made.chain, node, SnapshotChain::height());
  const BlockStore original(made.chain.store);
  const BlockStore blocks(node.store);
  const Height top = node.executor->height();
  for (Height height = SnapshotChain::height().next(); height <= top; height = height.next()) {
    CHECK(blocks.history_proof(height, top).value() == original.history_proof(height, top).value());
    CHECK(blocks.block(height).value()->hash == original.block(height).value()->hash);
  }
  const ledger::ProofMaker maker(node.store, node.executor->tree(), node.genesis, contracts::registry());
  const auto five = original.block(Height(11)).value()->transactions.front();
  const auto bundle = maker.record(five, 0);
  REQUIRE(bundle.ok());
  CHECK_EQ(blocks.block(Height(8)).error().type, "pruned");
  CHECK_EQ(blocks.block(SnapshotChain::height()).error().type, "pruned");
  CHECK_FALSE(blocks.chain({Height(6)}).value().has_value());
  CHECK(node.told.empty());
}

TEST_CASE("the core of the next epoch begins upon a store made of a snapshot") {
  SnapshotChain made;
  const auto planned = made.chain.plan();
  made.run_next();
  RestoredNode node(made.chain.genesis, made.snapshot(), made.state.chunks);
  const auto core_of = [&](const EpochPlan& plan) {
    return consensus::Core::create(core_config(plan, node.genesis, {}), nullptr,
                                   recovered(plan, node.genesis, node.store).value());
  };
  auto plan = plan_epoch(node.genesis, node.store).value();
  CHECK(plan.epoch == Epoch(3));
  CHECK(plan.members == planned.members);
  CHECK(plan.next == planned.next);
  CHECK(plan.before == planned.before);
  CHECK(plan.base == planned.base);
  CHECK(plan.base_hash == planned.base_hash);
  auto found = recovered(plan, node.genesis, node.store).value();
  CHECK(found.executed == plan.base);
  REQUIRE_EQ(found.roots.size(), 1u);
  CHECK(found.roots.front().second == plan.base.executed_root);
  REQUIRE(core_of(plan).ok());
  execute_again(made.chain, node, SnapshotChain::height());
  plan = plan_epoch(node.genesis, node.store).value();
  found = recovered(plan, node.genesis, node.store).value();
  CHECK(found.executed.height == made.chain.executor->height());
  CHECK_EQ(found.roots.size(), 3u);
  const auto core = core_of(plan);
  REQUIRE(core.ok());
  CHECK((*core)->status().executed_height == made.chain.executor->height());
  CHECK(node.told.empty());
}

TEST_CASE("a set that was decided in the epoch of the snapshot, or before it, or never changed") {
  for (const std::uint64_t epoch : {0, 1, 2}) {
    CAPTURE(epoch);
    GovernedChain chain(genesis_of_snapshots());
    const auto five = chain.propose_fifth();
    chain.make_ready(five);
    chain.run_through(Epoch(epoch));
    const auto state = cut(*chain.store.freeze());
    chain.run_through(Epoch(epoch + 2));
    const auto snapshot = prove_snapshot(chain.store, chain.genesis, state.contents).value().value();
    CHECK_EQ(snapshot.sets.size(), epoch == 0 ? 0u : 1u);
    const auto file = ledger::write_genesis(chain.genesis);
    const auto verified = verify_snapshot(snapshot, as_bytes(file), chain.executor->genesis_root());
    REQUIRE_EQ(verified.ok() ? "" : verified.error().what, "");
    CHECK_EQ(verified->validators, epoch == 0 ? 4u : 5u);
    RestoredNode node(chain.genesis, snapshot, state.chunks);
    const auto plan = plan_epoch(node.genesis, node.store).value();
    CHECK_EQ(plan.members.size(), epoch == 0 ? 4u : 5u);
    execute_again(chain, node, snapshot.height());
    CHECK(node.prove("nothing") == "holds, 0 records");
    CHECK(node.told.empty());
  }
}

TEST_CASE("the tree of a restored store is the same by whatever parts it is built") {
  SnapshotChain made;
  made.run_next();
  made.chain.run_through(Epoch(3));
  for (const std::size_t heads : {1, 7, 50, 1'000}) {
    CAPTURE(heads);
    RestoredNode node(made.chain.genesis, made.snapshot(), made.state.chunks, heads);
    check_state_of(node.store);
    CHECK(node.prove("early 7") == "not-provable-yet");
    execute_again(made.chain, node, SnapshotChain::height());
    CHECK(node.prove("early 7") == "holds, 1 records");
    CHECK(node.prove("late 39") == "holds, 1 records");
    check_state_of(node.store);
    CHECK(node.told.empty());
  }
}

TEST_CASE("chunks of any size make the same store") {
  SnapshotChain made;
  const auto frozen = made.chain.store.freeze();
  made.run_next();
  std::size_t before = 0;
  for (const std::uint32_t bytes : {1u << 20, 50'000u, 1u}) {
    auto snapshot = made.snapshot();
    const auto state = cut(*frozen, bytes);
    CHECK(state.chunks.size() > before);
    before = state.chunks.size();
    snapshot.contents = state.contents;
    REQUIRE(verify_snapshot(snapshot, as_bytes(made.genesis_file()), made.genesis_root()).ok());
    RestoredNode node(made.chain.genesis, snapshot, state.chunks);
    check_state_of(node.store);
    execute_again(made.chain, node, SnapshotChain::height());
  }
}

TEST_CASE("a snapshot of a store that began with one is the original's") {
  SnapshotChain made;
  made.run_next();
  RestoredNode node(made.chain.genesis, made.snapshot(), made.state.chunks);
  made.chain.run_through(Epoch(4));
  const auto state = cut(*made.chain.store.freeze());
  made.chain.run();
  execute_again(made.chain, node, SnapshotChain::height());
  const auto snapshot = prove_snapshot(node.store, node.genesis, state.contents).value().value();
  REQUIRE(verify_snapshot(snapshot, as_bytes(made.genesis_file()), made.genesis_root()).ok());
  RestoredNode second(node.genesis, snapshot, state.chunks);
  execute_again(made.chain, second, snapshot.height());
  CHECK(second.prove("one") == "holds, 3 records");
}

TEST_CASE("the chain of a store that began with a snapshot holds from there on") {
  SnapshotChain made;
  made.run_next();
  made.chain.run_through(Epoch(4));
  RestoredNode node(made.chain.genesis, made.snapshot(), made.state.chunks);
  execute_again(made.chain, node, SnapshotChain::height());
  const ledger::SegmentSource source{&node.store, &node.genesis,
                                     [&](Epoch epoch) { return validators_of(node.store, epoch); }};
  const auto genesis = ledger::ChainPosition::genesis(node.genesis, made.genesis_root());
  const auto first = first_position(source, genesis);
  REQUIRE_EQ(first.ok() ? "" : first.error().to_string(), "");
  ledger::ChainVerifier verifier(node.genesis, *first);
  const auto checked = check_chain(source, verifier);
  CHECK_EQ(checked.ok() ? "" : checked.error().to_string(), "");
}

TEST_CASE("pruning goes on from a snapshot") {
  SnapshotChain made;
  made.run_next();
  RestoredNode node(made.chain.genesis, made.snapshot(), made.state.chunks);
  made.chain.run_through(Epoch(49));
  execute_again(made.chain, node, SnapshotChain::height());
  ledger::Pruner pruner(node.store, node.genesis, 1);
  Height pruned;
  while (const auto epoch = pruner.due().value()) {
    if (pruned == Height()) CHECK(*epoch == Epoch(3));
    REQUIRE(pruner.begin(*epoch).ok());
    while (!pruner.step(2).value()) continue;
    pruned = node.genesis.epochs().last(*epoch);
  }
  CHECK(pruned >= Height(12));
  CHECK_EQ(BlockStore(node.store).block(pruned).error().type, "pruned");
  CHECK(BlockStore(node.store).closing(pruned).value().has_value());
  made.chain.run_through(Epoch(51));
  node.open();
  execute_again(made.chain, node, node.executor->height());
  CHECK(BlockStore(node.store).history_proof(pruned.next(), node.executor->height()).value() ==
        BlockStore(made.chain.store).history_proof(pruned.next(), node.executor->height()).value());
  CHECK(node.prove("one") == "holds, 3 records");
  CHECK(node.told.empty());
}

}  // namespace
}  // namespace jingchu::node::test
