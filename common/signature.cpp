#include "common/signature.h"

#include <sodium.h>

#include <new>

#include "common/check.h"
#include "common/ed25519_cache.h"
#include "common/sm2.h"

namespace jingchu {
namespace {

void start_sodium() {
  static const int started = sodium_init();
  CHECK(started >= 0);
}

// Never destroyed: threads may verify while the process ends.
ed25519::KeyCache& cached_keys() {
  static ed25519::KeyCache& cache = *new ed25519::KeyCache();
  return cache;
}

constexpr std::string_view kEd25519Name = "ed25519";
constexpr std::string_view kSm2Name = "sm2";

}  // namespace

std::string_view to_string(Algorithm algorithm) {
  return algorithm == Algorithm::kEd25519 ? kEd25519Name : kSm2Name;
}

std::optional<Algorithm> algorithm_from_name(std::string_view name) {
  if (name == kEd25519Name) return Algorithm::kEd25519;
  if (name == kSm2Name) return Algorithm::kSm2;
  return std::nullopt;
}

Status validate(const PublicKey& key) {
  const bool valid = key.algorithm == Algorithm::kEd25519 ? key.bytes.size() == crypto_sign_PUBLICKEYBYTES
                                                          : sm2::is_public_key(key.bytes);
  if (valid) return ok_status();
  return caller_error(
      "bad-public-key", "the public key is not a valid " + std::string(to_string(key.algorithm)) + " key",
      "an Ed25519 key is 32 bytes; an SM2 key is 65 bytes, 04 then x and y of a point on the curve");
}

std::string to_string(const PublicKey& key) {
  return std::string(to_string(key.algorithm)) + ":" + to_hex(key.bytes);
}

Result<PublicKey> public_key_from_text(std::string_view text) {
  const auto colon = text.find(':');
  const auto algorithm = algorithm_from_name(text.substr(0, colon));
  const auto bytes = colon == text.npos ? std::nullopt : from_hex(text.substr(colon + 1));
  if (!algorithm || !bytes) {
    return caller_error("bad-public-key", "a public key reads \"ed25519:<hex>\" or \"sm2:<hex>\"");
  }
  PublicKey key{*algorithm, *bytes};
  RETURN_IF_ERROR(validate(key));
  return key;
}

bool verify(const PublicKey& key, ByteView message, const Signature& signature) {
  start_sodium();
  if (key.algorithm == Algorithm::kSm2) return sm2::verify(key.bytes, message, signature);
  ed25519::Key bytes;
  if (key.bytes.size() != bytes.size()) return false;
  std::memcpy(bytes.data(), key.bytes.data(), bytes.size());
  return cached_keys().verify(bytes, message, signature);
}

// For Ed25519 seed and public key, as libsodium signs with; for SM2 the scalar, then nothing. On pages of its
// own: locked in memory as far as the system allows, in no core dump, guarded on both sides, wiped at the
// end.
struct PrivateKey::Material {
  std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> bytes{};

  static void* operator new(std::size_t size) {
    start_sodium();
    void* const memory = sodium_malloc(size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
  }
  static void operator delete(void* memory) { sodium_free(memory); }
};

PrivateKey::PrivateKey(PublicKey public_key, std::unique_ptr<Material> material)
    : public_key_(std::move(public_key)), material_(std::move(material)) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

PrivateKey PrivateKey::generate(Algorithm algorithm) {
  std::array<std::uint8_t, 32> secret;
  for (;;) {
    random_bytes(secret);
    auto key = from_secret(algorithm, secret);  // an SM2 scalar outside [1, n-2] is refused: draw again
    sodium_memzero(secret.data(), secret.size());
    if (key.ok()) return std::move(key).value();
  }
}

Result<PrivateKey> PrivateKey::from_secret(Algorithm algorithm, ByteView secret) {
  start_sodium();
  if (secret.size() != 32) return caller_error("bad-private-key", "a private key is 32 bytes");
  auto material = std::make_unique<Material>();
  PublicKey public_key{algorithm, {}};
  if (algorithm == Algorithm::kEd25519) {
    public_key.bytes.resize(crypto_sign_PUBLICKEYBYTES);
    crypto_sign_seed_keypair(public_key.bytes.data(), material->bytes.data(), secret.data());
  } else {
    auto bytes = sm2::public_key_of(secret);
    if (!bytes) return caller_error("bad-private-key", "the SM2 private key is not in the range 1 to n-2");
    public_key.bytes = std::move(*bytes);
    std::memcpy(material->bytes.data(), secret.data(), 32);
  }
  return PrivateKey(std::move(public_key), std::move(material));
}

Signature PrivateKey::sign(ByteView message) const {
  CHECK(material_ != nullptr);
  if (public_key_.algorithm == Algorithm::kSm2) {
    return sm2::sign(ByteView(material_->bytes).first(32), public_key_.bytes, message);
  }
  Signature signature;
  crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), material_->bytes.data());
  return signature;
}

std::array<std::uint8_t, 32> PrivateKey::secret() const {
  std::array<std::uint8_t, 32> secret;
  std::memcpy(secret.data(), material_->bytes.data(), secret.size());
  return secret;
}

void random_bytes(std::span<std::uint8_t> bytes) {
  start_sodium();
  randombytes_buf(bytes.data(), bytes.size());
}

bool equal_secrets(ByteView a, ByteView b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace jingchu
