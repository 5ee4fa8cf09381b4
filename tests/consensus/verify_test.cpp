// The verifier: every field of every signed message, falsified.
#include "consensus/verify.h"

#include <functional>

#include "support.h"

#include <doctest/doctest.h>

namespace jingchu::consensus::testing {
namespace {

template <class T>
std::string refusal(const Result<T>& result) {
  return result.ok() ? "" : result.error().type;
}

}  // namespace

TEST_CASE("verifier: votes") {
  const Fixture given(4);
  const Hash hash = hash_of("b");
  const Vote good = given.vote(VoteKind::kNotarize, 3, 2, hash, 1);
  struct Row {
    const char* what;
    std::function<void(Vote&)> falsify;
    const char* type;
  };
  const Row rows[] = {
      {"nothing", [](Vote&) {}, ""},
      {"epoch", [](Vote& v) { v.epoch = Epoch(1); }, "later-epoch"},
      {"kind", [](Vote& v) { v.ballot.kind = VoteKind::kFinalize; }, "bad-signature"},
      {"view", [](Vote& v) { v.ballot.view = View(4); }, "bad-signature"},
      {"view 0", [](Vote& v) { v.ballot.view = View(); }, "malformed-vote"},
      {"height", [](Vote& v) { v.ballot.height = Height(3); }, "bad-signature"},
      {"hash", [](Vote& v) { v.ballot.hash[31] ^= 1; }, "bad-signature"},
      {"signer", [](Vote& v) { v.signer = node(2); }, "bad-signature"},
      {"signer out of range", [](Vote& v) { v.signer = node(4); }, "unknown-signer"},
      {"signature", [](Vote& v) { v.signature[63] ^= 1; }, "bad-signature"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    Vote vote = good;
    row.falsify(vote);
    CHECK(refusal(given.verifier.vote(vote)) == row.type);
  }
  // R7: a nullify names no block, even if the signature is genuine.
  CHECK(given.verifier.vote(given.vote(VoteKind::kNullify, 3, 0, kZeroHash, 1)).ok());
  CHECK(refusal(given.verifier.vote(given.vote(VoteKind::kNullify, 3, 0, hash, 1))) == "malformed-vote");
  CHECK(refusal(given.verifier.vote(given.vote(VoteKind::kNullify, 3, 1, kZeroHash, 1))) == "malformed-vote");
  // No replay onto another chain.
  const Verifier elsewhere(hash_of("other chain"), Epoch(), given.validators, given.checker);
  CHECK(refusal(elsewhere.vote(good)) == "bad-signature");
}

TEST_CASE("verifier: certificates") {
  const Fixture given(7);
  const Certificate good = given.certificate(VoteKind::kNotarize, 3, 2, hash_of("b"));
  struct Row {
    const char* what;
    std::function<void(Certificate&)> falsify;
    const char* type;
  };
  const auto sixth =
      CertificateSignature{node(5), given.vote(VoteKind::kNotarize, 3, 2, hash_of("b"), 5).signature};
  const Row rows[] = {
      {"nothing", [](Certificate&) {}, ""},
      {"epoch", [](Certificate& c) { c.epoch = Epoch(9); }, "later-epoch"},
      {"kind", [](Certificate& c) { c.ballot.kind = VoteKind::kFinalize; }, "bad-signature"},
      {"view", [](Certificate& c) { c.ballot.view = View(2); }, "bad-signature"},
      {"height", [](Certificate& c) { c.ballot.height = Height(1); }, "bad-signature"},
      {"hash", [](Certificate& c) { c.ballot.hash[0] ^= 1; }, "bad-signature"},
      {"below the quorum", [](Certificate& c) { c.signatures.pop_back(); }, "malformed-certificate"},
      {"above the quorum", [&](Certificate& c) { c.signatures.push_back(sixth); }, "malformed-certificate"},
      {"no signature", [](Certificate& c) { c.signatures.clear(); }, "malformed-certificate"},
      {"a signer twice", [](Certificate& c) { c.signatures[1] = c.signatures[0]; }, "malformed-certificate"},
      {"not ascending", [](Certificate& c) { std::swap(c.signatures[1], c.signatures[2]); },
       "malformed-certificate"},
      {"signer out of range", [](Certificate& c) { c.signatures[4].signer = node(7); }, "unknown-signer"},
      {"signer far out of range", [](Certificate& c) { c.signatures[4].signer = node(65535); },
       "unknown-signer"},
      {"another's signature", [](Certificate& c) { c.signatures[4].signer = node(6); }, "bad-signature"},
      {"the last signature", [](Certificate& c) { c.signatures[4].signature[0] ^= 1; }, "bad-signature"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    Certificate certificate = good;
    row.falsify(certificate);
    CHECK(refusal(given.verifier.certificate(certificate)) == row.type);
  }
  CHECK(given.verifier.certificate(given.certificate(VoteKind::kNullify, 3, 0, kZeroHash)).ok());
  CHECK(refusal(given.verifier.certificate(given.certificate(VoteKind::kNullify, 3, 0, hash_of("b")))) ==
        "malformed-certificate");
  CHECK(refusal(given.verifier.certificate(given.certificate(VoteKind::kNotarize, 0, 0, hash_of("b")))) ==
        "malformed-certificate");
}

TEST_CASE("verifier: proposals") {
  const Fixture given(4);
  const Header header = given.header(2, given.genesis);
  const Certificate reason = given.certificate(VoteKind::kNullify, 1, 0, kZeroHash);
  const Proposal good = given.proposal(header, {reason});
  struct Row {
    const char* what;
    std::function<void(Proposal&)> falsify;
    const char* type;
  };
  const Row rows[] = {
      {"nothing", [](Proposal&) {}, ""},
      {"epoch", [](Proposal& p) { p.header.epoch = Epoch(1); }, "later-epoch"},
      {"a field of the header", [](Proposal& p) { p.header.time_ms += 1; }, "bad-signature"},
      {"the cut", [](Proposal& p) { p.header.cut[2].sequence = Sequence(1); }, "bad-signature"},
      {"a short cut", [](Proposal& p) { p.header.cut.pop_back(); }, "malformed-proposal"},
      {"proposer", [](Proposal& p) { p.proposer = node(1); }, "bad-signature"},
      {"unknown proposer", [](Proposal& p) { p.proposer = node(4); }, "unknown-signer"},
      {"a bad certificate", [](Proposal& p) { p.justification[0].signatures[0].signature[0] ^= 1; },
       "bad-signature"},
      {"a short certificate", [](Proposal& p) { p.justification[0].signatures.pop_back(); },
       "malformed-certificate"},
      {"too many certificates", [&](Proposal& p) { p.justification.assign(34, reason); },
       "malformed-proposal"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    Proposal proposal = good;
    row.falsify(proposal);
    CHECK(refusal(given.verifier.proposal(proposal)) == row.type);
  }
  CHECK(refusal(given.verifier.proposal(given.proposal(given.genesis))) == "malformed-proposal");
}

TEST_CASE("verifier: batches") {
  const Fixture given(4);
  const Batch good = given.batch(1, 2, hash_of("prev"), "t", 2)->batch;
  struct Row {
    const char* what;
    std::function<void(Batch&)> falsify;
    const char* type;
  };
  const Row rows[] = {
      {"nothing", [](Batch&) {}, ""},
      {"epoch", [](Batch& b) { b.epoch = Epoch(1); }, "later-epoch"},
      {"lane", [](Batch& b) { b.lane = node(2); }, "bad-signature"},
      {"unknown lane", [](Batch& b) { b.lane = node(4); }, "unknown-signer"},
      {"sequence", [](Batch& b) { b.sequence = Sequence(3); }, "bad-signature"},
      {"sequence 0", [](Batch& b) { b.sequence = Sequence(); }, "malformed-batch"},
      {"the first with a previous one", [](Batch& b) { b.sequence = Sequence(1); }, "malformed-batch"},
      {"prev", [](Batch& b) { b.prev[0] ^= 1; }, "bad-signature"},
      {"a transaction", [](Batch& b) { b.transactions[0][0] ^= 1; }, "bad-signature"},
      {"no transactions", [](Batch& b) { b.transactions.clear(); }, "malformed-batch"},
      {"an empty transaction", [](Batch& b) { b.transactions[1].clear(); }, "malformed-batch"},
      {"signature", [](Batch& b) { b.signature[7] ^= 1; }, "bad-signature"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    Batch batch = good;
    row.falsify(batch);
    CHECK(refusal(given.verifier.batch(batch)) == row.type);
  }
}

TEST_CASE("verifier: chains") {
  const Fixture given(4);
  const Header first = given.header(1, given.genesis);
  const Header second = given.header(4, first);
  const Hash hash = block_hash(given.chain_id, second);
  const Chain good{{first, second}, given.certificate(VoteKind::kFinalize, 4, 2, hash)};
  struct Row {
    const char* what;
    std::function<void(Chain&)> falsify;
    const char* type;
  };
  const Row rows[] = {
      {"nothing", [](Chain&) {}, ""},
      {"empty", [](Chain& c) { c.headers.clear(); }, "malformed-chain"},
      {"too long", [&](Chain& c) { c.headers.assign(65, first); }, "malformed-chain"},
      {"a falsified header", [](Chain& c) { c.headers[0].time_ms += 1; }, "malformed-chain"},
      {"a falsified last header", [](Chain& c) { c.headers[1].time_ms += 1; }, "malformed-chain"},
      {"a header missing at the end", [](Chain& c) { c.headers.pop_back(); }, "malformed-chain"},
      {"an epoch", [](Chain& c) { c.headers[0].epoch = Epoch(1); }, "later-epoch"},
      {"a short cut", [](Chain& c) { c.headers[0].cut.pop_back(); }, "malformed-chain"},
      {"only notarized",
       [&](Chain& c) { c.finalization = given.certificate(VoteKind::kNotarize, 4, 2, hash); },
       "malformed-chain"},
      {"a bad signature", [](Chain& c) { c.finalization.signatures[2].signature[0] ^= 1; }, "bad-signature"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    Chain chain = good;
    row.falsify(chain);
    CHECK(refusal(given.verifier.chain(chain)) == row.type);
  }
}

TEST_CASE("verifier: with real keys of both algorithms") {
  for (const Algorithm algorithm : {Algorithm::kEd25519, Algorithm::kSm2}) {
    const PrivateKey key = PrivateKey::generate(algorithm);
    const ValidatorSet validators({{"a", key.public_key(), key.public_key()}});
    const Verifier verifier(hash_of("chain"), Epoch(), validators, real_signatures());
    Vote vote{Epoch(), {VoteKind::kNotarize, View(1), Height(1), hash_of("b")}, node(0), {}};
    vote.signature = key.sign(signing_bytes(hash_of("chain"), Epoch(), vote.ballot));
    CHECK(verifier.vote(vote).ok());
    vote.ballot.height = Height(2);
    CHECK(!verifier.vote(vote).ok());
  }
}

}  // namespace jingchu::consensus::testing
