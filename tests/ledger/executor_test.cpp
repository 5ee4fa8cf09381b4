#include "common/codec.h"
#include "tests/ledger/fixture.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

using Codes = std::vector<std::string>;

TEST_CASE("a transaction's calls run in order and leave receipts") {
  Chain chain;
  const auto block = chain.run({{transaction(chain.genesis, {call("put", "a=1"), call("emit", "{}")})}});
  REQUIRE(block.transactions.size() == 1);
  CHECK_EQ(codes(block.transactions[0]), Codes{"ok", "ok"});
  CHECK_EQ(chain.note("a"), "1");
  const auto& receipts = block.transactions[0].receipts;
  CHECK_EQ(receipts[1].call_index, 1);
  CHECK_EQ(receipts[1].events, std::vector<contracts::Event>{{"said", "{}"}});
  CHECK_EQ(receipts[0].height, Height(1));
  // 100 + 3 of payload + 100 for the write + 2 * 2 bytes; 100 + 2 of payload + 6 bytes of event.
  CHECK_EQ(receipts[0].cost, 207);
  CHECK_EQ(receipts[1].cost, 108);
  CHECK_EQ(block.cost, 315);
}

TEST_CASE("rollback undoes the whole transaction, proceed only the failed call") {
  Chain chain;
  const std::vector<Call> calls = {call("put", "a=1"), call("emit", "{}"), call("fail", ""),
                                   call("put", "b=2")};
  const auto rollback = transaction(chain.genesis, calls, {.nonce = 1});
  const auto proceed = transaction(chain.genesis, calls, {.nonce = 2, .on_error = OnError::kProceed});
  auto block = chain.run({{rollback}});
  CHECK_EQ(codes(block.transactions[0]), Codes{"rolled-back", "rolled-back", "refused", "not-executed"});
  CHECK_EQ(chain.note("a"), "");
  CHECK(block.transactions[0].receipts[1].events.empty());
  CHECK_EQ(block.transactions[0].receipts[3].cost, 0);
  CHECK_EQ(block.transactions[0].receipts[2].where, "/here");
  block = chain.run({{proceed}});
  CHECK_EQ(codes(block.transactions[0]), Codes{"ok", "ok", "refused", "ok"});
  CHECK_EQ(chain.note("a") + chain.note("b"), "12");
  CHECK_EQ(chain.note("failed"), "");
}

TEST_CASE("a rolled back call restores what was there before") {
  Chain chain;
  chain.run({{transaction(chain.genesis, {call("put", "a=old")})}});
  const std::vector<Call> calls = {call("put", "a=new"), call("erase", "a"), call("put", "a=newer"),
                                   call("fail", "")};
  chain.run({{transaction(chain.genesis, calls, {.nonce = 1})}});
  CHECK_EQ(chain.note("a"), "old");
}

TEST_CASE("a later call sees what an earlier one wrote, across transactions and batches") {
  Chain chain;
  chain.run({{transaction(chain.genesis, {call("put", "a=1"), call("copy", "a>b")})},
             {transaction(chain.genesis, {call("copy", "b>c")}, {.nonce = 1})}});
  CHECK_EQ(chain.note("c"), "1");
}

TEST_CASE("unknown and barred senders and contracts get receipts and change nothing") {
  Chain chain;
  const auto& genesis = chain.genesis;
  const std::string second = to_string(fixed_key(2).public_key());
  const auto block = chain.run({{transaction(genesis, {call("put", "a=1"), call("put", "b=1")}, {.seed = 77}),
                                 transaction(genesis, {call("x", "", "nowhere")}),
                                 transaction(genesis, {call("put", "c=1")}, {.seed = 2}),
                                 transaction(genesis, {call("bar", second, "identity")}, {.nonce = 3}),
                                 transaction(genesis, {call("put", "d=1")}, {.seed = 2, .nonce = 1})}});
  REQUIRE_EQ(block.transactions.size(), 5);
  CHECK_EQ(codes(block.transactions[0]), Codes{"unknown-sender", "unknown-sender"});
  CHECK_EQ(codes(block.transactions[1]), Codes{"unknown-contract"});
  CHECK_EQ(codes(block.transactions[2]), Codes{"ok"});
  CHECK_EQ(codes(block.transactions[4]), Codes{"inactive-sender"});
  CHECK_EQ(chain.note("a") + chain.note("d"), "");
  CHECK_EQ(chain.note("c"), "1");
}

