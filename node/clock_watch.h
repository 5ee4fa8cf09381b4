// Watches this machine's wall clock, so that an operator hears that it is wrong: it must go along with the
// monotonic clock (else it jumped), and agree with the times of blocks that others proposed and that became
// final, each of which a quorum has found timely. A validator with a wrong clock does no harm, but f of them
// are all that the network bears (docs/protocol.md, R13). Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "common/clock.h"
#include "common/log.h"
#include "common/log_limit.h"
#include "consensus/step.h"
#include "node/metrics.h"

namespace jingchu::node {

// More than any clock is slewed between two checks.
inline constexpr std::int64_t kClockJump_ms = 200;
// A proposal is under way for a while: the quickest of the last one to two such times is what counts.
inline constexpr std::uint64_t kClockWindow_us = 15'000'000;
// Fewer say nothing: the first ones after a start may have waited for us.
inline constexpr std::size_t kClockSamplesMin = 8;

class ClockWatch {
 public:
  struct Parts {
    const Clock* clock;
    Metrics* metrics;
    Log log;
    std::uint64_t precision_ms = 0;
  };
  explicit ClockWatch(Parts parts) : parts_(std::move(parts)) {}

  // An epoch whose validators have other indexes, with this node's own.
  void enter_epoch(std::optional<NodeIndex> self);
  // The blocks in order of their heights.
  void take(const consensus::FinalizedBlock& block);
  // To be called about once a second.
  void check();
  // What is wrong, with the figure; empty while the clock is right, or nothing is known of it.
  std::string problem() const;
  // By how much it was ahead of the others' at the last check; nothing while that is not known.
  std::optional<std::int64_t> offset_ms() const;

 private:
  // By how much the wall clock of another is ahead of our monotonic clock: at least this.
  struct Ahead {
    std::uint64_t began_us = 0;
    std::int64_t best_ms = 0;
    std::optional<std::int64_t> best_before_ms;
  };
  void note_jump(std::int64_t jump_ms, std::uint64_t now_us);
  std::optional<std::int64_t> measure(std::int64_t own_ahead_ms, std::uint64_t now_us) const;
  void judge(std::int64_t offset_ms, std::uint64_t now_us);

  const Parts parts_;
  LogLimit limit_{1, kWarningInterval_us};
  mutable std::mutex mutex_;  // of what follows
  std::optional<NodeIndex> self_;
  std::uint64_t last_time_ms_ = 0;
  std::map<NodeIndex, Ahead> others_;
  std::size_t samples_ = 0;
  std::uint64_t since_us_ = 0;  // what arrived before says nothing about the clock as it is now
  std::optional<std::int64_t> own_ahead_ms_;
  std::optional<std::int64_t> offset_ms_;  // of the last check
  std::string problem_;
};

}  // namespace jingchu::node
