// Signatures under one tagged key type: Ed25519 (RFC 8032, by libsodium) and SM2 with SM3 (GB/T 32918.2-2016,
// by OpenSSL, signer id 1234567812345678). Both signatures are 64 bytes; an SM2 signature is r and s, 32
// bytes each, big-endian.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "common/bytes.h"
#include "common/result.h"

namespace jingchu {

enum class Algorithm : std::uint8_t { kEd25519 = 1, kSm2 = 2 };
inline bool is_valid(Algorithm algorithm) {
  return algorithm == Algorithm::kEd25519 || algorithm == Algorithm::kSm2;
}
std::string_view to_string(Algorithm algorithm);  // "ed25519", "sm2"
std::optional<Algorithm> algorithm_from_name(std::string_view name);

using Signature = std::array<std::uint8_t, 64>;

// 32 bytes for Ed25519; for SM2 the 65 bytes 04 || x || y (SEC 1, uncompressed).
struct PublicKey {
  Algorithm algorithm = Algorithm::kEd25519;
  Bytes bytes;

  friend auto operator<=>(const PublicKey&, const PublicKey&) = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(algorithm, bytes);
  }
};

// Whether the bytes have the form and, for SM2, are a point of the curve.
Status validate(const PublicKey& key);

// Text form "ed25519:<hex>" or "sm2:<hex>".
std::string to_string(const PublicKey& key);
Result<PublicKey> public_key_from_text(std::string_view text);

// True only for a valid signature of exactly `message`; any malformed key or signature is false, never a
// crash.
bool verify(const PublicKey& key, ByteView message, const Signature& signature);

// A private key. Its memory is locked, in no core dump, and wiped when it goes; it is never printed.
class PrivateKey {
 public:
  static PrivateKey generate(Algorithm algorithm);
  // From the 32 secret bytes (Ed25519 seed; SM2 scalar, big-endian).
  static Result<PrivateKey> from_secret(Algorithm algorithm, ByteView secret);

  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  ~PrivateKey();

  const PublicKey& public_key() const { return public_key_; }
  Signature sign(ByteView message) const;
  // The 32 secret bytes, for writing them to an encrypted key file only.
  std::array<std::uint8_t, 32> secret() const;

 private:
  struct Material;
  PrivateKey(PublicKey public_key, std::unique_ptr<Material> material);

  PublicKey public_key_;
  std::unique_ptr<Material> material_;
};

// Fills `bytes` from the operating system's generator.
void random_bytes(std::span<std::uint8_t> bytes);

// Equality in constant time, for secrets.
bool equal_secrets(ByteView a, ByteView b);

}  // namespace jingchu
