// Bounds the log lines of one kind, which outsiders can cause or which go on for hours: a few at once, then
// one in a while. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "common/token_bucket.h"

namespace jingchu {

// For a state of this machine that lasts: a warning a minute.
inline constexpr std::uint64_t kWarningInterval_us = 60'000'000;

class LogLimit {
 public:
  explicit LogLimit(std::uint64_t at_once = 5, std::uint64_t interval_us = 1'000'000)
      : at_once_(at_once), interval_us_(interval_us) {}

  // Nothing: leave the line out. Otherwise how many lines of this key were left out since the last. Keys come
  // from a small set of our own, never from outside.
  std::optional<std::uint64_t> admit(std::string_view key, std::uint64_t now_us);

 private:
  struct Kind {
    TokenBucket lines_us;  // a line costs one interval
    std::uint64_t left_out = 0;
  };
  const std::uint64_t at_once_;
  const std::uint64_t interval_us_;
  std::mutex mutex_;
  std::map<std::string, Kind, std::less<>> kinds_;
};

}  // namespace jingchu
