#include "common/log_limit.h"

#include <utility>

namespace jingchu {

std::optional<std::uint64_t> LogLimit::admit(std::string_view key, std::uint64_t now_us) {
  const std::lock_guard lock(mutex_);
  Kind& kind = kinds_[std::string(key)];
  if (kind.lines.take(1, now_us)) return std::exchange(kind.left_out, 0);
  ++kind.left_out;
  return std::nullopt;
}

}  // namespace jingchu
