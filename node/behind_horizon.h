// Whether this node needs blocks that nobody gives any more: every peer has pruned them. The protocol's
// refusal does not say why, so it is what is left when all who are ahead were asked again and again. Not
// thread-safe.
#pragma once

#include "common/ids.h"

namespace jingchu::node {

class BehindHorizon {
 public:
  // Everybody was asked twice in each; fewer may have been a peer that was busy.
  static constexpr unsigned kRounds = 3;

  // In one more round nobody gave the blocks above this height, the last one that is final here.
  void unanswered(Height final_height) {
    rounds_ = final_height == above_ ? rounds_ + 1 : 1;
    above_ = final_height;
  }
  // False as soon as there is a block more.
  bool holds(Height final_height) const { return rounds_ >= kRounds && final_height == above_; }

 private:
  Height above_;
  unsigned rounds_ = 0;
};

}  // namespace jingchu::node
