#include "common/ed25519_keys.h"

#include <sodium.h>

#include <algorithm>

namespace jingchu::ed25519 {
namespace {

// L = 2^252 + 27742317777372353535851937790883648493, the order of the base point; little-endian.
constexpr Scalar kOrder{0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                        0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                        0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

const BaseComb& base_multiples() {
  static const BaseComb& multiples =
      *new BaseComb(kBasePoint);  // never destroyed: threads may verify at the end
  return multiples;
}

// SHA-512(R || A || M) modulo L: below L, so that digits_of() has exactly the integer that libsodium
// multiplies by, also where A has a part of small order.
Scalar challenge(const Encoding& r, const Key& key, ByteView message) {
  crypto_hash_sha512_state state;
  crypto_hash_sha512_init(&state);
  crypto_hash_sha512_update(&state, r.data(), r.size());
  crypto_hash_sha512_update(&state, key.data(), key.size());
  crypto_hash_sha512_update(&state, message.data(), message.size());
  std::array<std::uint8_t, crypto_hash_sha512_BYTES> hash;
  crypto_hash_sha512_final(&state, hash.data());
  Scalar reduced;
  crypto_core_ed25519_scalar_reduce(reduced.data(), hash.data());
  return reduced;
}

// The encodings of the points of order 1, 2, 4 and 8, without their sign bits: y = 1, -1, 0 and the two of
// order 8; then second encodings of 0 and 1 (p and p + 1).
constexpr std::array<Encoding, 7> kSmallOrder{
    {{1},
     {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
     {0},
     {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
      0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
     {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
      0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
     {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
     {0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}}};

}  // namespace

bool is_below_order(const Scalar& scalar) {
  return std::lexicographical_compare(scalar.rbegin(), scalar.rend(), kOrder.rbegin(), kOrder.rend());
}

bool is_encoding_of_small_order(const Encoding& encoding) {
  Encoding y = encoding;
  y[31] &= 0x7f;
  return std::find(kSmallOrder.begin(), kSmallOrder.end(), y) != kSmallOrder.end();
}

std::shared_ptr<const KeyTable> KeyTable::make(const Key& key) {
  if (!is_below_p(key)) return nullptr;
  const auto point = decode(key);
  if (!point || has_small_order(*point)) return nullptr;
  return std::shared_ptr<const KeyTable>(new KeyTable(key, negated(*point)));
}

bool KeyTable::verifies(ByteView message, const Signature& signature) const {
  Encoding r;
  Scalar s;
  std::memcpy(r.data(), signature.data(), r.size());
  std::memcpy(s.data(), signature.data() + r.size(), s.size());
  if (!is_below_order(s) || is_encoding_of_small_order(r)) return false;
  return sum_of_products(multiples_of_negative_, challenge(r, key_, message), base_multiples(), s) == r;
}

bool verify_by_libsodium(const Key& key, ByteView message, const Signature& signature) {
  return crypto_sign_verify_detached(signature.data(), message.data(), message.size(), key.data()) == 0;
}

}  // namespace jingchu::ed25519
