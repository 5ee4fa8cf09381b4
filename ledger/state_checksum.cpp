#include "ledger/state_checksum.h"

#include <sodium.h>

#include <bit>
#include <cstring>
#include <string>

#include "common/check.h"
#include "common/codec.h"

namespace jingchu::ledger {
namespace {

constexpr std::size_t kBytes = 2 * StateChecksum::kWords;
using Bytes2048 = std::array<std::uint8_t, kBytes>;

Bytes2048 words_of(std::string_view key, ByteView value) {
  const Hash seed = sha256(encode(std::string("jingchu/checksum"), std::string(key), to_bytes(value)));
  static constexpr std::array<std::uint8_t, crypto_stream_chacha20_ietf_NONCEBYTES> kNonce{};
  static_assert(sizeof(Hash) == crypto_stream_chacha20_ietf_KEYBYTES);
  Bytes2048 words;
  CHECK(crypto_stream_chacha20_ietf(words.data(), words.size(), kNonce.data(), seed.data()) == 0);
  return words;
}

// Word by word modulo 2^16; the compiler makes vectors of it.
template <class Operation>
void combine(Bytes2048& sum, const Bytes2048& other, Operation operation) {
  static_assert(std::endian::native == std::endian::little);
  std::array<std::uint16_t, StateChecksum::kWords> a;
  std::array<std::uint16_t, StateChecksum::kWords> b;
  std::memcpy(a.data(), sum.data(), kBytes);
  std::memcpy(b.data(), other.data(), kBytes);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<std::uint16_t>(operation(a[i], b[i]));
  std::memcpy(sum.data(), a.data(), kBytes);
}

}  // namespace

void StateChecksum::add(std::string_view key, ByteView value) {
  combine(bytes_, words_of(key, value), [](unsigned a, unsigned b) { return a + b; });
}

void StateChecksum::remove(std::string_view key, ByteView value) {
  combine(bytes_, words_of(key, value), [](unsigned a, unsigned b) { return a - b; });
}

void StateChecksum::join(const StateChecksum& other) {
  combine(bytes_, other.bytes_, [](unsigned a, unsigned b) { return a + b; });
}

Hash StateChecksum::digest() const {
  return sha256(bytes_);
}

}  // namespace jingchu::ledger