TEST_CASE("a call beyond its cost fails, even if its contract says nothing of it") {
  auto genesis = small_genesis();
  genesis.rules.call_cost_max = 10'000;
  Chain chain(genesis);
  const auto block = chain.run({{transaction(genesis, {call("burn", "1000")}),
                                 transaction(genesis, {call("swallow", "")}, {.nonce = 1}),
                                 transaction(genesis, {call("burn", "10")}, {.nonce = 2})}});
  CHECK_EQ(codes(block.transactions[0]), Codes{"over-cost"});
  CHECK_EQ(block.transactions[0].receipts[0].cost, 10'000);
  CHECK_EQ(codes(block.transactions[1]), Codes{"over-cost"});
  CHECK_EQ(codes(block.transactions[2]), Codes{"ok"});
}

TEST_CASE("bytes that are no transaction of this chain are skipped without a receipt") {
  Chain chain;
  auto other = chain.genesis;
  other.chain_id[0] ^= 1;
  auto junk = std::make_shared<PreparedTransaction>();
  junk->bytes = {1, 2, 3};
  const auto block = chain.run(
      {{transaction(other, {call("put", "a=1")}), junk, transaction(chain.genesis, {call("put", "b=1")})}});
  REQUIRE_EQ(block.transactions.size(), 1);
  CHECK_EQ(chain.note("a") + chain.note("b"), "1");
}

TEST_CASE("an executed block is skipped, another one at its height is refused, a gap too") {
  Chain chain;
  const auto first = chain.blocks->next({{transaction(chain.genesis, {call("put", "a=1")})}});
  const auto second = chain.blocks->next({});
  const auto third = chain.blocks->next({});
  const auto executed = chain.executor->execute(first).value();
  CHECK_EQ(chain.executor->execute(third).error().type, "missing-block");
  const auto again = chain.executor->execute(first).value();
  CHECK(again.repeated);
  CHECK_EQ(again.executed_root, executed.executed_root);
  auto forged = first;
  forged.hash[0] ^= 1;
  CHECK_EQ(chain.executor->execute(forged).error().type, "conflicting-block");
  auto stranger = second;
  stranger.header.parent_hash[0] ^= 1;
  CHECK_EQ(chain.executor->execute(stranger).error().type, "conflicting-block");
  CHECK(chain.executor->execute(second).ok());
  CHECK(chain.executor->execute(third).ok());
  CHECK_EQ(chain.executor->height(), Height(3));
}

// What an outsider computes from the page of formats alone.
TEST_CASE("the roots are those of the formats page") {
  Chain chain;
  CHECK(chain.executor->execute(chain.blocks->next({})).ok());
  const auto one = transaction(chain.genesis, {call("put", "a=1"), call("put", "b=2")});
  const auto block = chain.run({{one}});
  std::vector<Hash> leaves;
  for (const auto& receipt : block.transactions[0].receipts)
    leaves.push_back(merkle::leaf_hash(encode(receipt)));
  CHECK_EQ(block.roots.receipts, merkle::root(leaves));
  StateChecksum checksum;
  const Status scanned = chain.store.scan("s", "s", [&](std::string_view key, ByteView value) {
    checksum.add(key.substr(1), value);
    return true;
  });
  CHECK(scanned.ok());
  CHECK_EQ(block.roots.checksum, checksum.digest());
  CHECK_EQ(block.roots.entities, kZeroHash);  // the module keeps no histories
  const auto first = BlockStore(chain.store).block(Height(1)).value();
  const std::vector<Hash> history = {
      merkle::leaf_hash(encode(std::uint64_t{1}, first->hash, first->roots.receipts)),
      merkle::leaf_hash(encode(std::uint64_t{2}, block.hash, block.roots.receipts))};
  CHECK_EQ(block.roots.history, merkle::root(history));
  CHECK_EQ(block.executed_root, sha256(encode(std::string("jingchu/executed"), block.roots.state(),
                                              block.roots.receipts, block.roots.history)));
  CHECK_EQ(block.roots.state(),
           sha256(encode(std::string("jingchu/state"), block.roots.entities, block.roots.checksum)));
}

// A store that loses the batch of one write, to see that nothing of a block arrives without the rest.
class FailingStore final : public KeyValueStore {
 public:
  Result<std::optional<Bytes>> get(std::string_view key) const override {
    if (fails_reads) return environment_error("storage-corrupted", "a bad block");
    return inner.get(key);
  }
  Status scan(std::string_view prefix, std::string_view from,
              const std::function<bool(std::string_view, ByteView)>& visit) const override {
    return inner.scan(prefix, from, visit);
  }
  std::unique_ptr<const KeyValueStore> freeze() const override { return inner.freeze(); }
  Status write(const WriteBatch& batch, Durability durability) override {
    ++writes;
    if (fails_writes) return environment_error("disk-full", "no room");
    return inner.write(batch, durability);
  }
  MemoryDatabase inner;
  bool fails_reads = false;
  bool fails_writes = false;
  int writes = 0;
};

TEST_CASE("a block is one write; after a failed one the executor refuses to go on") {
  const auto genesis = small_genesis();
  const std::vector<const contracts::Contract*> contracts = {&members(), &notes()};
  FailingStore store;
  const auto open = [&] {
    return Executor::open(
               {.genesis = genesis, .store = &store, .contracts = contracts, .authorize = authorize_members})
        .value();
  };
  auto executor = open();
  Blocks blocks(genesis, executor->genesis_root());
  const auto one = transaction(genesis, {call("put", "a=1")});
  const auto block = blocks.next({{one}});
  store.writes = 0;
  bool FailingStore::*const faults[] = {&FailingStore::fails_writes, &FailingStore::fails_reads};
  for (const auto fault : faults) {
    store.*fault = true;
    CHECK_EQ(executor->execute(block).error().fault, Fault::kEnvironment);
    store.*fault = false;
    CHECK(!executor->execute(block).ok());
    CHECK(!executor->sync().ok());
    CHECK(!BlockStore(store).outcome(one->id).value());
    CHECK_EQ(BlockStore(store).head().value()->height, Height(0));
    executor = open();
  }
  store.writes = 0;
  CHECK(executor->execute(block).ok());
  CHECK_EQ(store.writes, 1);
  CHECK(BlockStore(store).outcome(one->id).value());
}

TEST_CASE("a store of an earlier format is refused, and stays as it is") {
  Chain chain;
  chain.executor.reset();
  auto head = *BlockStore(chain.store).head().value();
  CHECK_EQ(head.format, 5);
  for (const auto format : {std::uint16_t{4}, std::uint16_t{6}}) {
    head.format = format;
    WriteBatch writes;
    writes.put(store_keys::head(), encode(head));
    CHECK(chain.store.write(writes, Durability::kSynced).ok());
    const auto opened = Executor::open(
        {.genesis = chain.genesis, .store = &chain.store, .contracts = {}, .authorize = authorize_members});
    CHECK_EQ(opened.error().type, "wrong-format");
    CHECK_EQ(chain.store.get(store_keys::head()).value(), encode(head));
  }
}

TEST_CASE("a store of another network and a genesis that a contract refuses are told") {
  Chain chain;
  auto other = chain.genesis;
  other.chain_id[0] ^= 1;
  ExecutorConfig config{
      .genesis = other, .store = &chain.store, .contracts = {}, .authorize = authorize_members};
  CHECK_EQ(Executor::open(config).error().type, "wrong-chain");
  MemoryDatabase empty;
  config.store = &empty;
  const auto unknown = Executor::open(config);
  CHECK_EQ(unknown.error().type, "bad-genesis");
  CHECK_EQ(unknown.error().where, "/contracts/identity");
}

}  // namespace
}  // namespace jingchu::ledger::test
