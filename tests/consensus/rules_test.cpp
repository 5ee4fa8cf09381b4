// The core's rules one by one, on a single core: what it is given, and what must and must not come out.
#include <functional>

#include "support.h"

#include <doctest/doctest.h>

namespace jingchu::consensus::testing {
namespace {

// Node 0 of four. Node 1 leads view 1, node 2 view 2, node 3 view 3, node 0 view 4.
Header timely(const Fixture& given, std::uint64_t view, const Header& parent, const Bench& bench) {
  Header header = given.header(view, parent);
  header.time_ms = std::max(bench.now.wall_ms, parent.time_ms + 1);
  return header;
}
Hash hash_of_header(const Fixture& given, const Header& header) {
  return block_hash(given.chain_id, header);
}

// The status of a peer that stores `watermarks`.
LaneStatus status_of(const Fixture& given, Cut watermarks, std::uint64_t view = 1) {
  LaneStatus status;
  status.view = View(view);
  status.watermarks = std::move(watermarks);
  status.executed_root = given.genesis.executed_root;
  return status;
}

}  // namespace

TEST_CASE("a good proposal is notarized, but the vote leaves only after its sync") {
  const Fixture given(4);
  Bench bench(given, 0);
  const Header header = timely(given, 1, given.genesis, bench);
  CHECK(bench.receive(1, given.proposal(header)));
  CHECK(bench.of<Vote>(bench.sent).empty());
  CHECK(bench.votes(VoteKind::kNotarize, 1) == 0);
  REQUIRE(bench.persisted.size() == 2);
  CHECK(std::holds_alternative<ProposalRecord>(bench.persisted[0]));
  CHECK(std::holds_alternative<VoteRecord>(bench.persisted[1]));
  bench.sync();
  CHECK(bench.votes(VoteKind::kNotarize, 1) == 1);
}

TEST_CASE("one's own vote enters one's own tally, when it is synced") {
  const Fixture given(4);
  Bench bench(given, 0);
  const Header header = timely(given, 1, given.genesis, bench);
  const Hash hash = hash_of_header(given, header);
  bench.receive(1, given.proposal(header));
  bench.receive(1, given.vote(VoteKind::kNotarize, 1, 1, hash, 1));
  bench.receive(2, given.vote(VoteKind::kNotarize, 1, 1, hash, 2));
  CHECK(bench.core->status().view == View(1));
  bench.sync();
  CHECK(bench.core->status().view == View(2));
  REQUIRE(bench.of<Certificate>(bench.sent).size() == 1);
  CHECK(given.verifier.certificate(bench.of<Certificate>(bench.sent)[0]).ok());
  CHECK(bench.votes(VoteKind::kFinalize, 1) == 1);
  SUBCASE("and finalizes reach finality") {
    bench.receive(1, given.vote(VoteKind::kFinalize, 1, 1, hash, 1));
    bench.receive(3, given.vote(VoteKind::kFinalize, 1, 1, hash, 3));
    CHECK(bench.core->status().final_view == View(1));
    REQUIRE(bench.delivered.size() == 1);
    CHECK(bench.delivered[0].hash == hash);
    CHECK(bench.delivered[0].path.empty());
    CHECK(given.verifier.certificate(bench.delivered[0].finalization).ok());
  }
}

TEST_CASE("R1: the first record of a view carries what opened it, Finalize carries the notarization") {
  const Fixture given(4);
  Bench bench(given, 0);
  const Header header = timely(given, 1, given.genesis, bench);
  bench.receive(1, given.proposal(header));
  const Certificate notarization =
      given.certificate(VoteKind::kNotarize, 1, 1, hash_of_header(given, header), 0);
  bench.receive(2, notarization);
  const auto& finalize = std::get<VoteRecord>(bench.persisted.back());
  CHECK(finalize.vote.ballot.kind == VoteKind::kFinalize);
  CHECK(finalize.reason == notarization);
  bench.sync();
  bench.forget();
  bench.advance_ms(200);  // the timer of view 2
  REQUIRE(!bench.persisted.empty());
  const auto& nullify = std::get<VoteRecord>(bench.persisted.front());
  CHECK(nullify.vote.ballot == Ballot{VoteKind::kNullify, View(2), Height(), kZeroHash});
  CHECK(nullify.reason == notarization);
}

TEST_CASE("the timer nullifies once; a late notarization is still taken in, but not finalized") {
  const Fixture given(4);
  Bench bench(given, 0);
  const Header header = timely(given, 1, given.genesis, bench);
  bench.advance_ms(59);
  CHECK(bench.core->status().view == View(1));
  CHECK(!bench.noticed("view-timeout"));
  bench.advance_ms(2);
  bench.sync();
  CHECK(bench.noticed("view-timeout"));
  CHECK(bench.votes(VoteKind::kNullify, 1) == 1);
  bench.receive(1, given.proposal(header));
  bench.sync();
  CHECK(bench.votes(VoteKind::kNotarize, 1) == 1);  // Notarize after an own Nullify is allowed
  bench.receive(2, given.certificate(VoteKind::kNotarize, 1, 1, hash_of_header(given, header), 0));
  bench.sync();
  CHECK(bench.core->status().view == View(2));
  CHECK(bench.votes(VoteKind::kFinalize, 1) == 0);
}

TEST_CASE("a nullification moves on; the next leader extends across it with the certificate") {
  const Fixture given(4);
  Bench bench(given, 2);
  bench.receive(1, given.certificate(VoteKind::kNullify, 1, 0, kZeroHash, 2));
  CHECK(bench.core->status().view == View(2));
  CHECK(bench.of<Certificate>(bench.sent).size() == 1);  // relayed once
  bench.receive(3, given.certificate(VoteKind::kNullify, 1, 0, kZeroHash, 2));
  CHECK(bench.of<Certificate>(bench.sent).size() == 1);
  bench.receive(0, given.batch(0, 1, kZeroHash, "t"));
  bench.sync();
  bench.advance_ms(40);
  bench.sync();
  const auto proposals = bench.of<Proposal>(bench.released);
  REQUIRE(proposals.size() == 1);
  CHECK(proposals[0].header.parent_view == View());
  CHECK(proposals[0].justification.size() == 1);
  CHECK(given.verifier.proposal(proposals[0]).ok());
  CHECK(bench.of<Proposal>(bench.sent).empty());
}

TEST_CASE("an objective failure is nullified at once; missing data and slow execution are waited for") {
  const Fixture given(4);
  struct Row {
    const char* what;
    std::function<void(Header&)> change;
    bool nullified;
  };
  const Row rows[] = {
      {"good", [](Header&) {}, false},
      {"wrong height", [](Header& h) { h.height = Height(2); }, true},
      {"wrong version", [](Header& h) { h.protocol_version = 7; }, true},
      {"another validator set", [](Header& h) { h.validators_hash = hash_of("x"); }, true},
      {"a next validator set", [](Header& h) { h.next_validators_hash = hash_of("x"); }, true},
      {"a wrong root", [](Header& h) { h.executed_root = hash_of("x"); }, true},
      {"too large a cut", [](Header& h) { h.cut[1].sequence = Sequence(1'000); }, true},
      {"batches that are not here",
       [](Header& h) {
         h.cut[1] = {Sequence(1), hash_of("t")};
       },
       false},
      {"a parent without certificate", [](Header& h) { h.parent_hash = hash_of("x"); }, false},
      {"a time in the future", [](Header& h) { h.time_ms += 5'000; }, false},
      {"a time long ago", [](Header& h) { h.time_ms -= 5'000; }, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    Bench bench(given, 0);
    Header header = timely(given, 1, given.genesis, bench);
    row.change(header);
    REQUIRE(bench.receive(1, given.proposal(header)));
    bench.sync();
    CHECK(bench.votes(VoteKind::kNullify, 1) == (row.nullified ? 1 : 0));
    CHECK(bench.votes(VoteKind::kNotarize, 1) == (std::string(row.what) == "good" ? 1 : 0));
    CHECK(bench.noticed("proposal-refused") ==
          (row.nullified || std::string(row.what).find("time") != std::string::npos));
    // Whatever it was, the timer runs.
    if (std::string(row.what) != "good") {
      bench.advance_ms(61);
      bench.sync();
      CHECK(bench.votes(VoteKind::kNullify, 1) == 1);
    }
  }
}

TEST_CASE("R13: a time failure is not permanent") {
  const Fixture given(4);
  Bench bench(given, 0);
  Header header = timely(given, 1, given.genesis, bench);
  header.time_ms = bench.now.wall_ms + 520;
  bench.receive(1, given.proposal(header));
  bench.sync();
  CHECK(bench.votes(VoteKind::kNotarize, 1) == 0);
  bench.advance_ms(30);
  bench.receive(1, given.proposal(header));
  bench.sync();
  CHECK(bench.votes(VoteKind::kNotarize, 1) == 1);
}

TEST_CASE("a parent across a view that is not nullified is waited for and fetched") {
  const Fixture given(4);
  Bench bench(given, 0);
  bench.receive(
      1, given.certificate(VoteKind::kNullify, 2, 0, kZeroHash, 0));  // view 3, but nothing about view 1
  const Header header = timely(given, 3, given.genesis, bench);
  bench.receive(3, given.proposal(header));
  bench.sync();
  CHECK(bench.votes(VoteKind::kNotarize, 3) == 0);
  REQUIRE(!bench.of<FetchCertificates>(bench.sent).empty());
  CHECK(bench.of<FetchCertificates>(bench.sent)[0].first == View(1));
  bench.receive(3, given.certificate(VoteKind::kNullify, 1, 0, kZeroHash, 0));
  bench.sync();
  CHECK(bench.votes(VoteKind::kNotarize, 3) == 1);
}

TEST_CASE("missing batches are fetched, and the vote follows them") {
  const Fixture given(4);
  Bench bench(given, 0);
  const BatchPointer first = given.batch(1, 1, kZeroHash, "a");
  const BatchPointer second = given.batch(1, 2, first->tip, "b");
  Header header = timely(given, 1, given.genesis, bench);
  header.cut[1] = {Sequence(2), second->tip};
  bench.receive(1, given.proposal(header));
  REQUIRE(bench.of<FetchBatches>(bench.sent).size() == 1);
  const FetchBatches fetch = bench.of<FetchBatches>(bench.sent)[0];
  CHECK(fetch.first == Sequence(1));
  CHECK(fetch.last == Sequence(2));
  CHECK(fetch.tip == second->tip);
  bench.receive(1, first);
  bench.receive(1, second);
  bench.sync();
  CHECK(bench.votes(VoteKind::kNotarize, 1) == 1);
}

TEST_CASE("R5: a cut onto another branch than the parent's is refused") {
  const Fixture given(4);
  Bench bench(given, 0);
  const BatchPointer a = given.batch(1, 1, kZeroHash, "a");
  const BatchPointer stray = given.batch(1, 2, hash_of("elsewhere"), "b");
  for (const auto& batch : {a, stray}) bench.receive(1, batch);
  Header header = timely(given, 1, given.genesis, bench);
  header.cut[1] = {Sequence(2), stray->tip};
  bench.receive(1, given.proposal(header));
  bench.sync();
  CHECK(bench.votes(VoteKind::kNotarize, 1) == 0);  // the batch before is nowhere
  CHECK(bench.votes(VoteKind::kNullify, 1) == 0);
  header.cut[1] = {Sequence(1), stray->tip};
  Bench other(given, 0);
  for (const auto& batch : {a, stray}) other.receive(1, batch);
  other.receive(1, given.proposal(header));
  other.sync();
  CHECK(other.votes(VoteKind::kNullify, 1) == 1);
}

TEST_CASE("own batches and watermarks: durable before they are told") {
  const Fixture given(4);
  Bench bench(given, 0);
  bench.give(SealBatch{{to_bytes("t")}});
  bench.receive(1, given.batch(1, 1, kZeroHash, "a"));
  bench.advance_ms(30);
  CHECK(bench.of<BatchPointer>(bench.sent).empty());
  CHECK(bench.of<BatchPointer>(bench.released).empty());
  CHECK(bench.of<LaneStatus>(bench.sent).back().watermarks == Cut(4));
  bench.sync();
  bench.advance_ms(2);
  REQUIRE(bench.of<BatchPointer>(bench.released).size() == 1);
  CHECK(given.verifier.batch(bench.of<BatchPointer>(bench.released)[0]->batch).ok());
  const LaneStatus status = bench.of<LaneStatus>(bench.sent).back();
  CHECK(status.watermarks[0].sequence == Sequence(1));
  CHECK(status.watermarks[1].sequence == Sequence(1));
}

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

TEST_CASE("R15: evidence against whoever signs two contents") {
  const Fixture given(4);
  Bench bench(given, 0);
  const auto only = [&](const char* kind, std::size_t culprit) {
    REQUIRE(bench.evidence.size() == 1);
    CHECK(bench.evidence[0].kind == kind);
    CHECK(bench.evidence[0].culprit == node(culprit));
    CHECK(bench.evidence[0].first != bench.evidence[0].second);
  };
  SUBCASE("two proposals") {
    Header header = timely(given, 1, given.genesis, bench);
    bench.receive(1, given.proposal(header));
    bench.receive(1, given.proposal(header));
    CHECK(bench.evidence.empty());
    header.time_ms += 1;
    bench.receive(2, given.proposal(header));
    bench.receive(3, given.proposal(header));
    only("two-proposals", 1);
    bench.sync();
    CHECK(bench.votes(VoteKind::kNotarize, 1) == 1);
  }
  SUBCASE("two notarizes") {
    bench.receive(3, given.vote(VoteKind::kNotarize, 2, 1, hash_of("a"), 3));
    bench.receive(3, given.vote(VoteKind::kNotarize, 2, 1, hash_of("b"), 3));
    bench.receive(3, given.vote(VoteKind::kNotarize, 2, 1, hash_of("c"), 3));
    only("two-notarizes", 3);
  }
  SUBCASE("nullify and finalize") {
    bench.receive(3, given.vote(VoteKind::kNullify, 2, 0, kZeroHash, 3));
    bench.receive(3, given.vote(VoteKind::kFinalize, 2, 1, hash_of("b"), 3));
    only("nullify-and-finalize", 3);
  }
  SUBCASE("two batches; the lane is cut no further") {
    bench.receive(3, given.batch(3, 1, kZeroHash, "a"));
    bench.receive(3, given.batch(3, 1, kZeroHash, "b"));
    bench.receive(3, given.batch(3, 1, kZeroHash, "c"));
    only("two-batches", 3);
    CHECK(bench.noticed("lane-closed"));
  }
  SUBCASE("not: notarize and nullify") {
    bench.receive(3, given.vote(VoteKind::kNotarize, 2, 1, hash_of("a"), 3));
    bench.receive(3, given.vote(VoteKind::kNullify, 2, 0, kZeroHash, 3));
    CHECK(bench.evidence.empty());
  }
}

TEST_CASE("an equivocating leader's other block is taken once a certificate names it") {
  const Fixture given(4);
  Bench bench(given, 0);
  Header first = timely(given, 1, given.genesis, bench);
  Header other = first;
  other.time_ms += 1;
  bench.receive(1, given.proposal(first));
  bench.sync();
  bench.receive(2, given.certificate(VoteKind::kNotarize, 1, 1, hash_of_header(given, other), 0));
  REQUIRE(bench.of<FetchProposal>(bench.sent).size() == 1);
  CHECK(bench.of<FetchProposal>(bench.sent)[0].hash == hash_of_header(given, other));
  bench.receive(2, given.proposal(other));
  bench.sync();
  CHECK(bench.votes(VoteKind::kFinalize, 1) == 1);
}

TEST_CASE("unbounded views: a window of future views, and slots for each signer") {
  const Fixture given(4);
  Bench bench(given, 0);
  bench.receive(1, given.vote(VoteKind::kNullify, 65, 0, kZeroHash, 1));
  CHECK(!bench.noticed("refused"));
  for (const std::uint64_t view : {std::uint64_t{66}, std::uint64_t{1} << 63, UINT64_MAX}) {
    bench.forget();
    bench.receive(1, given.vote(VoteKind::kNullify, view, 0, kZeroHash, 1));
    CHECK(bench.noticed("refused"));
  }
  bench.forget();
  bench.receive(1, given.certificate(VoteKind::kNullify, UINT64_MAX, 0, kZeroHash, 0));
  CHECK(bench.noticed("refused"));
  CHECK(bench.core->status().view == View(1));
  bench.receive(
      1, given.certificate(VoteKind::kNullify, 1'000, 0, kZeroHash, 0));  // a certificate justifies more
  CHECK(bench.core->status().view == View(1'001));
}

TEST_CASE("a proposal by another than the leader, or of a far view, is refused and leaves nothing behind") {
  const Fixture given(4);
  Bench bench(given, 0);
  bench.receive(2, given.proposal_by(2, timely(given, 1, given.genesis, bench)));
  CHECK(bench.noticed("refused"));
  bench.forget();
  bench.receive(1, given.proposal(timely(given, 69, given.genesis, bench)));  // led by node 1
  CHECK(bench.noticed("refused"));
  bench.receive(1, given.proposal(timely(given, 1, given.genesis, bench)));
  bench.sync();
  CHECK(bench.votes(VoteKind::kNotarize, 1) == 1);
}

TEST_CASE("fetches are answered, refused explicitly, or passed to the store; bad ones do no harm") {
  const Fixture given(4);
  Bench bench(given, 0);
  const Header header = timely(given, 1, given.genesis, bench);
  const Hash hash = hash_of_header(given, header);
  bench.receive(1, given.proposal(header));
  bench.receive(1, given.certificate(VoteKind::kNotarize, 1, 1, hash, 0));
  bench.sync();
  bench.forget();
  const auto answers = [&](const Message& fetch) {
    bench.sent.clear();
    bench.receive(2, fetch);
    return bench.sent.size();
  };
  CHECK(answers(FetchCertificates{View(1), View(1)}) == 1);
  CHECK(bench.of<Certificate>(bench.sent).size() == 1);
  CHECK(answers(FetchProposal{View(1), hash}) == 1);
  CHECK(bench.of<Proposal>(bench.sent).size() == 1);
  const std::vector<Message> unanswerable{
      FetchCertificates{View(5), View(9)},
      FetchCertificates{View(), View(UINT64_MAX)},
      FetchCertificates{View(9), View(5)},
      FetchCertificates{View(UINT64_MAX), View(UINT64_MAX)},
      FetchProposal{View(1), hash_of("x")},
      FetchChain{Height()},
      FetchChain{Height(UINT64_MAX)},
      FetchBatches{node(9), Sequence(1), Sequence(1), hash},
      FetchBatches{node(1), Sequence(9), Sequence(1), hash},
      FetchBatches{node(1), Sequence(0), Sequence(UINT64_MAX), hash},
      FetchBatches{node(1), Sequence(1), Sequence(1), hash},
  };
  for (const Message& fetch : unanswerable) {
    CAPTURE(fetch.index());
    CHECK(answers(fetch) == 1);
    CHECK(bench.of<Unavailable>(bench.sent).size() == 1);
  }
  CHECK(bench.served.empty());
  bench.receive(2, given.certificate(VoteKind::kFinalize, 1, 1, hash, 0));
  CHECK(answers(FetchChain{Height()}) == 1);
  CHECK(bench.of<Chain>(bench.sent).size() == 1);
  CHECK(given.verifier.chain(bench.of<Chain>(bench.sent)[0]).ok());
}

TEST_CASE("untrusted statuses: wrong sizes are refused, huge numbers do no harm") {
  const Fixture given(4);
  Bench bench(given, 1);
  bench.receive(2, status_of(given, Cut(3)));
  CHECK(bench.noticed("refused"));
  bench.forget();
  LaneStatus huge = status_of(given, Cut(4), UINT64_MAX);
  for (CutEntry& entry : huge.watermarks) entry = {Sequence(UINT64_MAX), hash_of("x")};
  huge.executed_height = huge.final_height = Height(UINT64_MAX);
  huge.final_view = huge.idle_view = View(UINT64_MAX);
  for (const std::size_t peer : {0u, 2u, 3u, 9u, 65'535u}) bench.receive(peer, huge);
  for (int i = 0; i < 20; ++i) {
    bench.advance_ms(100);
    bench.sync();
  }
  CHECK(bench.core->status().votes);
  CHECK(bench.core->status().final_height == Height());
  CHECK(bench.sent.size() < 2'000);
  for (const Proposal& proposal : bench.of<Proposal>(bench.released)) CHECK(proposal.header.cut == Cut(4));
}

TEST_CASE("R4: after f+1 failed views the leader proposes a plain block") {
  const Fixture given(4);
  Bench bench(given, 0);
  const BatchPointer batch = given.batch(2, 1, kZeroHash, "t");
  bench.receive(2, batch);
  bench.sync();
  Cut stored(4);
  stored[2] = {Sequence(1), batch->tip};
  for (const std::size_t peer : {1u, 2u, 3u}) bench.receive(peer, status_of(given, stored));
  for (const std::uint64_t view : {1u, 2u, 3u})
    bench.receive(1, given.certificate(VoteKind::kNullify, view, 0, kZeroHash, 0));
  bench.advance_ms(40);
  bench.sync();
  REQUIRE(bench.of<Proposal>(bench.released).size() == 1);
  CHECK(bench.of<Proposal>(bench.released)[0].header.view == View(4));
  CHECK(bench.of<Proposal>(bench.released)[0].header.cut == Cut(4));
  CHECK(bench.of<Proposal>(bench.released)[0].justification.size() == 3);
}

TEST_CASE("a final block whose batches are missing is delivered when they have come, in height order") {
  const Fixture given(4);
  Bench bench(given, 0);
  const BatchPointer batch = given.batch(2, 1, kZeroHash, "t");
  Header first = timely(given, 1, given.genesis, bench);
  first.cut[2] = {Sequence(1), batch->tip};
  const Header second = timely(given, 2, first, bench);
  const Certificate finalization =
      given.certificate(VoteKind::kFinalize, 2, 2, hash_of_header(given, second), 0);
  REQUIRE(bench.receive(3, Chain{{first, second}, finalization}));
  CHECK(bench.core->status().final_height == Height(2));
  CHECK(bench.delivered.empty());
  CHECK(!bench.of<FetchBatches>(bench.sent).empty());
  bench.receive(3, batch);
  REQUIRE(bench.delivered.size() == 2);
  CHECK(bench.delivered[0].header == first);
  REQUIRE(bench.delivered[0].batches.size() == 1);
  CHECK(bench.delivered[0].batches[0]->tip == batch->tip);
  CHECK(bench.delivered[0].path == std::vector<Header>{second});
  CHECK(bench.delivered[1].path.empty());
  // A decision that arrives again is not delivered again.
  bench.receive(3, Chain{{first, second}, finalization});
  bench.receive(3, finalization);
  CHECK(bench.delivered.size() == 2);
  CHECK(bench.core->status().view == View(3));
}

TEST_CASE("far behind: chain is fetched no further than execution follows") {
  const Fixture given(4);
  Bench bench(given, 0);
  std::vector<Header> headers{given.genesis};
  for (std::uint64_t view = 1; view <= 600; ++view) headers.push_back(given.header(view, headers.back()));
  LaneStatus ahead = status_of(given, Cut(4), 601);
  ahead.final_height = Height(600), ahead.final_view = View(600);
  std::size_t executed = 0;
  std::size_t waiting_max = 0;
  for (int round = 0; round < 400 && executed < 600; ++round) {
    bench.receive(3, ahead);
    const auto fetches = bench.of<FetchChain>(bench.sent);
    bench.forget();
    if (!fetches.empty()) {
      const std::size_t above = fetches.back().above.value();
      const std::size_t last = std::min<std::size_t>(above + 64, 600);
      const Hash hash = hash_of_header(given, headers[last]);
      bench.receive(3, Chain{{headers.begin() + above + 1, headers.begin() + last + 1},
                             given.certificate(VoteKind::kFinalize, last, last, hash, 0)});
    }
    waiting_max = std::max(waiting_max, bench.core->status().final_height.value() - executed);
    CHECK(bench.delivered.size() - executed <= 16);
    for (int i = 0; i < 5 && executed < bench.delivered.size(); ++i) {
      ++executed;
      bench.give(Executed{Height(executed), hash_of("state " + std::to_string(executed))});
    }
    bench.advance_ms(20);
  }
  CHECK(executed == 600);
  CHECK(waiting_max <= 64 + 64 + 64);
  CHECK(bench.core->status().stopped.empty());
}

}  // namespace jingchu::consensus::testing
