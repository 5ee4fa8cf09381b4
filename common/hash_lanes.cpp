#include "common/hash_lanes.h"

#include <algorithm>
#include <bit>

#include "common/check.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace jingchu::hash_detail {
namespace {

constexpr std::size_t kBlockBytes = 64;

// FIPS 180-4, 5.3.3 and 4.2.2.
constexpr std::array<std::uint32_t, 8> kStart = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                                 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
constexpr std::array<std::uint32_t, 64> kRound = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// An input block by block, padded at its end (FIPS 180-4, 5.1.1).
class Padded {
 public:
  void begin(ByteView input) {
    input_ = input;
    next_ = 0;
    const std::size_t rest = input.size() % kBlockBytes;
    blocks_ = input.size() / kBlockBytes;
    tail_blocks_ = rest + 9 <= kBlockBytes ? 1 : 2;
    tail_.fill(0);
    std::copy(input.end() - static_cast<std::ptrdiff_t>(rest), input.end(), tail_.begin());
    tail_[rest] = 0x80;
    const std::uint64_t bits = std::uint64_t{input.size()} * 8;
    for (std::size_t i = 0; i < 8; ++i) {
      tail_[tail_blocks_ * kBlockBytes - 1 - i] = static_cast<std::uint8_t>(bits >> (8 * i));
    }
  }
  bool is_done() const { return next_ == blocks_ + tail_blocks_; }
  const std::uint8_t* take() {
    const std::size_t at = next_++;
    return at < blocks_ ? input_.data() + at * kBlockBytes : tail_.data() + (at - blocks_) * kBlockBytes;
  }

 private:
  ByteView input_;
  std::size_t next_ = 0;
  std::size_t blocks_ = 0;  // of the input itself
  std::size_t tail_blocks_ = 0;
  std::array<std::uint8_t, 2 * kBlockBytes> tail_;
};

// No function: one that gives a wide vector has another calling convention where those are not there.
#define ROTATE(x, by) ((x) >> (by) | (x) << (32 - (by)))

// One block in each lane (FIPS 180-4, 6.2.2): w[t] holds word t of all lanes.
template <class V>
[[gnu::always_inline]] inline void compress(std::array<V, 8>& state, std::array<V, 16>& w) {
  auto [a, b, c, d, e, f, g, h] = state;
  for (std::size_t t = 0; t < 64; ++t) {
    if (t >= 16) {
      const V before15 = w[(t + 1) % 16];
      const V before2 = w[(t + 14) % 16];
      w[t % 16] += (ROTATE(before15, 7) ^ ROTATE(before15, 18) ^ before15 >> 3) + w[(t + 9) % 16] +
                   (ROTATE(before2, 17) ^ ROTATE(before2, 19) ^ before2 >> 10);
    }
    const V t1 =
        h + (ROTATE(e, 6) ^ ROTATE(e, 11) ^ ROTATE(e, 25)) + (g ^ (e & (f ^ g))) + kRound[t] + w[t % 16];
    const V t2 = (ROTATE(a, 2) ^ ROTATE(a, 13) ^ ROTATE(a, 22)) + ((a & b) | (c & (a | b)));
    h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
  }
  const std::array<V, 8> worked = {a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < 8; ++i) state[i] += worked[i];
}

#undef ROTATE

// Lanes take one input after another, so that none waits for a longer one beside it.
template <class V>
[[gnu::always_inline]] inline void run(std::span<const ByteView> inputs, std::span<Hash> hashes) {
  constexpr std::size_t kLanes = sizeof(V) / sizeof(std::uint32_t);
  constexpr std::size_t kIdle = ~std::size_t{0};
  using Rows = std::array<std::array<std::uint32_t, kLanes>, 8>;
  alignas(V) Rows state;
  alignas(V) std::array<std::array<std::uint32_t, kLanes>, 16> words{};
  std::array<Padded, kLanes> lanes;
  std::array<std::size_t, kLanes> of;
  std::size_t next = 0;
  std::size_t busy = 0;
  const auto refill = [&](std::size_t lane) {
    of[lane] = next < inputs.size() ? next++ : kIdle;
    if (of[lane] == kIdle) return;
    lanes[lane].begin(inputs[of[lane]]);
    for (std::size_t i = 0; i < 8; ++i) state[i][lane] = kStart[i];
    ++busy;
  };
  for (std::size_t lane = 0; lane < kLanes; ++lane) refill(lane);
  while (busy > 0) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      if (of[lane] == kIdle) continue;
      const std::uint8_t* block = lanes[lane].take();
      for (std::size_t i = 0; i < 16; ++i) {
        std::uint32_t word;
        std::memcpy(&word, block + 4 * i, sizeof(word));
        words[i][lane] = __builtin_bswap32(word);
      }
    }
    std::array<V, 8> vectors;
    std::array<V, 16> schedule;
    std::memcpy(&vectors, &state, sizeof(state));
    std::memcpy(&schedule, &words, sizeof(words));
    compress(vectors, schedule);
    std::memcpy(&state, &vectors, sizeof(state));
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      if (of[lane] == kIdle || !lanes[lane].is_done()) continue;
      for (std::size_t i = 0; i < 8; ++i) {
        const std::uint32_t word = __builtin_bswap32(state[i][lane]);
        std::memcpy(hashes[of[lane]].data() + 4 * i, &word, sizeof(word));
      }
      --busy;
      refill(lane);
    }
  }
}

void run_1(std::span<const ByteView> inputs, std::span<Hash> hashes) {
  for (std::size_t i = 0; i < inputs.size(); ++i) hashes[i] = sha256(inputs[i]);
}

#if defined(__x86_64__)
using Vector8 [[gnu::vector_size(32)]] = std::uint32_t;
using Vector16 [[gnu::vector_size(64)]] = std::uint32_t;

[[gnu::target("avx2")]] void run_8(std::span<const ByteView> inputs, std::span<Hash> hashes) {
  run<Vector8>(inputs, hashes);
}
[[gnu::target("avx512f,avx512bw,avx512vl")]] void run_16(std::span<const ByteView> inputs,
                                                         std::span<Hash> hashes) {
  run<Vector16>(inputs, hashes);
}

bool has_sha_instructions() {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) == 1 && (b >> 29 & 1) == 1;
}
#endif

}  // namespace

bool has_lanes(std::size_t lanes) {
#if defined(__x86_64__)
  if (lanes == 8) return __builtin_cpu_supports("avx2") != 0;
  if (lanes == 16) return __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vl") != 0;
#endif
  return lanes == 1;
}

std::size_t best_lanes() {
#if defined(__x86_64__)
  if (has_sha_instructions()) return 1;  // OpenSSL uses them, which is as fast
  if (has_lanes(16)) return 16;
  if (has_lanes(8)) return 8;
#endif
  return 1;
}

void sha256_each(std::size_t lanes, std::span<const ByteView> inputs, std::span<Hash> hashes) {
  CHECK(inputs.size() == hashes.size() && has_lanes(lanes));
#if defined(__x86_64__)
  // A few in wide vectors cost as much as many.
  if (lanes == 16 && inputs.size() > 4) return run_16(inputs, hashes);
  if (lanes == 8 && inputs.size() > 3) return run_8(inputs, hashes);
#endif
  run_1(inputs, hashes);
}

}  // namespace jingchu::hash_detail

namespace jingchu {

void sha256_each(std::span<const ByteView> inputs, std::span<Hash> hashes) {
  static const std::size_t kLanes = hash_detail::best_lanes();
  hash_detail::sha256_each(kLanes, inputs, hashes);
}

}  // namespace jingchu
