#include "common/log_limit.h"

#include <utility>

namespace jingchu {

std::optional<std::uint64_t> LogLimit::admit(std::string_view key, std::uint64_t now_us) {
  constexpr std::uint64_t kMicrosecondsPerSecond = 1'000'000;
  const std::lock_guard lock(mutex_);
  const TokenBucket full(kMicrosecondsPerSecond, at_once_ * interval_us_);
  Kind& kind = kinds_.try_emplace(std::string(key), Kind{full}).first->second;
  if (kind.lines_us.take(interval_us_, now_us)) return std::exchange(kind.left_out, 0);
  ++kind.left_out;
  return std::nullopt;
}

}  // namespace jingchu
