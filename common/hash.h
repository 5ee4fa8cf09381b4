// Cryptographic hashes: SHA-256 (FIPS 180-4), which everything on the chain is built on, and SM3 (GB/T
// 32905-2016), which evidence records carry beside it.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <initializer_list>

#include "common/bytes.h"

namespace jingchu {

using Hash = std::array<std::uint8_t, 32>;

inline constexpr Hash kZeroHash{};

Hash sha256(ByteView bytes);
Hash sm3(ByteView bytes);

// The hash of several pieces, one after another, without joining them in memory.
Hash sha256(std::initializer_list<ByteView> pieces);

// SHA-256(prefix || a || b): what a hash tree consists of, without what any other length costs.
Hash sha256_pair(std::uint8_t prefix, const Hash& a, const Hash& b);

enum class HashFunction { kSha256, kSm3 };

// A hash taken piece by piece, for input that does not fit in memory. finish() may be called once.
class StreamingHash {
 public:
  explicit StreamingHash(HashFunction function);
  ~StreamingHash();
  StreamingHash(const StreamingHash&) = delete;
  StreamingHash& operator=(const StreamingHash&) = delete;

  void update(ByteView bytes);
  Hash finish();

 private:
  void* context_;
};

// For unordered containers keyed by a hash: its first bytes are already uniform.
struct HashOfHash {
  std::size_t operator()(const Hash& hash) const noexcept {
    std::size_t value;
    std::memcpy(&value, hash.data(), sizeof(value));
    return value;
  }
};

}  // namespace jingchu
