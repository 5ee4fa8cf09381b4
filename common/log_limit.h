// Bounds the log lines that outsiders can cause: of each key a few at once, then one every second.
// Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "common/token_bucket.h"

namespace jingchu {

class LogLimit {
 public:
  // Nothing: leave the line out. Otherwise how many lines of this key were left out since the last. Keys come
  // from a small set of our own, never from outside.
  std::optional<std::uint64_t> admit(std::string_view key, std::uint64_t now_us);

 private:
  struct Kind {
    TokenBucket lines{1, 5};
    std::uint64_t left_out = 0;
  };
  std::mutex mutex_;
  std::map<std::string, Kind, std::less<>> kinds_;
};

}  // namespace jingchu
