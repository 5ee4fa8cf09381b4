// R15: what evidence proves, and what it never does.
#include "consensus/evidence.h"

#include <functional>

#include "common/merkle.h"
#include "consensus/misbehaviour.h"
#include "support.h"

#include <doctest/doctest.h>

namespace jingchu::consensus::testing {
namespace {

// In these tests a transaction is valid unless it says that it is not.
Status check_transaction(ByteView bytes) {
  if (!as_text(bytes).starts_with("invalid") && !bytes.empty()) return ok_status();
  return caller_error("malformed-transaction", "it says so");
}

std::string refusal(const Fixture& given, const Evidence& evidence) {
  const Status verified = verify_evidence(given.verifier, evidence, check_transaction);
  return verified.ok() ? "" : verified.error().type;
}

struct Made {
  explicit Made(const Fixture& fixture) : given(fixture) {}

  Vote vote(VoteKind kind, const std::string& block, std::uint64_t view = 7) const {
    const bool nullify = kind == VoteKind::kNullify;
    return given.vote(kind, view, nullify ? 0 : 5, nullify ? kZeroHash : hash_of(block), 2);
  }
  Evidence votes(VoteKind first, VoteKind second) const {
    const Vote one = vote(first, "a");
    const Vote other = vote(second, "b");
    return evidence_of(*contradiction(one, other), one, other);
  }
  Evidence proposals() const {
    const Header header = given.header(2, given.genesis);
    Header other = header;
    other.time_ms += 1;
    return evidence_of_proposals(given.chain_id, given.proposal(header), given.proposal(other));
  }
  Evidence batches() const {
    const Hash prev = hash_of("prev");
    return evidence_of_batches(*given.batch(2, 9, prev, "a"), *given.batch(2, 9, prev, "b"));
  }
  // Of transactions that follow each other in a signed batch.
  std::optional<Evidence> invalid(std::vector<std::string> transactions, std::uint64_t sequence = 9,
                                  const Hash& prev = hash_of("prev")) const {
    Batch batch{given.epoch, node(2), Sequence(sequence), prev, {}, {}};
    for (const auto& text : transactions) batch.transactions.push_back(to_bytes(text));
    batch.signature =
        given.signers[2]->sign(signing_bytes(given.chain_id, given.epoch, SignedKind::kBatch, View(),
                                             Height(sequence), seal(given.chain_id, batch)->tip));
    return evidence_of_invalid(batch, check_transaction);
  }
  std::vector<Evidence> all() const {
    return {proposals(),
            votes(VoteKind::kNotarize, VoteKind::kNotarize),
            votes(VoteKind::kFinalize, VoteKind::kFinalize),
            votes(VoteKind::kFinalize, VoteKind::kNullify),
            batches(),
            *invalid({"a", "b", "invalid", "d", "e"}),
            *invalid({})};
  }

