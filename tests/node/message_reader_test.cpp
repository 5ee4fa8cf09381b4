#include "node/message_reader.h"

#include <random>

#include "consensus/misbehaviour.h"
#include "ledger/genesis.h"
#include "tests/consensus/support.h"
// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::node {
namespace {

using namespace consensus;  // the messages under test
using consensus::testing::Fixture;
using consensus::testing::hash_of;
using consensus::testing::node;

struct Reading {
  explicit Reading(std::size_t validators = 4) : given(validators) {}

  Fixture given;
  MessageReader reader{given.verifier, 1'000};

  // Of every kind but batches, as validator 1 may send it.
  std::vector<Message> messages() const {
    const Header header = given.header(1, given.genesis);
    const Hash hash = block_hash(given.chain_id, header);
    LaneStatus status;
    status.watermarks = Cut(4);
    return {given.proposal(header),
            given.vote(VoteKind::kNotarize, 1, 1, hash, 1),
            given.certificate(VoteKind::kNotarize, 1, 1, hash),
            status,
            FetchCertificates{View(1), View(2)},
            FetchProposal{View(1), hash},
            FetchBatches{node(2), Sequence(1), Sequence(2), hash},
            FetchChain{Height(3)},
            Chain{{header}, given.certificate(VoteKind::kFinalize, 1, 1, hash)},
            Unavailable{FetchKind::kChain, 3, {}}};
  }
  static bool may_a_follower_send(const Message& message) {
    return std::holds_alternative<FetchCertificates>(message) ||
           std::holds_alternative<FetchProposal>(message) || std::holds_alternative<FetchBatches>(message) ||
           std::holds_alternative<FetchChain>(message);
  }
};

TEST_CASE("every kind of message is read from a validator; a follower may only fetch") {
  const Reading reading;
  for (const Message& message : reading.messages()) {
    CAPTURE(message.index());
    const Bytes payload = encode_message(message);
    const auto kind = message_kind(message);
    const auto read = reading.reader.read(node(1), kind, payload);
    REQUIRE(read.ok());
    CHECK(read->from == node(1));
    const auto followed = reading.reader.read(node(4), kind, payload);
    CHECK(followed.ok() == Reading::may_a_follower_send(message));
    if (!followed.ok()) CHECK(followed.error().type == "not-a-validator");
  }
}

TEST_CASE("truncations, trailing bytes and changed bytes are refused or read, never more") {
  const Reading reading;
  std::mt19937 random(3);
  for (const Message& message : reading.messages()) {
    CAPTURE(message.index());
    const auto kind = message_kind(message);
    Bytes payload = encode_message(message);
    for (std::size_t size = 0; size < payload.size(); ++size) {
      CHECK_FALSE(reading.reader.read(node(1), kind, ByteView(payload).first(size)).ok());
    }
    for (int round = 0; round < 200; ++round) {
      Bytes changed = payload;
      changed[random() % changed.size()] ^= static_cast<std::uint8_t>(1 + random() % 255);
      const auto read = reading.reader.read(node(1), kind, changed);
      if (!read.ok()) CHECK(read.error().fault == Fault::kPeer);
    }
    payload.push_back(0);
    CHECK(reading.reader.read(node(1), kind, payload).error().type == "malformed-encoding");
  }
}

TEST_CASE("a forged signature and an unknown kind are the peer's fault") {
  const Reading reading;
  Vote vote = reading.given.vote(VoteKind::kNullify, 1, 0, {}, 1);
  vote.signature[5] ^= 1;
  const Message message = vote;
  CHECK(reading.reader.read(node(1), message_kind(message), encode_message(message)).error().type ==
        "bad-signature");
  for (const unsigned kind : {1, 15, 27, 255}) {
    CHECK(reading.reader.read(node(1), static_cast<std::uint8_t>(kind), {}).error().type == "unknown-kind");
  }
}

TEST_CASE("every kind has the limit that its longest message under the largest set just keeps") {
  const Reading reading(ledger::kValidatorsMax);
  const auto& reader = reading.reader;
  for (const Message& message : reading.messages()) {
    CHECK(encode_message(message).size() <= reader.payload_bytes_max(message_kind(message)));
  }
  const Header header = reading.given.header(1, reading.given.genesis);
  const Certificate certificate =
      reading.given.certificate(VoteKind::kNotarize, 1, 1, block_hash(reading.given.chain_id, header));
  const auto exactly = [&](const Message& message) {
    CHECK(encode_message(message).size() == reader.payload_bytes_max(message_kind(message)));
  };
  exactly(reading.given.vote(VoteKind::kNotarize, 1, 1, {}, 1));
  exactly(certificate);
  Proposal proposal = reading.given.proposal(header);
  proposal.justification.assign(kInlineNullificationsMax + 1, certificate);
  exactly(proposal);
  const Message chain = Chain{std::vector(kChainHeadersMax, header), certificate};
  exactly(chain);
  LaneStatus status;
  status.watermarks = Cut(ledger::kValidatorsMax);
  exactly(status);
  CHECK(reader.payload_bytes_max(200) <= 1024);
  CHECK(reader.payload_bytes_max(0) <= 1024);
  // Batches are short here.
  CHECK(reader.frame_bytes_max() == reader.payload_bytes_max(message_kind(chain)));
  const IncludedTransaction largest{Bytes(kEvidenceTransactionBytesMax), 0, 0, std::vector<Hash>(64)};
  const Evidence evidence{{}, {}, EvidenceKind::kInvalidBatch, 0, InvalidBatch{{}, {}, {}, largest}};
  CHECK(encode(evidence).size() <= reader.payload_bytes_max(kEvidenceKind));
}

TEST_CASE("a batch is bounded before it is decoded, and only validators send one") {
  const Reading reading;
  const BatchPointer batch = reading.given.batch(1, 1, kZeroHash, "content");
  const Message message = batch;
  const Bytes payload = encode_message(message);
  CHECK(MessageReader::is_batch(message_kind(message)));
  const auto read = reading.reader.read_batch(node(1), payload);
  REQUIRE(read.ok());
  CHECK(seal(reading.given.chain_id, *read)->tip == batch->tip);
  CHECK(reading.reader.read_batch(node(4), payload).error().type == "not-a-validator");
  CHECK_FALSE(reading.reader.read_batch(node(1), ByteView(payload).first(20)).ok());
}

TEST_CASE("evidence is read from validators only, and strictly") {
  const Reading reading;
  const Vote one = reading.given.vote(VoteKind::kNotarize, 3, 2, hash_of("a"), 2);
  const Vote other = reading.given.vote(VoteKind::kNotarize, 3, 2, hash_of("b"), 2);
  Bytes payload = encode(evidence_of(EvidenceKind::kTwoNotarizes, one, other));
  CHECK(reading.reader.read_evidence(node(1), payload).ok());
  CHECK(reading.reader.read_evidence(node(4), payload).error().type == "not-a-validator");
  CHECK(reading.reader.read(node(1), kEvidenceKind, payload).error().type == "unknown-kind");
  payload.push_back(0);
  CHECK(reading.reader.read_evidence(node(1), payload).error().type == "malformed-encoding");
}

}  // namespace
}  // namespace jingchu::node
