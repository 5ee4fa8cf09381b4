// The end of an epoch, the beginning of the next, and a log that is ahead of the database.
#include "consensus/epoch.h"

#include "support.h"

#include <doctest/doctest.h>

namespace jingchu::consensus::testing {
namespace {

struct Ending : Fixture {
  explicit Ending(std::uint64_t last) : Fixture(4) { last_height = Height(last); }
};

void end_at_5(Fixture& given) {
  given.last_height = Height(5);
}

TEST_CASE("epochs: heights, epochs and their last blocks") {
  const EpochSchedule schedule(10);
  CHECK(schedule.last(Epoch(0)) == Height(10));
  CHECK(schedule.last(Epoch(4)) == Height(50));
  CHECK(schedule.of(Height(1)) == Epoch(0));
  CHECK(schedule.of(Height(10)) == Epoch(0));
  CHECK(schedule.of(Height(11)) == Epoch(1));
  CHECK(schedule.after(Height(0)) == Epoch(0));
  CHECK(schedule.after(Height(9)) == Epoch(0));
  CHECK(schedule.after(Height(10)) == Epoch(1));
  CHECK(!schedule.is_last(Height(0)));
  CHECK(!schedule.is_last(Height(11)));
  CHECK(schedule.is_last(Height(20)));
}

TEST_CASE("epochs (R6): nothing is ordered or delivered beyond the last block") {
  Net net(4, Epoch(), end_at_5);
  for (int i = 0; i < 40; ++i) {
    net.submit(static_cast<std::size_t>(i % 4), "transaction " + std::to_string(i));
    net.run_ms(50);
  }
  net.run_ms(3'000);
  for (std::size_t i = 0; i < net.n(); ++i) {
    REQUIRE(net.blocks[i].size() == 5);
    CHECK(net.blocks[i].back().header.height == Height(5));
    const CoreStatus status = net.cores[i]->status();
    CHECK(status.executed_height == Height(5));
    CHECK(status.final_height >= Height(5));
    CHECK(status.votes);
    CHECK(net.cores[i]->own_lane_room() == 0);
  }
  // At rest: neither proposals nor votes of further views.
  const View view = net.cores[0]->status().view;
  net.run_ms(5'000);
  CHECK(net.cores[0]->status().view == view);
}

TEST_CASE("epochs: the next one begins upon the last block, with its own lanes and its own views") {
  Net net(4, Epoch(), end_at_5);
  for (int i = 0; i < 10; ++i) {
    net.submit(0, "transaction " + std::to_string(i));
    net.run_ms(100);
  }
  REQUIRE(net.blocks[0].size() == 5);
  const FinalizedBlock last = net.blocks[0].back();
  const Hash set_after = hash_of("the set after");
  Net after(5, Epoch(1), [&](Fixture& next) {
    next.genesis = base_of(Epoch(1), last.header, net.roots[0], 5);
    next.base_hash = last.hash;
    next.last_height = Height(10);
    next.next_validators_hash = set_after;
  });
  for (int i = 0; i < 10; ++i) {
    after.submit(4, "later " + std::to_string(i));
    after.run_ms(100);
  }
  for (std::size_t i = 0; i < 5; ++i) {
    REQUIRE(after.blocks[i].size() == 5);
    const Header& first = after.blocks[i].front().header;
    CHECK(first.epoch == Epoch(1));
    CHECK(first.height == Height(6));
    CHECK(first.parent_view == View());
    CHECK(first.parent_hash == last.hash);
    CHECK(first.executed_height >= Height(5));
    CHECK(first.cut.size() == 5);
    CHECK(first.next_validators_hash == set_after);
  }
}

TEST_CASE("epochs: the chain up to the base is the block store's to give, not the core's") {
  Fixture given(4, Epoch(1));
  given.genesis.height = Height(5);
  given.genesis.epoch = Epoch(1);
  given.base_hash = hash_of("block 5");
  Bench bench(given, 0);
  Header header = given.header(1, given.genesis);
  header.epoch = Epoch(1);
  header.parent_hash = *given.base_hash;
  bench.receive(
      2,
      Chain{{header}, given.certificate(VoteKind::kFinalize, 1, 6, block_hash(given.chain_id, header), 0)});
  REQUIRE(bench.core->status().final_height == Height(6));
  for (const std::uint64_t above : {0, 3, 4}) bench.give(Received{node(2), FetchChain{Height(above)}});
  CHECK(bench.served.size() == 3);
  CHECK(bench.of<Chain>(bench.sent).empty());
  bench.give(Received{node(2), FetchChain{Height(5)}});
  REQUIRE(bench.of<Chain>(bench.sent).size() == 1);
  CHECK(bench.of<Chain>(bench.sent)[0].headers.front() == header);
}

TEST_CASE("epochs: a validator of a later epoch says only how far it is final, and is asked for the chain") {
  const Ending given(50);
  Bench bench(given, 0);
  LaneStatus status;
  status.epoch = Epoch(3);
  status.watermarks = Cut(7);
  status.final_height = Height(160);
  status.executed_height = Height(160);
  bench.give(Received{node(1), status});
  bench.give(Received{node(2), status});
  bench.give(Received{node(9), status});  // not of our set
  bench.advance_ms(200);
  CHECK(bench.core->status().network_height == Height(160));
  bool asked = false;
  for (const Message& message : bench.sent) asked = asked || std::holds_alternative<FetchChain>(message);
  CHECK(asked);
  // Earlier epochs are nothing to us.
  Bench later(given, 0);
  status.epoch = Epoch();
  status.watermarks = Cut(3);
  later.give(Received{node(1), status});
  CHECK(later.noticed("refused"));
}

// A node that validates nothing in epoch 1, which began upon block 5.
Bench observer_of_epoch_1(const Fixture& given, bool has_left) {
  Bench bench(given);
  auto config = given.config(0);
  config.self.reset();
  config.has_left = has_left;
  auto recovered = given.fresh(0);
  recovered.records.clear();
  bench.core = Core::create(std::move(config), nullptr, std::move(recovered)).value();
  bench.collect(bench.core->start(bench.now));
  return bench;
}

TEST_CASE("epochs: who has left tells those that are still in the epoch before, and nobody else") {
  Fixture given(4, Epoch(1));
  given.genesis.height = Height(5);
  given.genesis.epoch = Epoch(1);
  given.base_hash = hash_of("block 5");
  LaneStatus status;
  status.watermarks = Cut(4);
  const auto told = [&](bool has_left, Epoch epoch, std::uint64_t executed) {
    Bench bench = observer_of_epoch_1(given, has_left);
    status.epoch = epoch;
    status.executed_height = Height(executed);
    bench.give(Received{node(2), status});
    return bench.of<LaneStatus>(bench.sent);
  };
  const auto answers = told(true, Epoch(), 4);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].epoch == Epoch(1));
  CHECK(answers[0].final_height == Height(5));
  CHECK(told(true, Epoch(), 5).empty());
  CHECK(told(true, Epoch(1), 5).empty());
  CHECK(told(true, Epoch(2), 4).empty());
  CHECK(told(false, Epoch(), 4).empty());
}

TEST_CASE("epochs: an alarm outlasts the epoch, and who has no key has no log to go on with") {
  const Ending given(50);
  Recovered recovered = given.fresh(0);
  recovered.stopped = "foreign-own-message: seen in the epoch before";
  Bench stopped(given, 0, std::move(recovered));
  REQUIRE(stopped.core);
  CHECK(!stopped.core->status().votes);
  CHECK(stopped.core->status().stopped.starts_with("foreign-own-message"));
  stopped.advance_ms(2'000);
  stopped.sync();
  CHECK(stopped.of<Vote>(stopped.released).empty());

  Bench follower(given);
  REQUIRE(follower.receive(1, given.batch(1, 1, kZeroHash, "held, not executed")));
  CHECK(follower.core->live_records().empty());
}

// The log of a validator that was cut when it had executed view 9.
Recovered behind(const Fixture& given, const FloorRecord& floor) {
  Recovered recovered = given.fresh(1);
  recovered.records.emplace_back(floor);
  return recovered;
}

TEST_CASE("log: what it has forgotten is not signed again by a database that is behind it") {
  const Ending given(50);
  for (const FloorRecord& floor : {FloorRecord{Epoch(), View(9)}, FloorRecord{Epoch(2), View()}}) {
    Bench bench(given, 1, behind(given, floor));
    REQUIRE(bench.core);
    CHECK(!bench.core->status().votes);
    CHECK(bench.core->status().abstains == "behind-its-log");
    CHECK(bench.core->own_lane_room() == 0);
    bench.advance_ms(2'000);
    bench.sync();
    CHECK(bench.of<Vote>(bench.released).empty());
    // Nor is its own earlier vote, which comes back from a peer, a stranger's.
    const Header header = given.header(1, given.genesis);
    bench.receive(2, given.vote(VoteKind::kNotarize, 1, 1, block_hash(given.chain_id, header), 1));
    CHECK(bench.core->status().stopped.empty());
    // The floor stays in what the log is cut to.
    bool kept = false;
    for (const Record& record : bench.core->live_records()) {
      const auto* found = std::get_if<FloorRecord>(&record);
      kept = kept || (found != nullptr && *found == floor);
    }
    CHECK(kept);
  }
  Bench even(given, 1, behind(given, {Epoch(), View()}));
  CHECK(even.core->status().votes);
  CHECK(even.core->status().abstains.empty());
}

TEST_CASE("log: a vote of a later epoch says as much as a floor") {
  const Ending given(50);
  Recovered recovered = given.fresh(1);
  Vote vote = given.vote(VoteKind::kNullify, 4, 0, kZeroHash, 1);
  vote.epoch = Epoch(1);
  recovered.records.emplace_back(VoteRecord{vote, std::nullopt});
  Bench bench(given, 1, std::move(recovered));
  REQUIRE(bench.core);
  CHECK(!bench.core->status().votes);
  // And it stays in the log, for the core of its epoch.
  bool kept = false;
  for (const Record& record : bench.core->live_records()) {
    const auto* found = std::get_if<VoteRecord>(&record);
    kept = kept || (found != nullptr && found->vote == vote);
  }
  CHECK(kept);
}

TEST_CASE("log: once executed as far, it votes") {
  const Ending given(50);
  Bench bench(given, 1, behind(given, {Epoch(), View(1)}));
  const Header header = given.header(1, given.genesis);
  const Hash hash = block_hash(given.chain_id, header);
  bench.receive(2, Chain{{header}, given.certificate(VoteKind::kFinalize, 1, 1, hash)});
  REQUIRE(bench.delivered.size() == 1);
  CHECK(!bench.core->status().votes);
  bench.give(Executed{Height(1), hash_of("root 1")});
  CHECK(bench.core->status().votes);
}

}  // namespace
}  // namespace jingchu::consensus::testing
