#include "ledger/state_checksum.h"

#include <sodium.h>

#include "common/codec.h"
// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

TEST_CASE("the checksum is that of the formats page") {
  const auto key = std::string("evidence/x");
  const Bytes value = {1, 2, 3};
  const Hash seed = sha256(encode(std::string("jingchu/checksum"), key, value));
  Bytes words(2048);
  const std::uint8_t nonce[12] = {};
  crypto_stream_chacha20_ietf(words.data(), words.size(), nonce, seed.data());
  StateChecksum checksum;
  CHECK_EQ(checksum.digest(), sha256(Bytes(2048)));
  checksum.add(key, value);
  CHECK_EQ(checksum.digest(), sha256(words));
  // Twice the same entry: each word doubled modulo 2^16.
  checksum.add(key, value);
  for (std::size_t i = 0; i < words.size(); i += 2) {
    const unsigned doubled = 2u * (words[i] | unsigned{words[i + 1]} << 8);
    words[i] = static_cast<std::uint8_t>(doubled);
    words[i + 1] = static_cast<std::uint8_t>(doubled >> 8);
  }
  CHECK_EQ(checksum.digest(), sha256(words));
}

TEST_CASE("the order does not matter, and what is removed was never there") {
  StateChecksum one;
  StateChecksum other;
  one.add("a", Bytes{1});
  one.add("b", Bytes{2});
  one.remove("a", Bytes{1});
  one.add("a", Bytes{3});
  other.add("a", Bytes{3});
  CHECK(one != other);
  StateChecksum rest;
  rest.add("b", Bytes{2});
  other.join(rest);
  CHECK(one == other);
  other.remove("b", Bytes{2});
  other.remove("a", Bytes{3});
  CHECK(other == StateChecksum());
  // A boundary between key and value that moves is another entry.
  StateChecksum moved;
  moved.add("ab", Bytes{'c'});
  StateChecksum whole;
  whole.add("a", Bytes{'b', 'c'});
  CHECK(moved != whole);
}

TEST_CASE("lanes sum the same words as the library") {
  if (!checksum_detail::has_lanes()) {
    MESSAGE("no AVX-512 here: there is nothing to compare");
    return;
  }
  std::vector<SeedChange> changes;
  ChecksumWords before{};
  ChecksumWords in_lanes{};
  ChecksumWords by_library{};
  for (std::uint64_t i = 0; i < 300; ++i) {
    changes.push_back({sha256(encode(i)), i % 3 != 0});
    in_lanes = by_library = before;
    const std::span all(changes);
    checksum_detail::sum_in_lanes(all.last(1 + i % 7 % all.size()), in_lanes);
    checksum_detail::sum_by_library(all.last(1 + i % 7 % all.size()), by_library);
    CHECK(in_lanes == by_library);
    before = in_lanes;
  }
}

}  // namespace
}  // namespace jingchu::ledger::test
