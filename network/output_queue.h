// What waits to be written to one peer: two queues, each with a budget in bytes; an urgent frame overtakes
// every bulk frame that has not been taken yet. Pure and not thread-safe: Connection holds the lock.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "common/bytes.h"

namespace jingchu::network {

enum class Priority { kUrgent, kBulk };

struct QueuedFrame {
  std::uint8_t kind = 0;
  std::shared_ptr<const Bytes> payload;

  std::size_t wire_bytes() const;  // header and payload
};

class OutputQueue {
 public:
  OutputQueue(std::size_t urgent_bytes_max, std::size_t bulk_bytes_max);

  // False, and nothing queued, when the budget of this priority has no room for the frame.
  bool push(Priority priority, QueuedFrame frame);

  // The next frames in sending order, together at most `bytes_max` on the wire; one frame alone may be
  // larger.
  std::vector<QueuedFrame> take(std::size_t bytes_max);

  bool empty() const { return urgent_.frames.empty() && bulk_.frames.empty(); }
  std::size_t bytes() const { return urgent_.bytes + bulk_.bytes; }
  void clear();

 private:
  struct Lane {
    std::deque<QueuedFrame> frames;
    std::size_t bytes = 0;
    std::size_t bytes_max = 0;
  };
  Lane urgent_;
  Lane bulk_;
};

}  // namespace jingchu::network
