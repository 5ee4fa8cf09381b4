#include "network/output_queue.h"

#include <utility>

#include "network/frame.h"

namespace jingchu::network {

std::size_t QueuedFrame::wire_bytes() const {
  return kFrameHeaderBytes + (payload ? payload->size() : 0);
}

OutputQueue::OutputQueue(std::size_t urgent_bytes_max, std::size_t bulk_bytes_max) {
  urgent_.bytes_max = urgent_bytes_max;
  bulk_.bytes_max = bulk_bytes_max;
}

bool OutputQueue::push(Priority priority, QueuedFrame frame) {
  Lane& lane = priority == Priority::kUrgent ? urgent_ : bulk_;
  const std::size_t bytes = frame.wire_bytes();
  if (bytes > lane.bytes_max || lane.bytes > lane.bytes_max - bytes) return false;
  lane.bytes += bytes;
  lane.frames.push_back(std::move(frame));
  return true;
}

std::vector<QueuedFrame> OutputQueue::take(std::size_t bytes_max) {
  std::vector<QueuedFrame> taken;
  std::size_t bytes = 0;
  while (!empty()) {
    Lane& lane = urgent_.frames.empty() ? bulk_ : urgent_;
    const std::size_t next = lane.frames.front().wire_bytes();
    if (!taken.empty() && bytes + next > bytes_max) break;
    bytes += next;
    lane.bytes -= next;
    taken.push_back(std::move(lane.frames.front()));
    lane.frames.pop_front();
  }
  return taken;
}

void OutputQueue::clear() {
  for (Lane* lane : {&urgent_, &bulk_}) {
    lane->frames.clear();
    lane->bytes = 0;
  }
}

}  // namespace jingchu::network
