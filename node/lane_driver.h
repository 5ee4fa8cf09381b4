// When our lane's next batch is sealed and how much goes into it, and when the log changes to a new segment:
// decisions without timers or threads, so that the simulator hosts the same. Times are monotonic. On the
// strand of the core only.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "consensus/core.h"
#include "node/admission.h"

namespace jingchu::node {

class LaneDriver {
 public:
  // A batch every `interval_us` at most.
  explicit LaneDriver(std::uint64_t interval_us) : interval_us_(interval_us) {}

  // Something waits: when to call seal(); nothing if that was said before and not yet done.
  std::optional<std::uint64_t> wait_us(std::uint64_t now_us);
  // The transactions of the next batch; empty if nothing waits or the lane has no room.
  std::vector<Bytes> seal(std::uint64_t now_us, const consensus::Core& core, std::uint64_t batch_bytes_max,
                          Admission& admission);

 private:
  std::uint64_t interval_us_;
  std::uint64_t sealed_at_us_ = 0;
  bool is_waiting_ = false;
};

class LogRotation {
 public:
  explicit LogRotation(std::uint64_t segment_bytes) : segment_bytes_(segment_bytes) {}

  // Large enough, and twice what the segment began with: what lives on is not written again and again.
  bool is_due(std::uint64_t bytes) const { return bytes >= segment_bytes_ && bytes >= 2 * live_bytes_; }
  void rotated(const std::vector<consensus::Record>& live);

 private:
  std::uint64_t segment_bytes_;
  std::uint64_t live_bytes_ = 0;  // of the segment after its last change
};

}  // namespace jingchu::node
