// Gives the segments of this node's archive to others (docs/formats.md, "Archive segments"): to none of them
// what is not, byte for byte, what was written. No segment is believed by whoever gets it; but one that is
// damaged is of use to nobody.
#pragma once

#include <atomic>
#include <map>
#include <vector>

#include "common/clock.h"
#include "common/log.h"
#include "ledger/archive.h"

namespace jingchu::node {

// What the API says of one.
struct SegmentView {
  Epoch epoch;
  Height first;
  Height last;
  std::uint64_t bytes = 0;
  std::vector<Hash> pieces;  // SHA-256 of each, of ledger::kSegmentPieceBytes
};

// One caller at a time; stop() from any thread.
class Archive {
 public:
  struct Parts {
    const ledger::Genesis* genesis = nullptr;  // these outlive it
    FileSystem* files = nullptr;
    std::string directory;  // empty: there is none
    Log log;
    const Clock* clock = &system_clock();
  };

  explicit Archive(Parts parts) : parts_(std::move(parts)) {}

  // Of the segments that are there by their names and not known to be damaged, ascending. Errors: the disk's.
  Result<std::vector<ledger::EpochRange>> epochs() const;
  // The first time a segment is read as a whole, which takes a while. Errors: kCaller "not-found", also for
  // one that is damaged, which is logged and looked at again after a minute; "not-serving" after stop().
  Result<SegmentView> segment(Epoch epoch);
  Result<Bytes> piece(Epoch epoch, std::uint64_t index);
  // Ends what is being read, and all that is asked for later.
  void stop() { stopping_ = true; }

 private:
  std::string path_of(Epoch epoch) const;
  bool is_damaged(Epoch epoch) const;
  Result<SegmentView> look_at(Epoch epoch) const;
  Result<Bytes> read_piece(const SegmentView& view, std::uint64_t index) const;

  const Parts parts_;
  std::map<Epoch, SegmentView> known_;            // whole when they were looked at
  std::map<Epoch, std::uint64_t> damaged_until_;  // monotonic microseconds; then they are looked at again
  std::atomic<bool> stopping_ = false;
};

}  // namespace jingchu::node
