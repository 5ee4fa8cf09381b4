#include <random>

#include "tests/ledger/fixture.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

TEST_CASE("a copy is skipped: in the batch, in another lane, in a later block") {
  Chain chain;
  const auto one = transaction(chain.genesis, {call("put", "a=1")});
  auto block = chain.run({{one, one}, {one}});
  CHECK_EQ(block.transactions.size(), 1);
  CHECK_EQ(block.duplicates, 2);
  block = chain.run({{}, {one}});
  CHECK_EQ(block.transactions.size(), 0);
  CHECK_EQ(block.duplicates, 1);
  CHECK_EQ(BlockStore(chain.store).outcome(one->id).value()->place.height, Height(1));
}

TEST_CASE("the same head with another signature is the same transaction") {
  Chain chain;
  auto copy = transaction(chain.genesis, {call("put", "a=1")})->transaction;
  const auto one = prepare(copy);
  copy.signature[3] ^= 1;
  const auto block = chain.run({{one, prepare(copy)}});
  CHECK_EQ(block.transactions.size(), 1);
}

TEST_CASE("a transaction executes at its last height and not beyond, nor before its window") {
  Chain chain;  // W = 20
  const auto last = transaction(chain.genesis, {call("put", "a=1")}, {.nonce = 1, .valid_until = 2});
  const auto late = transaction(chain.genesis, {call("put", "b=1")}, {.nonce = 2, .valid_until = 1});
  const auto early = transaction(chain.genesis, {call("put", "c=1")}, {.nonce = 3, .valid_until = 23});
  const auto edge = transaction(chain.genesis, {call("put", "d=1")}, {.nonce = 4, .valid_until = 22});
  chain.run({});
  auto block = chain.run({{last, late, early, edge}});
  CHECK_EQ(block.transactions.size(), 2);
  CHECK_EQ(block.expired, std::vector<Hash>{late->id});
  CHECK_EQ(chain.note("a") + chain.note("b") + chain.note("c") + chain.note("d"), "11");
  block = chain.run({{early}});
  CHECK_EQ(block.transactions.size(), 1);
}

TEST_CASE("an id leaves the window when no copy can be valid any more") {
  Chain chain;
  const auto one = transaction(chain.genesis, {call("put", "a=1")}, {.valid_until = 21});
  chain.run({{one}});
  for (int height = 2; height <= 20; ++height) chain.run({});
  CHECK(chain.executor->in_window(one->id));
  CHECK(chain.store.get(state_key("ledger", "window/0000000000000001")).value());
  auto block = chain.run({{one}});  // height 21: still valid by its height, but a copy
  CHECK_EQ(block.duplicates, 1);
  CHECK(!chain.executor->in_window(one->id));
  CHECK(!chain.store.get(state_key("ledger", "window/0000000000000001")).value());
  block = chain.run({{one}});
  CHECK_EQ(block.expired.size(), 1);
  CHECK_EQ(block.transactions.size(), 0);
}

TEST_CASE("the window survives a restart") {
  Chain chain;
  const auto one = transaction(chain.genesis, {call("put", "a=1")});
  chain.run({{one}});
  chain.reopen();
  CHECK(chain.executor->in_window(one->id));
  CHECK_EQ(chain.run({{one}}).duplicates, 1);
}

Genesis slow_genesis() {
  auto genesis = small_genesis();
  genesis.rules.block_cost_max = 12'000;
  genesis.rules.call_cost_max = 10'000;
  return genesis;
}

TEST_CASE("what goes beyond a block's cost waits in the queue and runs first, in order") {
  Chain chain(slow_genesis());
  std::vector<PreparedPointer> heavy;  // each about 5,000: two fit in a block
  for (std::uint8_t i = 0; i < 5; ++i) {
    heavy.push_back(transaction(chain.genesis, {call("burn", "46"), call("put", "n=" + std::to_string(i))},
                                {.nonce = i}));
  }
  const auto light = transaction(chain.genesis, {call("put", "n=light")}, {.nonce = 50});
  auto block = chain.run({heavy});
  CHECK_EQ(block.transactions.size(), 2);
  CHECK_EQ(block.queued, 3);
  CHECK_EQ(chain.note("n"), "1");
  CHECK(chain.executor->in_window(heavy[4]->id));
  CHECK(!BlockStore(chain.store).outcome(heavy[4]->id).value());
  chain.reopen();
  block = chain.run({{light, heavy[3]}});  // a copy of what waits is a copy
  CHECK_EQ(block.transactions.size(), 2);
  CHECK_EQ(block.transactions[0].id, heavy[2]->id);
  CHECK_EQ(block.duplicates, 1);
  CHECK_EQ(block.queued, 2);
  block = chain.run({});
  REQUIRE_EQ(block.transactions.size(), 2);
  CHECK_EQ(block.transactions[0].id, heavy[4]->id);
  CHECK_EQ(block.transactions[1].id, light->id);
  CHECK_EQ(block.transactions[1].receipts[0].height, Height(3));
  CHECK_EQ(chain.note("n"), "light");
  CHECK_EQ(BlockStore(chain.store).transaction(light->id).value(), light->transaction);
}

