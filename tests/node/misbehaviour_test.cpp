#include "node/misbehaviour.h"

#include "common/codec.h"
#include "tests/ledger/evidence_fixture.h"
// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::node {
namespace {

using consensus::Evidence;
using consensus::VoteKind;
using ledger::test::Culprit;
using Pieces = std::vector<Bytes>;

Members members_of(const ledger::Genesis& genesis) {
  Members members;
  for (const auto& validator : genesis.validators) {
    members.push_back({validator.name, validator.division, validator.name, validator.consensus_key,
                       validator.transport_key, validator.address});
  }
  return members;
}

struct Court {
  Court() { start(Epoch()); }
  EpochPlan plan(Epoch epoch) const {
    EpochPlan made;
    made.epoch = epoch;
    made.members = members_of(genesis);
    made.validators = genesis.validator_set();
    if (epoch != Epoch()) made.before = made.members;
    return made;
  }
  // As after a restart of the node.
  void start(Epoch epoch) {
    handed_on.clear();
    pool = std::make_unique<boost::asio::thread_pool>(1);
    metrics = std::make_unique<Metrics>();
    misbehaviour = std::make_unique<Misbehaviour>(Misbehaviour::Parts{
        .genesis = &genesis,
        .store = &store,
        .pool = pool.get(),
        .metrics = metrics.get(),
        .log = {},
        .on_new = [this](const Evidence& evidence) { handed_on.push_back(encode(evidence)); }});
    CHECK(misbehaviour->open(plan(epoch)).ok());
  }
  std::string take(const Evidence& evidence) {
    const Status taken = misbehaviour->take(evidence);
    return taken.ok() ? "" : taken.error().type;
  }
  // What is durable, once all writes are done.
  Pieces kept() {
    pool->join();
    Pieces found;
    CHECK(store
              .visit({},
                     [&](const ledger::RecordedEvidence& recorded) {
                       CHECK(recorded.validator ==
                             genesis.validators[recorded.evidence.culprit.value()].name);
                       CHECK(recorded.recorded_ms > 1'600'000'000'000);
                       found.push_back(encode(recorded.evidence));
                       return true;
                     })
              .ok());
    return found;
  }
  bool counts(const std::string& line) const {
    return metrics->text().find("jingchu_misbehaviour_total{" + line + "\n") != std::string::npos;
  }

