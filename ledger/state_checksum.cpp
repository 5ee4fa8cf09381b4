#include "ledger/state_checksum.h"

#include <sodium.h>

#include <bit>
#include <cstring>
#include <string_view>

#include "common/check.h"
#include "common/codec.h"
#include "common/hash_lanes.h"

namespace jingchu::ledger {
namespace {

constexpr std::size_t kBytes = 2 * StateChecksum::kWords;
using Bytes2048 = std::array<std::uint8_t, kBytes>;

constexpr std::string_view kChecksumTag = "jingchu/checksum";

// Of whose hash an entry's words are made: encode(kChecksumTag, key, value).
void write_entry(Bytes& text, std::string_view key, ByteView value) {
  CanonicalOutput archive(text);
  archive(kChecksumTag, key, value);
}

Bytes2048 words_of(const Hash& seed) {
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
  const Change change{key, value, true};
  apply({&change, 1});
}

void StateChecksum::remove(std::string_view key, ByteView value) {
  const Change change{key, value, false};
  apply({&change, 1});
}

void StateChecksum::apply(std::span<const Change> changes) {
  HashTexts texts;
  for (const Change& change : changes) write_entry(texts.next(), change.key, change.value);
  const auto seeds = texts.hashes();
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (changes[i].is_added) {
      combine(bytes_, words_of(seeds[i]), [](unsigned a, unsigned b) { return a + b; });
    } else {
      combine(bytes_, words_of(seeds[i]), [](unsigned a, unsigned b) { return a - b; });
    }
  }
}

void StateChecksum::join(const StateChecksum& other) {
  combine(bytes_, other.bytes_, [](unsigned a, unsigned b) { return a + b; });
}

Hash StateChecksum::digest() const {
  return sha256(bytes_);
}

}  // namespace jingchu::ledger
