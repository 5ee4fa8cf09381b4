// What a core makes of contradictions, far views, odd fetches and statuses, and of being far behind.
#include <functional>

#include "rules_support.h"

#include <doctest/doctest.h>

namespace jingchu::consensus::testing {

TEST_CASE("R15: evidence against whoever signs two contents") {
  const Fixture given(4);
  Bench bench(given, 0);
  const auto only = [&](const char* kind, std::size_t culprit) {
    REQUIRE(bench.evidence.size() == 1);
    CHECK(to_string(bench.evidence[0].kind) == kind);
    CHECK(bench.evidence[0].culprit == node(culprit));
    CHECK(verify_evidence(given.verifier, bench.evidence[0], {}).ok());
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

TEST_CASE("a finalization that names another height than its block's stops the node") {
  const Fixture given(4);
  Bench bench(given, 0);
  const Header first = timely(given, 1, given.genesis, bench);
  const Hash hash = hash_of_header(given, first);
  REQUIRE(bench.receive(3, Chain{{first}, given.certificate(VoteKind::kFinalize, 1, 1, hash, 0)}));
  bench.receive(3, given.certificate(VoteKind::kFinalize, 2, 2, hash, 0));
  CHECK(bench.core->status().stopped.starts_with("conflicting-finality"));
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

TEST_CASE("the network's height is one that an honest validator has reported") {
  const Fixture given(4);
  Bench bench(given, 0);
  const auto report = [&](std::size_t from, std::uint64_t height) {
    LaneStatus status = status_of(given, Cut(4));
    status.final_height = Height(height);
    bench.receive(from, status);
  };
  CHECK_FALSE(bench.core->status().network_height);
  report(3, UINT64_MAX);
  CHECK_FALSE(bench.core->status().network_height);  // one alone may lie
  report(1, 5);
  CHECK(bench.core->status().network_height == Height(5));
  report(2, 7);
  CHECK(bench.core->status().network_height == Height(7));
  report(3, 0);
  CHECK(bench.core->status().network_height == Height(5));
}

TEST_CASE("a node whose peers all refuse the next blocks says so, again and again, until one gives them") {
  const Fixture given(4);
  Bench bench(given, 0);
  std::vector<Header> headers{given.genesis};
  for (std::uint64_t view = 1; view <= 100; ++view) headers.push_back(given.header(view, headers.back()));
  LaneStatus ahead = status_of(given, Cut(4), 101);
  ahead.final_height = Height(100), ahead.final_view = View(100);
  std::ptrdiff_t unanswered = 0;
  const auto rounds = [&](bool answers) {
    for (int i = 0; i < 2'000; ++i) {
      for (const std::size_t peer : {1, 2, 3}) bench.receive(peer, ahead);
      const auto fetches = bench.of<FetchChain>(bench.sent);
      unanswered += std::count_if(bench.notices.begin(), bench.notices.end(),
                                  [](const Notice& notice) { return notice.kind == "chain-unanswered"; });
      bench.forget();
      for (const auto& fetch : fetches) {
        for (const std::size_t peer : {1, 2, 3}) {
          if (!answers) bench.receive(peer, refusal_of(fetch));
        }
        const Hash hash = hash_of_header(given, headers[50]);
        if (!answers || fetch.above != Height()) continue;
        bench.receive(3, Chain{{headers.begin() + 1, headers.begin() + 51},
                               given.certificate(VoteKind::kFinalize, 50, 50, hash, 0)});
      }
      bench.advance_ms(10);
    }
  };
  rounds(false);
  CHECK(unanswered >= 3);
  CHECK(bench.core->status().final_height == Height());
  rounds(true);
  CHECK(bench.core->status().final_height == Height(50));
}

// They have pruned them after they gave the header.
TEST_CASE("a node whose peers all refuse the batches of the next block says so, again and again") {
  const Fixture given(4);
  Bench bench(given, 0);
  Header first = given.header(1, given.genesis);
  first.cut[1] = {Sequence(1), hash_of("a batch that nobody has any more")};
  const Hash hash = hash_of_header(given, first);
  LaneStatus ahead = status_of(given, first.cut, 101);
  ahead.final_height = Height(100), ahead.final_view = View(100);
  bench.receive(3, Chain{{first}, given.certificate(VoteKind::kFinalize, 1, 1, hash, 0)});
  CHECK(bench.core->status().final_height == Height(1));
  std::ptrdiff_t unanswered = 0;
  for (int i = 0; i < 2'000; ++i) {
    for (const std::size_t peer : {1, 2, 3}) bench.receive(peer, ahead);
    const auto fetches = bench.of<FetchBatches>(bench.sent);
    unanswered += std::count_if(bench.notices.begin(), bench.notices.end(), [](const Notice& notice) {
      return notice.kind == "chain-unanswered" && notice.text.find("batches of block 1") != std::string::npos;
    });
    bench.forget();
    for (const auto& fetch : fetches) {
      for (const std::size_t peer : {1, 2, 3}) bench.receive(peer, refusal_of(fetch));
    }
    bench.advance_ms(10);
  }
  CHECK(unanswered >= 3);
  CHECK(bench.delivered.empty());
}

}  // namespace jingchu::consensus::testing
