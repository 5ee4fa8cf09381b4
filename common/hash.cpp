#include "common/hash.h"

// The interface that OpenSSL recommends instead costs as much again as hashing 64 bytes.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "common/check.h"

namespace jingchu {
namespace {

// Fetched once: an implicit fetch at every digest costs more than hashing 256 bytes.
const EVP_MD* algorithm(HashFunction function) {
  static const EVP_MD* const sha256_md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  static const EVP_MD* const sm3_md = EVP_MD_fetch(nullptr, "SM3", nullptr);
  const EVP_MD* md = function == HashFunction::kSha256 ? sha256_md : sm3_md;
  CHECK(md != nullptr);
  return md;
}

struct Context {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~Context() { EVP_MD_CTX_free(context); }
};

Hash digest(HashFunction function, ByteView bytes) {
  thread_local const Context scratch;
  CHECK(EVP_DigestInit_ex2(scratch.context, algorithm(function), nullptr) == 1);
  CHECK(EVP_DigestUpdate(scratch.context, bytes.data(), bytes.size()) == 1);
  Hash hash;
  CHECK(EVP_DigestFinal_ex(scratch.context, hash.data(), nullptr) == 1);
  return hash;
}

}  // namespace

Hash sha256(ByteView bytes) {
  return sha256({bytes});
}
Hash sm3(ByteView bytes) {
  return digest(HashFunction::kSm3, bytes);
}
Hash sha256(std::initializer_list<ByteView> pieces) {
  SHA256_CTX context;
  Hash hash;
  bool done = SHA256_Init(&context) == 1;
  for (const ByteView piece : pieces) done = done && SHA256_Update(&context, piece.data(), piece.size()) == 1;
  CHECK(done && SHA256_Final(hash.data(), &context) == 1);
  return hash;
}

Hash sha256_pair(std::uint8_t prefix, const Hash& a, const Hash& b) {
  // Both blocks with their padding: finishing a hash of any length takes a sixth of the time.
  constexpr std::size_t kBytes = 1 + 2 * sizeof(Hash);
  std::array<std::uint8_t, 128> blocks{prefix};
  std::memcpy(blocks.data() + 1, a.data(), sizeof(Hash));
  std::memcpy(blocks.data() + 1 + sizeof(Hash), b.data(), sizeof(Hash));
  blocks[kBytes] = 0x80;
  blocks[126] = 8 * kBytes >> 8;
  blocks[127] = 8 * kBytes & 0xff;
  SHA256_CTX context;
  CHECK(SHA256_Init(&context) == 1 && SHA256_Update(&context, blocks.data(), blocks.size()) == 1);
  Hash hash;
  for (std::size_t i = 0; i < hash.size(); ++i) {
    hash[i] = static_cast<std::uint8_t>(context.h[i / 4] >> (24 - 8 * (i % 4)));
  }
  return hash;
}

StreamingHash::StreamingHash(HashFunction function) : context_(EVP_MD_CTX_new()) {
  CHECK(context_ != nullptr);
  CHECK(EVP_DigestInit_ex2(static_cast<EVP_MD_CTX*>(context_), algorithm(function), nullptr) == 1);
}

StreamingHash::~StreamingHash() {
  EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_));
}

void StreamingHash::update(ByteView bytes) {
  CHECK(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), bytes.data(), bytes.size()) == 1);
}

Hash StreamingHash::finish() {
  Hash hash;
  CHECK(EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), hash.data(), nullptr) == 1);
  return hash;
}

}  // namespace jingchu
