#include "node/clock_watch.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace jingchu::node {
namespace {

// Between two readings of clocks that belong together: a longer time, and they were not read at once.
constexpr std::uint64_t kReading_us = 20'000;

std::int64_t ahead_of(std::uint64_t wall_ms, std::uint64_t monotonic_us) {
  return static_cast<std::int64_t>(wall_ms) - static_cast<std::int64_t>(monotonic_us / 1'000);
}

std::string seconds(std::int64_t ms) {
  const std::int64_t tenths = std::abs(ms) / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

// Of an even number the one nearer to zero: half of the others must say that we are wrong.
std::int64_t median(std::vector<std::int64_t> values) {
  std::sort(values.begin(), values.end());
  const std::int64_t lower = values[(values.size() - 1) / 2];
  const std::int64_t upper = values[values.size() / 2];
  return std::abs(lower) < std::abs(upper) ? lower : upper;
}

}  // namespace

void ClockWatch::enter_epoch(std::optional<NodeIndex> self) {
  const std::lock_guard lock(mutex_);
  self_ = self;
  others_.clear();
}

void ClockWatch::take(const consensus::FinalizedBlock& block) {
  const std::lock_guard lock(mutex_);
  // The least time that may follow its parent's says nothing about the proposer's clock (R13).
  const bool tells = last_time_ms_ != 0 && block.header.time_ms > last_time_ms_ + 1;
  last_time_ms_ = block.header.time_ms;
  if (!tells || !block.arrival || block.arrival->proposer == self_) return;
  const auto [proposer, received_us] = *block.arrival;
  if (received_us < since_us_) return;
  const std::int64_t ahead_ms = ahead_of(block.header.time_ms, received_us);
  ++samples_;
  const auto [found, is_new] = others_.try_emplace(proposer, Ahead{received_us, ahead_ms, {}});
  Ahead& other = found->second;
  if (received_us >= other.began_us + kClockWindow_us) {
    const bool follows = received_us < other.began_us + 2 * kClockWindow_us;
    other = {received_us, ahead_ms, follows ? std::optional(other.best_ms) : std::nullopt};
  }
  other.best_ms = std::max(other.best_ms, ahead_ms);
}

void ClockWatch::check() {
  const std::uint64_t now_us = parts_.clock->monotonic_us();
  const std::int64_t own_ahead_ms = ahead_of(parts_.clock->wall_ms(), now_us);
  if (parts_.clock->monotonic_us() - now_us > kReading_us) return;
  const std::lock_guard lock(mutex_);
  const std::int64_t jump_ms = own_ahead_ms - own_ahead_ms_.value_or(own_ahead_ms);
  own_ahead_ms_ = own_ahead_ms;
  if (std::abs(jump_ms) >= kClockJump_ms) note_jump(jump_ms, now_us);
  offset_ms_ = measure(own_ahead_ms, now_us);
  if (offset_ms_) {
    judge(*offset_ms_, now_us);
  } else {
    problem_.clear();
  }
}

void ClockWatch::note_jump(std::int64_t jump_ms, std::uint64_t now_us) {
  others_.clear();
  samples_ = 0;
  since_us_ = now_us;
  parts_.metrics->clock_jumped();
  if (!limit_.admit("jump", now_us)) return;
  parts_.log.warning("this machine's clock jumped",
                     {{"by", seconds(jump_ms)}, {"direction", jump_ms > 0 ? "forward" : "back"}});
}

std::optional<std::int64_t> ClockWatch::measure(std::int64_t own_ahead_ms, std::uint64_t now_us) const {
  if (samples_ < kClockSamplesMin) return std::nullopt;
  std::vector<std::int64_t> offsets;
  for (const auto& [proposer, other] : others_) {
    if (now_us > other.began_us + 2 * kClockWindow_us) continue;
    const std::int64_t best_ms = std::max(other.best_ms, other.best_before_ms.value_or(other.best_ms));
    offsets.push_back(own_ahead_ms - best_ms);
  }
  if (offsets.empty()) return std::nullopt;
  return median(std::move(offsets));
}

void ClockWatch::judge(std::int64_t offset_ms, std::uint64_t now_us) {
  parts_.metrics->clock_offset(static_cast<double>(offset_ms) / 1'000);
  if (static_cast<std::uint64_t>(std::abs(offset_ms)) <= parts_.precision_ms) {
    if (!problem_.empty()) parts_.log.info("this machine's clock is right again");
    problem_.clear();
    return;
  }
  problem_ = "this machine's clock is " + seconds(offset_ms) + (offset_ms > 0 ? " ahead of" : " behind") +
             " the other validators'";
  if (limit_.admit("offset", now_us)) {
    parts_.log.warning(problem_ + ": it can neither lead nor agree in time; set it (NTP, chrony)");
  }
}

std::optional<std::int64_t> ClockWatch::offset_ms() const {
  const std::lock_guard lock(mutex_);
  return offset_ms_;
}

std::string ClockWatch::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

}  // namespace jingchu::node
