// When to dial again: twice as late after every failure, with jitter so that nodes do not dial in step.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace jingchu::network {

// After `failures` in a row (0: none). Between half and all of min(delay_max, delay_min * 2^failures), but
// never under delay_min; `random` is uniform over its type.
inline std::chrono::milliseconds redial_delay(unsigned failures, std::chrono::milliseconds delay_min,
                                              std::chrono::milliseconds delay_max, std::uint32_t random) {
  const auto longest = std::max(delay_min, std::min(delay_max, delay_min * (1 << std::min(failures, 20u))));
  const std::uint64_t half = static_cast<std::uint64_t>(longest.count()) / 2;
  const std::chrono::milliseconds jitter(static_cast<std::int64_t>(half * random >> 32));
  return std::max(delay_min, longest - jitter);
}

}  // namespace jingchu::network
