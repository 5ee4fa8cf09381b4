// Ed25519 signatures that no honest signer makes, by libsodium's arithmetic: keys and R with a part of small
// order.
#pragma once

#include <sodium.h>

#include "common/ed25519_keys.h"

namespace jingchu::ed25519::test {

// Of order 8; libsodium's and RFC 7748's lists have it.
inline constexpr Encoding kOrderEight{0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
                                      0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
                                      0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05};

// Of points of the curve, whatever their order.
inline Encoding plus(const Encoding& a, const Encoding& b) {
  Encoding sum;
  if (crypto_core_ed25519_add(sum.data(), a.data(), b.data()) != 0) std::abort();
  return sum;
}

inline Encoding plus_small(Encoding point, unsigned multiple) {
  for (; multiple > 0; --multiple) point = plus(point, kOrderEight);
  return point;
}

// A uniform scalar below L, from any bytes.
inline Scalar scalar_from(ByteView bytes) {
  std::array<std::uint8_t, crypto_hash_sha512_BYTES> hash;
  crypto_hash_sha512(hash.data(), bytes.data(), bytes.size());
  Scalar scalar;
  crypto_core_ed25519_scalar_reduce(scalar.data(), hash.data());
  return scalar;
}

inline Encoding base_times(const Scalar& scalar) {
  Encoding point;
  if (crypto_scalarmult_ed25519_base_noclamp(point.data(), scalar.data()) != 0) std::abort();
  return point;
}

class Signer {
 public:
  // The key is [secret]B + [small]T, with T of order 8.
  explicit Signer(ByteView seed, unsigned small = 0)
      : secret_(scalar_from(seed)), key_(plus_small(base_times(secret_), small)) {}

  const Key& key() const { return key_; }

  // R is [nonce]B + [small_r]T, and S nonce + k secret. Valid just if k small + small_r is 0 modulo 8.
  Signature sign(ByteView message, const Scalar& nonce, unsigned small_r = 0) const {
    const Encoding r = plus_small(base_times(nonce), small_r);
    Scalar s;
    crypto_core_ed25519_scalar_mul(s.data(), challenge(r, message).data(), secret_.data());
    crypto_core_ed25519_scalar_add(s.data(), s.data(), nonce.data());
    Signature signature;
    std::memcpy(signature.data(), r.data(), r.size());
    std::memcpy(signature.data() + r.size(), s.data(), s.size());
    return signature;
  }

  // k of the rule in docs/formats.md.
  Scalar challenge(const Encoding& r, ByteView message) const {
    Bytes hashed(r.begin(), r.end());
    hashed.insert(hashed.end(), key_.begin(), key_.end());
    hashed.insert(hashed.end(), message.begin(), message.end());
    return scalar_from(hashed);
  }

 private:
  Scalar secret_;
  Key key_;
};

// The answer of a table, whose absence refuses.
inline bool verify_by_table(const Key& key, ByteView message, const Signature& signature) {
  const auto table = KeyTable::make(key);
  return table != nullptr && table->verifies(message, signature);
}

}  // namespace jingchu::ed25519::test