  ledger::Genesis genesis = ledger::test::small_genesis();
  ledger::MemoryDatabase database;
  ledger::MisbehaviourStore store{database};
  Pieces handed_on;
  std::unique_ptr<boost::asio::thread_pool> pool;
  std::unique_ptr<Metrics> metrics;
  std::unique_ptr<Misbehaviour> misbehaviour;
};

TEST_CASE("evidence is kept once, handed on once, counted, and known again after a restart") {
  Court court;
  const auto evidence = Culprit(court.genesis).two_notarizes(7);
  CHECK(court.take(evidence) == "");
  CHECK(court.take(evidence) == "");
  CHECK(court.handed_on == Pieces{encode(evidence)});
  CHECK(court.kept() == court.handed_on);
  const std::string counted =
      "kind=\"two-notarizes\",validator=\"" + court.genesis.validators[2].name + "\"} 1";
  CHECK(court.counts(counted));
  court.start(Epoch());
  CHECK(court.counts(counted));
  CHECK(court.take(evidence) == "");
  CHECK(court.handed_on.empty());
  Pieces recalled;
  court.misbehaviour->recall([&](const Evidence& found) { recalled.push_back(encode(found)); });
  CHECK(court.kept() == Pieces{encode(evidence)});
  CHECK(recalled == Pieces{encode(evidence)});
}

TEST_CASE("what does not prove itself is refused and leaves nothing, and takes no place of what does") {
  Court court;
  const auto good = Culprit(court.genesis).two_notarizes(7);
  Evidence forged = good;
  std::get<consensus::Contradiction>(forged.proof).first.signature[0] ^= 1;
  CHECK(court.take(forged) == "bad-signature");
  forged = good;
  forged.culprit = NodeIndex(9);
  CHECK(court.take(forged) == "unknown-signer");
  forged.culprit = NodeIndex(1);
  CHECK(court.take(forged) == "bad-signature");
  const Culprit culprit(court.genesis);
  const auto nullify = culprit.vote(VoteKind::kNullify, 7, "");
  const auto notarize = culprit.vote(VoteKind::kNotarize, 7, "a");
  CHECK(court.take(evidence_of(consensus::EvidenceKind::kTwoNotarizes, nullify, notarize)) ==
        "unfounded-evidence");
  CHECK(court.handed_on.empty());
  CHECK(court.take(good) == "");
  CHECK(court.kept() == Pieces{encode(good)});
}

TEST_CASE("against one culprit only so much of a kind is kept; another kind and another culprit have room") {
  Court court;
  const Culprit culprit(court.genesis);
  for (std::uint64_t view = 1; view <= 50; ++view) CHECK(court.take(culprit.two_notarizes(view)) == "");
  CHECK(court.handed_on.size() == 4);
  for (std::uint64_t sequence = 2; sequence <= 9; ++sequence)
    CHECK(court.take(culprit.invalid(culprit.invalid_batch(sequence))) == "");
  CHECK(court.handed_on.size() == 5);
  CHECK(court.take(culprit.two_batches(1)) == "");
  CHECK(court.take(Culprit(court.genesis, 3).two_notarizes(1)) == "");
  CHECK(court.kept().size() == 7);
  court.start(Epoch());
  CHECK(court.take(culprit.two_notarizes(77)) == "");
  CHECK(court.handed_on.empty());
}

TEST_CASE("evidence of this epoch and of the one before is taken, and forgotten when both are over") {
  Court court;
  const auto of = [&](std::uint64_t epoch) {
    return Culprit(court.genesis, 2, Epoch(epoch)).two_notarizes(7);
  };
  CHECK(court.take(of(0)) == "");
  CHECK(court.take(of(1)) == "later-epoch");
  CHECK(court.misbehaviour->enter(court.plan(Epoch(1))).ok());
  CHECK(court.take(of(1)) == "");
  CHECK(court.take(Culprit(court.genesis, 3).two_notarizes(8)) == "");
  CHECK(court.kept().size() == 3);
  court.start(Epoch(1));
  CHECK(court.take(of(0)) == "");
  CHECK(court.handed_on.empty());
  CHECK(court.misbehaviour->enter(court.plan(Epoch(2))).ok());
  CHECK(court.take(of(0)) == "earlier-epoch");
  CHECK(court.take(of(3)) == "later-epoch");
  CHECK(court.kept() == Pieces{encode(of(1))});
  court.start(Epoch(5));
  CHECK(court.kept().empty());
}

TEST_CASE("a refused batch accuses its owner if that one has signed it, and nobody otherwise") {
  Court court;
  const Culprit culprit(court.genesis);
  auto batch = culprit.invalid_batch(4);
  batch.signature[3] ^= 1;
  court.misbehaviour->examine(batch);
  auto moved = culprit.invalid_batch(4);
  moved.lane = NodeIndex(1);
  court.misbehaviour->examine(moved);
  court.misbehaviour->examine(culprit.batch(
      4, {ledger::test::transaction(court.genesis, {ledger::test::call("put", "k=v")})->bytes}));
  CHECK(court.handed_on.empty());
  court.misbehaviour->examine(culprit.invalid_batch(4));
  court.misbehaviour->examine(culprit.invalid_batch(5));
  CHECK(court.handed_on == Pieces{encode(culprit.invalid(culprit.invalid_batch(4)))});
  court.misbehaviour->examine(Culprit(court.genesis, 1).batch(1, {}));
  CHECK(court.handed_on.size() == 2);
  CHECK(court.kept().size() == 2);
}

}  // namespace
}  // namespace jingchu::node
