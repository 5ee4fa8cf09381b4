// One warning of a kind a minute is enough: what goes on for hours must not fill the log. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace jingchu::node {

inline constexpr std::uint64_t kWarningInterval_us = 60'000'000;

class WarningLimit {
 public:
  bool may_warn(const std::string& about, std::uint64_t now_us) {
    const std::lock_guard lock(mutex_);
    const auto [last, first] = warned_us_.try_emplace(about, now_us);
    if (!first && now_us - last->second < kWarningInterval_us) return false;
    last->second = now_us;
    return true;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::uint64_t> warned_us_;
};

}  // namespace jingchu::node
