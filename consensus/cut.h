// Where a leader cuts the lanes: as far as a quorum stores them durably, within the limits of a block, every
// lane with its share (R12).
#pragma once

#include <vector>

#include "consensus/lanes.h"

namespace jingchu::consensus {

struct CutChoice {
  const Cut* parent = nullptr;       // the parent's cut, which is extended
  Height height;                     // of the new block: the lane that the rest goes to first
  std::vector<const Cut*> reported;  // the watermarks that each validator reported, one's own among them
  std::size_t quorum = 0;
  std::size_t one_honest = 0;
  std::uint64_t old_since_us = 0;  // batches taken in before this need only one_honest reports
};

// The highest cut of one lane that the reports allow: the q-th highest reported watermark, or for batches
// older than 4D the (f+1)-th, at most one's own, extending `from`. A report counts only if it is not known to
// be off one's own chain (R5).
Sequence supported(const Lanes& lanes, std::size_t lane, const CutEntry& from, const CutChoice& choice);

Cut choose_cut(const Lanes& lanes, const CutChoice& choice, const Parameters& parameters);

}  // namespace jingchu::consensus