  const Fixture& given;
};

}  // namespace

TEST_CASE("evidence: every kind is proven by its own encoding, and by nothing shorter or longer") {
  const Fixture given(4);
  const char* const kinds[] = {"two-proposals", "two-notarizes", "two-finalizes", "nullify-and-finalize",
                               "two-batches",   "invalid-batch", "invalid-batch"};
  const auto all = Made(given).all();
  for (std::size_t i = 0; i < all.size(); ++i) {
    CAPTURE(i);
    CHECK(to_string(all[i].kind) == kinds[i]);
    CHECK(all[i].culprit == node(2));
    CHECK(refusal(given, all[i]) == "");
    const Bytes bytes = encode(all[i]);
    CHECK(bytes.size() < 700);
    const auto read = decode<Evidence>(bytes);
    REQUIRE(read.ok());
    CHECK(encode(*read) == bytes);
    CHECK(refusal(given, *read) == "");
    for (std::size_t size = 0; size < bytes.size(); ++size)
      CHECK_FALSE(decode<Evidence>(ByteView(bytes).first(size)).ok());
  }
}

TEST_CASE("evidence: no bit of it can be changed") {
  const Fixture given(4);
  for (const Evidence& evidence : Made(given).all()) {
    CAPTURE(to_string(evidence.kind));
    const Bytes bytes = encode(evidence);
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
      Bytes damaged = bytes;
      damaged[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
      auto read = decode<Evidence>(damaged);
      if (!read.ok() || refusal(given, *read) != "") continue;
      // How many leaves there are is known to nobody who has the root alone; it says nothing of the proof.
      CAPTURE(bit);
      auto* batch = std::get_if<InvalidBatch>(&read->proof);
      REQUIRE((batch != nullptr && batch->transaction));
      batch->transaction->count = std::get<InvalidBatch>(evidence.proof).transaction->count;
      CHECK(encode(*read) == bytes);
    }
  }
}

TEST_CASE("evidence: of this chain, this epoch and these validators only") {
  const Fixture given(4);
  const Fixture later(4, Epoch(1));
  Fixture elsewhere(4);
  elsewhere.chain_id = hash_of("another chain");
  const Verifier other_chain(elsewhere.chain_id, Epoch(), given.validators, given.checker);
  for (const Evidence& evidence : Made(given).all()) {
    CAPTURE(to_string(evidence.kind));
    CHECK(refusal(later, evidence) == "earlier-epoch");
    CHECK(verify_evidence(other_chain, evidence, check_transaction).error().type == "bad-signature");
    Evidence moved = evidence;
    moved.epoch = Epoch(1);
    CHECK(refusal(given, moved) == "later-epoch");
    CHECK(refusal(later, moved) == "bad-signature");
    moved = evidence;
    moved.culprit = node(1);
    CHECK(refusal(given, moved) == "bad-signature");
    moved.culprit = node(4);
    CHECK(refusal(given, moved) == "unknown-signer");
  }
}

TEST_CASE("evidence: signed contents that are honest beside each other prove nothing") {
  const Fixture given(4);
  const Made made(given);
  const auto pair = [&](EvidenceKind kind, std::uint64_t number, const Vote& first, const Vote& second) {
    const auto content = [](const Vote& vote) {
      return SignedContent{vote.ballot.height, vote.ballot.hash, vote.signature};
    };
    return Evidence{Epoch(), node(2), kind, number, Contradiction{content(first), content(second)}};
  };
  const Vote notarize = made.vote(VoteKind::kNotarize, "a");
  const Vote finalize = made.vote(VoteKind::kFinalize, "a");
  const Vote nullify = made.vote(VoteKind::kNullify, "");
  CHECK(!contradiction(notarize, nullify));
  CHECK(!contradiction(notarize, finalize));
  CHECK(!contradiction(finalize, made.vote(VoteKind::kFinalize, "b", 8)));
  SUBCASE("one content, even under two signatures") {
    CHECK(refusal(given, pair(EvidenceKind::kTwoNotarizes, 7, notarize, notarize)) == "unfounded-evidence");
  }
  SUBCASE("notarize and nullify, whatever they are called") {
    for (const auto kind : {EvidenceKind::kTwoNotarizes, EvidenceKind::kNullifyAndFinalize,
                            EvidenceKind::kTwoFinalizes, EvidenceKind::kTwoProposals}) {
      CHECK(refusal(given, pair(kind, 7, nullify, notarize)) != "");
      CHECK(refusal(given, pair(kind, 7, notarize, nullify)) != "");
    }
  }
  SUBCASE("notarize and finalize of one block") {
    CHECK(refusal(given, pair(EvidenceKind::kTwoNotarizes, 7, notarize, finalize)) != "");
    CHECK(refusal(given, pair(EvidenceKind::kTwoFinalizes, 7, notarize, finalize)) != "");
  }
  SUBCASE("finalizes at one height in different views") {
    const Vote other = made.vote(VoteKind::kFinalize, "b", 8);
    CHECK(refusal(given, pair(EvidenceKind::kTwoFinalizes, 7, finalize, other)) != "");
    CHECK(refusal(given, pair(EvidenceKind::kTwoFinalizes, 8, other, finalize)) != "");
  }
  SUBCASE("contents in the other order") {
    Evidence turned = made.votes(VoteKind::kNotarize, VoteKind::kNotarize);
    auto& proof = std::get<Contradiction>(turned.proof);
    std::swap(proof.first, proof.second);
    CHECK(refusal(given, turned) == "unfounded-evidence");
  }
  SUBCASE("batches of different sequences, and of different validators") {
    const auto one = given.batch(2, 9, hash_of("prev"), "a");
    const auto next = given.batch(2, 10, hash_of("prev"), "b");
    CHECK(refusal(given, evidence_of_batches(*one, *next)) == "unfounded-evidence");
    CHECK(refusal(given, evidence_of_batches(*one, *given.batch(1, 9, hash_of("prev"), "b"))) != "");
  }
  SUBCASE("a nullify that names a block, and view 0, which nobody signs") {
    Vote odd = nullify;
    odd.ballot.height = Height(1);
    odd.signature = given.signers[2]->sign(signing_bytes(given.chain_id, Epoch(), odd.ballot));
    CHECK(refusal(given, pair(EvidenceKind::kNullifyAndFinalize, 7, odd, finalize)) == "unfounded-evidence");
    const Vote first = made.vote(VoteKind::kNotarize, "a", 0);
    const Evidence zero =
        evidence_of(EvidenceKind::kTwoNotarizes, first, made.vote(VoteKind::kNotarize, "b", 0));
    CHECK(refusal(given, zero) == "unfounded-evidence");
  }
}

TEST_CASE("evidence: an invalid batch is proven by its head, or by one transaction and its place") {
  const Fixture given(4);
  const Made made(given);
  SUBCASE("heads that nobody signs") {
    CHECK(refusal(given, *made.invalid({}, 9)) == "");
    CHECK(refusal(given, *made.invalid({"a"}, 0)) == "");
    CHECK(refusal(given, *made.invalid({"a"}, 1)) == "");
    CHECK(!made.invalid({"a"}, 1, kZeroHash));
    CHECK(!made.invalid({"a", "b"}));
  }
  SUBCASE("a transaction at any place of a batch of any size") {
    for (std::size_t count = 1; count <= 9; ++count) {
      for (std::size_t at = 0; at < count; ++at) {
        for (const char* text : {"invalid", ""}) {
          std::vector<std::string> transactions(count, "valid");
          transactions[at] = text;
          CHECK(refusal(given, *made.invalid(transactions)) == "");
        }
      }
    }
  }
  SUBCASE("one that is too large to be shown is passed over") {
    const std::string large = "invalid" + std::string(kEvidenceTransactionBytesMax, 'x');
    CHECK(!made.invalid({large}));
    const auto other = made.invalid({large, "invalid"});
    REQUIRE(other);
    CHECK(refusal(given, *other) == "");
    CHECK(refusal(given, *made.invalid({large.substr(0, kEvidenceTransactionBytesMax)})) == "");
  }
  SUBCASE("a valid transaction, one of another batch, one too large, none") {
    const Evidence good = *made.invalid({"a", "invalid"});
    const auto changed = [&](const std::function<void(IncludedTransaction&)>& change) {
      Evidence evidence = good;
      change(*std::get<InvalidBatch>(evidence.proof).transaction);
      return refusal(given, evidence);
    };
    const Hash first = merkle::leaf_hash(as_bytes("a"));
    const Hash second = merkle::leaf_hash(as_bytes("invalid"));
    CHECK(changed([&](auto& at) { at = {to_bytes("a"), 0, 2, {second}}; }) == "unfounded-evidence");
    CHECK(changed([&](auto& at) { at.bytes = to_bytes("invalid too"); }) == "unfounded-evidence");
    CHECK(changed([&](auto& at) { at.index = 0; }) == "unfounded-evidence");
    CHECK(changed([&](auto& at) { at.path = {first, first}; }) == "unfounded-evidence");
    CHECK(changed([&](auto& at) { at.bytes.resize(kEvidenceTransactionBytesMax + 1); }) ==
          "unfounded-evidence");
    Evidence headless = good;
    std::get<InvalidBatch>(headless.proof).transaction.reset();
    CHECK(refusal(given, headless) == "unfounded-evidence");
  }
}

TEST_CASE(
    "evidence: a wrong head is not proven by a transaction of a good batch, nor an inner node by itself") {
  const Fixture given(4);
  const Made made(given);
  Evidence evidence = *made.invalid({"a"}, 1);
  std::get<InvalidBatch>(evidence.proof).transaction = IncludedTransaction{to_bytes("a"), 0, 1, {}};
  CHECK(refusal(given, evidence) == "unfounded-evidence");
  // The bytes that an inner node's hash is of, offered as if they were a transaction.
  Evidence inner = *made.invalid({"invalid", "b", "c", "d"});
  auto& transaction = *std::get<InvalidBatch>(inner.proof).transaction;
  const Hash left = merkle::leaf_hash(as_bytes("invalid"));
  const Hash right = merkle::leaf_hash(as_bytes("b"));
  Bytes bytes = to_bytes(left);
  bytes.insert(bytes.end(), right.begin(), right.end());
  transaction = {bytes, 0, 2, {transaction.path.back()}};
  CHECK(refusal(given, inner) == "unfounded-evidence");
}

}  // namespace jingchu::consensus::testing
