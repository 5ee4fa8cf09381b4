#include "common/signature.h"

#include <nlohmann/json.hpp>

#include "tests/support/shared_data.h"
// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu {
namespace {

TEST_CASE("a signature holds for exactly its message, key and bytes") {
  for (const auto algorithm : {Algorithm::kEd25519, Algorithm::kSm2}) {
    CAPTURE(to_string(algorithm));
    const auto key = PrivateKey::generate(algorithm);
    const auto message = as_bytes("荆楚");
    auto signature = key.sign(message);
    CHECK(verify(key.public_key(), message, signature));
    CHECK_FALSE(verify(key.public_key(), as_bytes("荆"), signature));
    CHECK_FALSE(verify(PrivateKey::generate(algorithm).public_key(), message, signature));
    for (std::size_t at = 0; at < signature.size(); ++at) {
      signature[at] ^= 1;
      CHECK_FALSE(verify(key.public_key(), message, signature));
      signature[at] ^= 1;
    }
    auto wrong_algorithm = key.public_key();
    wrong_algorithm.algorithm = algorithm == Algorithm::kSm2 ? Algorithm::kEd25519 : Algorithm::kSm2;
    CHECK_FALSE(verify(wrong_algorithm, message, signature));
  }
}

TEST_CASE("a key comes back from its secret and its text") {
  for (const auto algorithm : {Algorithm::kEd25519, Algorithm::kSm2}) {
    const auto key = PrivateKey::generate(algorithm);
    const auto again = PrivateKey::from_secret(algorithm, key.secret());
    REQUIRE(again.ok());
    CHECK(again->public_key() == key.public_key());
    const auto text = public_key_from_text(to_string(key.public_key()));
    REQUIRE(text.ok());
    CHECK(*text == key.public_key());
  }
}

TEST_CASE("RFC 8032, section 7.1, test 2") {
  const auto secret = from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
  const auto key = PrivateKey::from_secret(Algorithm::kEd25519, *secret);
  REQUIRE(key.ok());
  CHECK(to_hex(key->public_key().bytes) ==
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  CHECK(to_hex(key->sign(Bytes{0x72})) ==
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

TEST_CASE("an SM2 signature made elsewhere verifies: GB/T 32918.2, key on the standard's curve") {
  // Signed by another implementation's command line over "message digest" with the default id.
  const auto key = PrivateKey::from_secret(
      Algorithm::kSm2, *from_hex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"));
  REQUIRE(key.ok());
  CHECK(to_hex(key->public_key().bytes) ==
        "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
        "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13");
  const auto signature = array_from_hex<64>(
      "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
      "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa");
  CHECK(verify(key->public_key(), as_bytes("message digest"), *signature));
}

// The same file holds the verifier in JavaScript (web/verify) to the same verdicts: points of small order,
// second encodings, S + L, parts of small order that only a cofactor would forgive. A libsodium that judges
// otherwise would split the chain.
TEST_CASE("Ed25519 at its edges: what every verifier of this chain must accept and refuse") {
  const auto cases =
      nlohmann::json::parse(test::read_text(std::string(JINGCHU_TESTS) + "/vectors/ed25519_edge.json"));
  CHECK(cases.size() >= 60);
  for (const auto& edge : cases) {
    CAPTURE(edge["about"].get<std::string>());
    const auto key = from_hex(edge["key"].get<std::string>());
    const auto message = from_hex(edge["message"].get<std::string>());
    const auto signature = array_from_hex<64>(edge["signature"].get<std::string>());
    REQUIRE((key && message && signature));
    CHECK(verify({Algorithm::kEd25519, *key}, *message, *signature) == edge["valid"].get<bool>());
  }
}

TEST_CASE("malformed keys are refused") {
  CHECK_FALSE(public_key_from_text("ed25519:00").ok());
  CHECK_FALSE(public_key_from_text("rsa:00").ok());
  CHECK_FALSE(public_key_from_text("sm2:04" + std::string(128, '0')).ok());
  CHECK_FALSE(PrivateKey::from_secret(Algorithm::kSm2, Bytes(32)).ok());
  CHECK_FALSE(PrivateKey::from_secret(Algorithm::kSm2, Bytes(32, 0xff)).ok());
  CHECK_FALSE(verify({Algorithm::kSm2, Bytes(65)}, as_bytes("x"), Signature{}));
  CHECK_FALSE(verify({Algorithm::kEd25519, Bytes(31)}, as_bytes("x"), Signature{}));
}

}  // namespace
}  // namespace jingchu
