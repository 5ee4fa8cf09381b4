// The rules of execution, idleness, standstill and limits, on a single core.
#include <functional>

#include "rules_support.h"

#include <doctest/doctest.h>

namespace jingchu::consensus::testing {

TEST_CASE("R4: an execution counts only when it is synced") {
  const Fixture given(4);
  Bench bench(given, 0);
  const Header header = timely(given, 1, given.genesis, bench);
  const Hash hash = hash_of_header(given, header);
  bench.receive(1, given.proposal(header));
  bench.receive(1, given.certificate(VoteKind::kNotarize, 1, 1, hash, 0));
  bench.receive(1, given.certificate(VoteKind::kFinalize, 1, 1, hash, 0));
  REQUIRE(bench.delivered.size() == 1);
  bench.advance_ms(25);
  CHECK(bench.of<LaneStatus>(bench.sent).back().executed_height == Height());
  Header next = timely(given, 2, header, bench);
  next.executed_height = Height(1), next.executed_root = hash_of("state 1");
  bench.receive(2, given.proposal(next, {given.certificate(VoteKind::kNotarize, 1, 1, hash, 0)}));
  bench.sync();
  CHECK(bench.votes(VoteKind::kNotarize, 2) == 0);  // slower than the others: waits
  CHECK(bench.votes(VoteKind::kNullify, 2) == 0);
  SUBCASE("then it votes") {
    bench.give(Executed{Height(1), hash_of("state 1")});
    bench.sync();
    CHECK(bench.votes(VoteKind::kNotarize, 2) == 1);
    bench.advance_ms(3);
    CHECK(bench.of<LaneStatus>(bench.sent).back().executed_height == Height(1));
  }
  SUBCASE("or refuses the root") {
    bench.give(Executed{Height(1), hash_of("our state 1")});
    bench.sync();
    CHECK(bench.votes(VoteKind::kNullify, 2) == 1);
    CHECK(bench.core->status().stopped.empty());
  }
  SUBCASE("and a certificate over another root stops it") {
    bench.give(Executed{Height(1), hash_of("our state 1")});
    bench.receive(1, given.certificate(VoteKind::kNotarize, 2, 2, hash_of_header(given, next), 0));
    CHECK(bench.noticed("root-conflict"));
    CHECK(!bench.core->status().votes);
    CHECK(bench.core->own_lane_room() == 0);
  }
  SUBCASE("also when the certificate came before the execution") {
    bench.receive(1, given.certificate(VoteKind::kNotarize, 2, 2, hash_of_header(given, next), 0));
    CHECK(!bench.noticed("root-conflict"));
    bench.give(Executed{Height(1), hash_of("our state 1")});
    CHECK(bench.noticed("root-conflict"));
    CHECK(!bench.core->status().votes);
  }
}

TEST_CASE("another root in a status is a notice, once, and nothing more") {
  const Fixture given(4);
  Bench bench(given, 0);
  const Header header = timely(given, 1, given.genesis, bench);
  bench.receive(
      3, Chain{{header}, given.certificate(VoteKind::kFinalize, 1, 1, hash_of_header(given, header), 0)});
  bench.give(Executed{Height(1), hash_of("state 1")});
  LaneStatus status = status_of(given, Cut(4));
  status.executed_height = Height(1), status.executed_root = hash_of("state 1");
  bench.receive(1, status);
  CHECK(!bench.noticed("root-differs"));
  status.executed_root = hash_of("another state 1");
  bench.receive(1, status);
  bench.receive(1, status);
  CHECK(std::count_if(bench.notices.begin(), bench.notices.end(),
                      [](const Notice& notice) { return notice.kind == "root-differs"; }) == 1);
  CHECK(bench.core->status().votes);
  const auto reports = bench.core->status().reports;
  CHECK(reports[1].root_differs == true);
  CHECK(reports[1].executed_height == Height(1));
  CHECK_FALSE(reports[2].heard_us);
  status.executed_height = Height(7);
  bench.receive(1, status);
  CHECK_FALSE(bench.core->status().reports[1].root_differs);  // of what is not executed here
}

TEST_CASE("what changes in a status goes to the next two leaders at once, to everybody later") {
  using Told = std::vector<std::optional<NodeIndex>>;
  const Fixture given(4);
  Bench bench(given, 0);
  bench.advance_ms(10);
  bench.forget();
  // Two batches are stored here, one soon after the other: node 1 leads this view, node 2 the next.
  bench.receive(3, given.batch(3, 1, kZeroHash, "t"));
  bench.sync();
  CHECK(bench.told == Told{node(1), node(2)});
  bench.receive(1, given.batch(1, 1, kZeroHash, "t"));
  bench.sync();
  CHECK(bench.told.size() == 2);  // not yet
  bench.advance_ms(2);
  CHECK(bench.told == Told{node(1), node(2), node(1), node(2)});
  bench.advance_ms(5);
  CHECK(bench.told.size() == 4);
  bench.advance_ms(5);
  CHECK(bench.told.size() == 5);
  CHECK(bench.told.back() == std::nullopt);
  CHECK(bench.of<LaneStatus>(bench.sent).back().watermarks[3].sequence == Sequence(1));
}

TEST_CASE("R10: a leader that is idle says so to everybody at once") {
  const Fixture given(4);
  Bench bench(given, 1);
  REQUIRE_EQ(bench.told.size(), 1);
  CHECK(bench.told.back() == std::nullopt);
  CHECK(bench.of<LaneStatus>(bench.sent).back().idle_view == View(1));
}

TEST_CASE("R10: an idle leader is waited for, an old uncut batch ends the wait") {
  const Fixture given(4);
  Bench bench(given, 0);
  LaneStatus idle = status_of(given, Cut(4));
  idle.idle_view = View(1);
  SUBCASE("announced by the leader") {
    bench.receive(1, idle);
    bench.advance_ms(900);
    CHECK(!bench.noticed("view-timeout"));
    CHECK(!bench.noticed("standstill"));
    bench.advance_ms(200);
    CHECK(bench.noticed("view-timeout"));
  }
  SUBCASE("announced by another") {
    bench.receive(2, idle);
    bench.advance_ms(70);
    CHECK(bench.noticed("view-timeout"));
  }
  SUBCASE("ended by a batch that is older than 2D") {
    bench.receive(1, idle);
    bench.advance_ms(300);
    bench.receive(2, given.batch(2, 1, kZeroHash, "t"));
    bench.sync();
    bench.advance_ms(25);
    CHECK(!bench.noticed("view-timeout"));
    bench.advance_ms(30);
    CHECK(bench.noticed("view-timeout"));
  }
}

TEST_CASE("R10: a leader idles only if nothing is left to do") {
  const Fixture given(4);
  Bench bench(given, 1);
  for (const std::size_t peer : {0u, 2u, 3u}) bench.receive(peer, status_of(given, Cut(4)));
  bench.advance_ms(500);
  CHECK(bench.of<LaneStatus>(bench.sent).back().idle_view == View(1));
  bench.sync();
  CHECK(bench.of<Proposal>(bench.released).empty());
  const BatchPointer batch = given.batch(2, 1, kZeroHash, "t");
  bench.receive(2, batch);
  bench.sync();
  Cut stored(4);
  stored[2] = {Sequence(1), batch->tip};
  bench.receive(2, status_of(given, stored));
  bench.receive(3, status_of(given, stored));
  bench.sync();
  REQUIRE(bench.of<Proposal>(bench.released).size() == 1);  // at once
  CHECK(bench.of<Proposal>(bench.released)[0].header.cut == stored);
  CHECK(bench.votes(VoteKind::kNotarize, 1) == 1);
}

TEST_CASE(
    "R11: a standstill far ahead of the last final view looks at what is held, not at every view between") {
  const Fixture given(4);
  Bench bench(given, 0);
  const std::uint64_t far = std::uint64_t{1} << 50;
  bench.receive(1, given.certificate(VoteKind::kNullify, far, 0, kZeroHash, 0));
  REQUIRE(bench.core->status().view == View(far + 1));
  bench.advance_ms(60'000);
  CHECK(bench.noticed("standstill"));
}

TEST_CASE("R11: a standstill sends again what is durable, and backs off") {
  const Fixture given(4);
  Bench bench(given, 0);
  bench.advance_ms(100);
  bench.sync();
  bench.forget();
  bench.advance_ms(450);
  CHECK(bench.noticed("standstill"));
  CHECK(bench.of<Vote>(bench.sent).size() == 1);
  bench.forget();
  bench.advance_ms(900);
  CHECK(bench.of<Vote>(bench.sent).empty());
  bench.advance_ms(150);
  CHECK(bench.of<Vote>(bench.sent).size() == 1);
}

TEST_CASE("R12: own batches beyond the limits are refused with a notice") {
  Fixture given(4);
  given.parameters.batch_bytes_max = 100;
  Bench bench(given, 0);
  CHECK(bench.core->own_lane_room() == given.parameters.lane_bytes_max);
  for (const std::vector<Bytes>& bad : {std::vector<Bytes>{}, {Bytes(101)}, {Bytes(5), Bytes{}}}) {
    bench.forget();
    bench.give(SealBatch{bad});
    CHECK(bench.noticed("refused"));
    CHECK(bench.persisted.empty());
  }
  bench.give(SealBatch{{Bytes(100)}});
  CHECK(bench.persisted.size() == 1);
  CHECK(bench.core->own_lane_room() < given.parameters.lane_bytes_max);
}

}  // namespace jingchu::consensus::testing