TEST_CASE("a transaction dearer than a block runs alone, one that expires in the queue never") {
  Chain chain(slow_genesis());
  const std::vector<Call> calls = {call("burn", "80"), call("burn", "80")};
  const auto first = transaction(chain.genesis, calls, {.nonce = 1});
  const auto second = transaction(chain.genesis, calls, {.nonce = 2});
  const auto third = transaction(chain.genesis, {call("put", "c=1")}, {.nonce = 3, .valid_until = 2});
  auto block = chain.run({{first, second, third}});
  CHECK_EQ(block.transactions.size(), 1);
  CHECK_EQ(block.cost, 12'000);
  block = chain.run({});
  CHECK_EQ(block.transactions.at(0).id, second->id);
  block = chain.run({});
  CHECK_EQ(block.expired, std::vector<Hash>{third->id});
  CHECK_EQ(block.queued, 0);
  CHECK_EQ(chain.note("c"), "");
}

TEST_CASE("a full queue answers with receipts") {
  Chain chain(slow_genesis());
  chain.queue_bytes_max = 300;
  chain.reopen();
  std::vector<PreparedPointer> heavy;
  for (std::uint8_t i = 0; i < 5; ++i)
    heavy.push_back(transaction(chain.genesis, {call("burn", "80")}, {.nonce = i}));
  const auto block = chain.run({heavy});
  CHECK_EQ(block.queued, 1);
  REQUIRE_EQ(block.transactions.size(), 4);
  CHECK_EQ(codes(block.transactions[3]), std::vector<std::string>{"queue-full"});
  CHECK_EQ(block.transactions[3].receipts[0].cost, 0);
}

// Random loads over several lanes, with copies, failures and a full queue; one executor restarts at random.
TEST_CASE("two executors agree, with restarts anywhere") {
  std::mt19937 random(20260101);
  const auto pick = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
  Chain steady(slow_genesis());
  Chain restarting(slow_genesis());
  std::vector<PreparedPointer> known;
  const char* const kPayloads[] = {"a=1", "b=2", "c=3"};
  for (unsigned height = 1; height <= 60; ++height) {
    std::vector<std::vector<PreparedPointer>> batches(1 + pick(4));
    for (auto& batch : batches) {
      for (unsigned i = pick(4); i > 0; --i) {
        std::vector<Call> calls = {call("put", kPayloads[pick(3)])};
        if (pick(3) == 0) calls.push_back(call("burn", "40"));
        if (pick(3) == 0) calls.push_back(call("erase", "b"));
        if (pick(4) == 0) calls.push_back(call("fail", ""));
        if (pick(6) == 0) {
          const auto target = to_string(fixed_key(static_cast<std::uint8_t>(5 + pick(4))).public_key());
          calls.push_back(call(pick(2) == 0 ? "bar" : "add", target, "identity"));
        }
        const Draft draft{static_cast<std::uint8_t>(1 + pick(9)), static_cast<std::uint8_t>(pick(200)),
                          height + pick(6), pick(2) == 0 ? OnError::kRollback : OnError::kProceed};
        batch.push_back(pick(5) == 0 && !known.empty()
                            ? known[pick(static_cast<unsigned>(known.size()))]
                            : transaction(steady.genesis, std::move(calls), draft));
        known.push_back(batch.back());
      }
    }
    if (pick(3) == 0) restarting.reopen();
    const auto block = steady.blocks->next(batches);
    const auto here = steady.executor->execute(block).value();
    const auto there = restarting.executor->execute(block).value();
    REQUIRE_EQ(here.roots, there.roots);
    REQUIRE_EQ(here.queued, there.queued);
    REQUIRE_EQ(here.expired, there.expired);
  }
}

}  // namespace
}  // namespace jingchu::ledger::test
