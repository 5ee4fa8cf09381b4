// How much of this machine one peer may take. What is done for a peer's messages is charged to it in
// processor time; one that is beyond its share is read later, never refused: what it sends waits in the
// network. An honest peer stays far below its share; f that flood cannot take what the others need.
// Thread-safe.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "common/token_bucket.h"

namespace jingchu::node {

class PeerBudget {
 public:
  // Each of `peers` may use a quarter of a processor, or an eighth of all `processors` if that is more, and
  // at once what half a second of that is.
  PeerBudget(std::size_t peers, unsigned processors);

  void charge(std::size_t peer, std::uint64_t work_us, std::uint64_t now_us);
  // Work that was charged beforehand.
  void give_back(std::size_t peer, std::uint64_t work_us);
  // How long until more may be read from this peer; 0: now.
  std::uint64_t pause_us(std::size_t peer, std::uint64_t now_us);

 private:
  std::mutex mutex_;
  std::vector<TokenBucket> work_us_;
};

}  // namespace jingchu::node
