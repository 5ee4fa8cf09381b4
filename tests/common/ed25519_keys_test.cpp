#include "common/ed25519_keys.h"

#include <sodium.h>

#include <nlohmann/json.hpp>
#include <random>

#include "tests/support/ed25519_signer.h"
#include "tests/support/shared_data.h"
// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::ed25519 {
namespace {

bool answers_agree(const Key& key, ByteView message, const Signature& signature) {
  return test::verify_by_table(key, message, signature) == verify_by_libsodium(key, message, signature);
}

Signature joined(const Encoding& r, const Scalar& s) {
  Signature signature;
  std::memcpy(signature.data(), r.data(), r.size());
  std::memcpy(signature.data() + r.size(), s.data(), s.size());
  return signature;
}

TEST_CASE("a table gives the verdicts at Ed25519's edges") {
  const auto cases = nlohmann::json::parse(
      jingchu::test::read_text(std::string(JINGCHU_TESTS) + "/vectors/ed25519_edge.json"));
  CHECK(cases.size() >= 60);
  for (const auto& edge : cases) {
    CAPTURE(edge["about"].get<std::string>());
    const auto key = array_from_hex<32>(edge["key"].get<std::string>());
    const auto message = from_hex(edge["message"].get<std::string>());
    const auto signature = array_from_hex<64>(edge["signature"].get<std::string>());
    REQUIRE((message && signature));
    if (!key) continue;  // not of 32 bytes: that is before tables
    CHECK(test::verify_by_table(*key, *message, *signature) == edge["valid"].get<bool>());
    CHECK(answers_agree(*key, *message, *signature));
  }
}

TEST_CASE("a table and libsodium agree on signatures with any bit changed") {
  std::mt19937_64 random(3);
  for (int i = 0; i < 24; ++i) {
    const auto pair = PrivateKey::generate(Algorithm::kEd25519);
    Key key;
    std::memcpy(key.data(), pair.public_key().bytes.data(), key.size());
    Bytes message(random() % 300 + 1);
    for (auto& byte : message) byte = static_cast<std::uint8_t>(random());
    Signature signature = pair.sign(message);
    const auto table = KeyTable::make(key);
    REQUIRE(table != nullptr);
    CHECK(table->verifies(message, signature));
    const auto check_with_flipped = [&](std::span<std::uint8_t> bytes, std::size_t bit) {
      bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1 << bit % 8);
      const bool accepted = table->verifies(message, signature);
      CHECK_FALSE(accepted);
      if (bit % 8 == 3 || bit > 500) CHECK(verify_by_libsodium(key, message, signature) == accepted);
      bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1 << bit % 8);
    };
    for (std::size_t bit = i % 2; bit < 512; bit += 2) check_with_flipped(signature, bit);
    for (int j = 0; j < 32; ++j) check_with_flipped(message, random() % (8 * message.size()));
    for (int j = 0; j < 16; ++j) {
      Key other = key;
      const auto bit = random() % 256;
      other[bit / 8] = static_cast<std::uint8_t>(other[bit / 8] ^ 1 << bit % 8);
      CHECK_FALSE(test::verify_by_table(other, message, signature));
      CHECK(answers_agree(other, message, signature));
    }
    CHECK(table->verifies(message, signature));
  }
}

TEST_CASE("a table accepts every ordinary signature that libsodium makes") {
  std::mt19937_64 random(4);
  for (int i = 0; i < 20; ++i) {
    const auto pair = PrivateKey::generate(Algorithm::kEd25519);
    Key key;
    std::memcpy(key.data(), pair.public_key().bytes.data(), key.size());
    const auto table = KeyTable::make(key);
    REQUIRE(table != nullptr);
    Bytes message(random() % 200);
    for (int j = 0; j < 100; ++j) {
      for (auto& byte : message) byte = static_cast<std::uint8_t>(random());
      CHECK(table->verifies(message, pair.sign(message)));
      if (!message.empty())
        CHECK_FALSE(table->verifies(message, pair.sign(ByteView(message).first(message.size() - 1))));
    }
  }
}

