// The rules of voting one by one, on a single core: what it is given, and what must and must not come out.
#include <functional>

#include "rules_support.h"

#include <doctest/doctest.h>

namespace jingchu::consensus::testing {

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

}  // namespace jingchu::consensus::testing
