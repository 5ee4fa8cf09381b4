// Every message and record survives its bytes; no truncation or falsified byte is a crash, and none of the
// truncations is accepted.
#include "support.h"

#include <doctest/doctest.h>

namespace jingchu::consensus::testing {
namespace {

std::vector<Message> one_of_each(const Fixture& given) {
  const Header header = given.header(1, given.genesis);
  const Hash hash = block_hash(given.chain_id, header);
  const Certificate certificate = given.certificate(VoteKind::kFinalize, 1, 1, hash);
  return {given.proposal(header, {certificate}),
          given.vote(VoteKind::kNotarize, 1, 1, hash, 2),
          certificate,
          LaneStatus{Epoch(), View(3), Cut(4), Height(2), hash, View(1), Height(1), View(3)},
          given.batch(1, 1, kZeroHash, "t", 3),
          FetchCertificates{View(1), View(4)},
          FetchProposal{View(3), hash},
          FetchBatches{node(1), Sequence(1), Sequence(9), hash},
          FetchChain{Height(7)},
          Chain{{header}, certificate},
          Unavailable{FetchKind::kChain, 7, hash}};
}

template <std::size_t I = 0>
bool decodes(std::size_t index, ByteView bytes) {
  if constexpr (I < std::variant_size_v<Message>) {
    using T = std::variant_alternative_t<I, Message>;
    if (I != index) return decodes<I + 1>(index, bytes);
    if constexpr (std::is_same_v<T, BatchPointer>) {
      const auto result = decode<Batch>(bytes);
      return result.ok() && encode(*result) == to_bytes(bytes);
    } else {
      const auto result = decode<T>(bytes);
      return result.ok() && encode(*result) == to_bytes(bytes);
    }
  }
  return false;
}

}  // namespace

TEST_CASE("codec: messages there and back, and cut off anywhere") {
  const Fixture given(4);
  for (const Message& message : one_of_each(given)) {
    CAPTURE(message.index());
    CHECK(message_kind(message) == kFirstMessageKind + message.index());
    Bytes bytes = encode_message(message);
    CHECK(decodes(message.index(), bytes));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CHECK(!decodes(message.index(), ByteView(bytes).first(size)));
    }
    bytes.push_back(0);
    CHECK(!decodes(message.index(), bytes));
  }
}

TEST_CASE("codec: records there and back, cut off anywhere, and with any byte falsified") {
  const Fixture given(4);
  const Header header = given.header(1, given.genesis);
  const Hash hash = block_hash(given.chain_id, header);
  const Certificate certificate = given.certificate(VoteKind::kNotarize, 1, 1, hash);
  const std::vector<Record> records{
      given.key_record(2),
      VoteRecord{given.vote(VoteKind::kFinalize, 1, 1, hash, 2), certificate},
      VoteRecord{given.vote(VoteKind::kNullify, 1, 0, kZeroHash, 2), std::nullopt},
      ProposalRecord{given.proposal(header, {certificate}), certificate},
      BatchRecord{given.batch(3, 1, kZeroHash, "t", 2)},
  };
  for (const Record& record : records) {
    CAPTURE(record.index());
    const Bytes bytes = encode_record(record);
    const auto decoded = decode_record(given.chain_id, bytes);
    REQUIRE(decoded.ok());
    CHECK(decoded->index() == record.index());
    CHECK(encode_record(*decoded) == bytes);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const auto cut_off = decode_record(given.chain_id, ByteView(bytes).first(size));
      REQUIRE(!cut_off.ok());
      CHECK(cut_off.error().type == "damaged-record");
    }
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      Bytes falsified = bytes;
      falsified[i] ^= 0x81;
      const auto result = decode_record(given.chain_id, falsified);
      if (result.ok()) CHECK(encode_record(*result) == falsified);
    }
  }
  const auto batch = decode_record(given.chain_id, encode_record(records.back()));
  CHECK(std::get<BatchRecord>(*batch).batch->tip == std::get<BatchRecord>(records.back()).batch->tip);
}

TEST_CASE("codec: hashes cover the chain, and every field of a batch but its signature") {
  const Fixture given(4);
  CHECK(block_hash(given.chain_id, given.genesis) != block_hash(hash_of("other chain"), given.genesis));
  const Batch batch = given.batch(1, 1, kZeroHash, "t", 2)->batch;
  const Hash tip = seal(given.chain_id, batch)->tip;
  const auto changed = [&](auto change) {
    Batch other = batch;
    change(other);
    return seal(given.chain_id, other)->tip != tip;
  };
  CHECK(seal(hash_of("other chain"), batch)->tip != tip);
  CHECK(changed([](Batch& b) { b.epoch = Epoch(1); }));
  CHECK(changed([](Batch& b) { b.lane = node(2); }));
  CHECK(changed([](Batch& b) { b.sequence = Sequence(2); }));
  CHECK(changed([](Batch& b) { b.prev = hash_of("x"); }));
  CHECK(changed([](Batch& b) { b.transactions.pop_back(); }));
  CHECK(changed([](Batch& b) { b.transactions[1][0] ^= 1; }));
  CHECK(!changed([](Batch& b) { b.signature[0] ^= 1; }));
  CHECK(seal(given.chain_id, batch)->bytes == 4);
}

}  // namespace jingchu::consensus::testing