// Keys and R with parts of small order: the equation without the cofactor holds for one message in eight.
TEST_CASE("a table and libsodium agree where keys and R have a part of small order") {
  int accepted = 0;
  for (unsigned small = 0; small < 8; ++small) {
    const test::Signer signer(as_bytes("a key"), small);
    const auto table = KeyTable::make(signer.key());
    REQUIRE(table != nullptr);
    for (unsigned small_r = 0; small_r < 8; ++small_r) {
      for (std::uint8_t i = 0; i < 10; ++i) {
        const Bytes message{i, 7};
        const Signature signature = signer.sign(message, test::scalar_from(message), small_r);
        Encoding r;
        std::memcpy(r.data(), signature.data(), r.size());
        const bool valid = (signer.challenge(r, message)[0] * small + small_r) % 8 == 0;
        CAPTURE(small);
        CAPTURE(small_r);
        CHECK(table->verifies(message, signature) == valid);
        CHECK(verify_by_libsodium(signer.key(), message, signature) == valid);
        accepted += valid;
      }
    }
  }
  CHECK(accepted > 60);
}

TEST_CASE("an S from L on is refused, though the equation holds; S = 0, 1 and L - 1 are judged") {
  const test::Signer signer(as_bytes("a key"));
  const auto order = *array_from_hex<32>("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  CHECK_FALSE(is_below_order(order));
  for (std::size_t byte = 0; byte < 32; ++byte) {
    Scalar less = order;
    Scalar more = order;
    if (order[byte] > 0) --less[byte];
    ++more[byte];
    CHECK(is_below_order(less) == (order[byte] > 0));
    CHECK_FALSE(is_below_order(more));
  }
  for (std::uint8_t i = 0; i < 20; ++i) {
    const Bytes message{i};
    Signature signature = signer.sign(message, test::scalar_from(message));
    CHECK(test::verify_by_table(signer.key(), message, signature));
    int carried = 0;
    for (std::size_t at = 0; at < 32; ++at) {
      carried += signature[32 + at] + order[at];
      signature[32 + at] = static_cast<std::uint8_t>(carried);
      carried >>= 8;
    }
    CHECK_FALSE(test::verify_by_table(signer.key(), message, signature));
    CHECK(answers_agree(signer.key(), message, signature));
    // Nobody can make a valid signature with an S of his choice; ed25519_group_test has these products.
    Encoding r;
    std::memcpy(r.data(), signature.data(), r.size());
    Scalar last = order;
    --last[0];
    for (const Scalar& s : {Scalar{}, Scalar{1}, last}) {
      CHECK_FALSE(test::verify_by_table(signer.key(), message, joined(r, s)));
      CHECK(answers_agree(signer.key(), message, joined(r, s)));
    }
  }
}

TEST_CASE("keys without signatures have no table; R of small order is refused where the equation holds") {
  for (unsigned small = 0; small < 8; ++small) {
    Encoding point = test::plus_small(Encoding{1}, small);
    for (int sign = 0; sign < 2; ++sign) {
      CHECK(KeyTable::make(point) == nullptr);
      point[31] ^= 0x80;
    }
    // S = k secret and R of small order: [S]B - [k]A is the point of small order -k small T.
    const test::Signer signer(as_bytes("a key"), small);
    for (std::uint8_t i = 0; i < 16; ++i) {
      const Bytes message{i};
      for (unsigned small_r = 0; small_r < 8; ++small_r) {
        const Encoding r = test::plus_small(Encoding{1}, small_r);
        Scalar s;
        const Scalar secret = test::scalar_from(as_bytes("a key"));
        crypto_core_ed25519_scalar_mul(s.data(), signer.challenge(r, message).data(), secret.data());
        CHECK_FALSE(test::verify_by_table(signer.key(), message, joined(r, s)));
      }
    }
  }
  // Second encodings: y + p for y below 19, of which some are points.
  int points = 0;
  for (std::uint8_t y = 0; y < 19; ++y) {
    Key key;
    key.fill(0xff);
    key[0] = static_cast<std::uint8_t>(0xed + y);
    key[31] = 0x7f;
    points += decode(key).has_value();
    CHECK(KeyTable::make(key) == nullptr);
    Key below{};
    below[0] = y;
    CHECK((KeyTable::make(below) != nullptr) == (decode(below) && y > 1));
  }
  CHECK(points > 5);
}

}  // namespace
}  // namespace jingchu::ed25519
