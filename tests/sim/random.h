// The simulator's own generator (xoshiro256** seeded by splitmix64): the same seed gives the same run with
// every compiler and library, which the distributions of <random> do not promise.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "common/check.h"

namespace jingchu::sim {

class Random {
 public:
  explicit Random(std::uint64_t seed) {
    for (auto& word : state_) word = split_mix(seed);
  }

  std::uint64_t next() {
    const std::uint64_t result = rotate(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = rotate(state_[3], 45);
    return result;
  }
  // 0 <= result < bound.
  std::uint64_t below(std::uint64_t bound) {
    CHECK(bound > 0);
    return next() % bound;
  }
  // Both ends included.
  std::uint64_t between(std::uint64_t low, std::uint64_t high) { return low + below(high - low + 1); }
  bool chance(std::uint64_t numerator, std::uint64_t denominator) { return below(denominator) < numerator; }
  bool coin() { return (next() >> 63) != 0; }

  // An order of 0..count-1.
  std::vector<std::size_t> order(std::size_t count) {
    std::vector<std::size_t> result(count);
    for (std::size_t i = 0; i < count; ++i) result[i] = i;
    for (std::size_t i = count; i > 1; --i) std::swap(result[i - 1], result[below(i)]);
    return result;
  }

  static std::uint64_t split_mix(std::uint64_t& state) {
    std::uint64_t value = state += 0x9e3779b97f4a7c15u;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
  }

 private:
  static std::uint64_t rotate(std::uint64_t value, int bits) { return value << bits | value >> (64 - bits); }

  std::array<std::uint64_t, 4> state_{};
};

}  // namespace jingchu::sim
