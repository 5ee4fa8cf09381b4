#include "ledger/checksum_words.h"

#include <sodium.h>

#include <bit>
#include <cstring>

#include "common/check.h"

namespace jingchu::ledger {
namespace {

static_assert(std::endian::native == std::endian::little);

// Word by word modulo 2^16; the compiler makes vectors of it.
template <class Operation>
void combine(ChecksumWords& sum, const ChecksumWords& other, Operation operation) {
  std::array<std::uint16_t, sizeof(ChecksumWords) / 2> a;
  std::array<std::uint16_t, sizeof(ChecksumWords) / 2> b;
  std::memcpy(a.data(), sum.data(), sizeof(a));
  std::memcpy(b.data(), other.data(), sizeof(b));
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<std::uint16_t>(operation(a[i], b[i]));
  std::memcpy(sum.data(), a.data(), sizeof(a));
}

void subtract_words(ChecksumWords& a, const ChecksumWords& b) {
  combine(a, b, [](unsigned x, unsigned y) { return x - y; });
}

}  // namespace

void add_words(ChecksumWords& a, const ChecksumWords& b) {
  combine(a, b, [](unsigned x, unsigned y) { return x + y; });
}

namespace checksum_detail {

void sum_by_library(std::span<const SeedChange> changes, ChecksumWords& sum) {
  static constexpr std::array<std::uint8_t, crypto_stream_chacha20_ietf_NONCEBYTES> kNonce{};
  static_assert(sizeof(Hash) == crypto_stream_chacha20_ietf_KEYBYTES);
  for (const auto& [seed, is_added] : changes) {
    ChecksumWords words;
    CHECK(crypto_stream_chacha20_ietf(words.data(), words.size(), kNonce.data(), seed.data()) == 0);
    is_added ? add_words(sum, words) : subtract_words(sum, words);
  }
}

#if defined(__x86_64__)
namespace {

constexpr std::size_t kLanes = 16;
constexpr std::size_t kBlockWords = 16;  // of 32 bits
constexpr std::size_t kPasses = sizeof(ChecksumWords) / (4 * kBlockWords * kLanes);
using Lanes [[gnu::vector_size(4 * kLanes)]] = std::uint32_t;
using HalfLanes [[gnu::vector_size(4 * kLanes)]] = std::uint16_t;
using Blocks = std::array<Lanes, kBlockWords>;  // word i of block b of a pass in lane b of vector i

constexpr std::array<std::uint32_t, 4> kConstants = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
constexpr Lanes kLane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

// RFC 8439, 2.1.
#define QUARTER(a, b, c, d)              \
  a += b, d ^= a, d = d << 16 | d >> 16; \
  c += d, b ^= c, b = b << 12 | b >> 20; \
  a += b, d ^= a, d = d << 8 | d >> 24;  \
  c += d, b ^= c, b = b << 7 | b >> 25

// The blocks of a pass (RFC 8439, 2.3).
[[gnu::always_inline, gnu::target("avx512f,avx512bw")]] inline void make_blocks(const Hash& seed,
                                                                                std::size_t pass, Blocks& x) {
  std::array<std::uint32_t, 8> key;
  std::memcpy(key.data(), seed.data(), sizeof(key));
  const Lanes none{};
  Blocks start;
  for (std::size_t i = 0; i < 4; ++i) start[i] = none + kConstants[i];
  for (std::size_t i = 0; i < 8; ++i) start[4 + i] = none + key[i];
  start[12] = kLane + static_cast<std::uint32_t>(kLanes * pass);
  for (std::size_t i = 13; i < kBlockWords; ++i) start[i] = none;
  x = start;
  for (int round = 0; round < 20; round += 2) {
    QUARTER(x[0], x[4], x[8], x[12]);
    QUARTER(x[1], x[5], x[9], x[13]);
    QUARTER(x[2], x[6], x[10], x[14]);
    QUARTER(x[3], x[7], x[11], x[15]);
    QUARTER(x[0], x[5], x[10], x[15]);
    QUARTER(x[1], x[6], x[11], x[12]);
    QUARTER(x[2], x[7], x[8], x[13]);
    QUARTER(x[3], x[4], x[9], x[14]);
  }
  for (std::size_t i = 0; i < kBlockWords; ++i) x[i] += start[i];
}

#undef QUARTER

}  // namespace

bool has_lanes() {
  return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0;
}

[[gnu::target("avx512f,avx512bw")]] void sum_in_lanes(std::span<const SeedChange> changes,
                                                      ChecksumWords& sum) {
  std::array<std::array<HalfLanes, kBlockWords>, kPasses> sums{};
  for (const auto& [seed, is_added] : changes) {
    for (std::size_t pass = 0; pass < kPasses; ++pass) {
      Blocks blocks;
      make_blocks(seed, pass, blocks);
      for (std::size_t i = 0; i < kBlockWords; ++i) {
        HalfLanes words;
        std::memcpy(&words, &blocks[i], sizeof(words));
        sums[pass][i] = is_added ? sums[pass][i] + words : sums[pass][i] - words;
      }
    }
  }
  ChecksumWords in_order;
  for (std::size_t pass = 0; pass < kPasses; ++pass) {
    for (std::size_t i = 0; i < kBlockWords; ++i) {
      std::array<std::uint32_t, kLanes> words;
      std::memcpy(words.data(), &sums[pass][i], sizeof(words));
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        const std::size_t block = kLanes * pass + lane;
        std::memcpy(in_order.data() + 4 * (kBlockWords * block + i), &words[lane], 4);
      }
    }
  }
  add_words(sum, in_order);
}
#else
bool has_lanes() {
  return false;
}
void sum_in_lanes(std::span<const SeedChange> changes, ChecksumWords& sum) {
  sum_by_library(changes, sum);
}
#endif

}  // namespace checksum_detail

void sum_words(std::span<const SeedChange> changes, ChecksumWords& sum) {
  static const bool kHasLanes = checksum_detail::has_lanes();
  kHasLanes ? checksum_detail::sum_in_lanes(changes, sum) : checksum_detail::sum_by_library(changes, sum);
}

}  // namespace jingchu::ledger
