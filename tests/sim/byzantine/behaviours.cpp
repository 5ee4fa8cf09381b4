#include "sim/byzantine/behaviours.h"

namespace jingchu::sim {

std::unique_ptr<Behaviour> make_behaviour(Misbehaviour misbehaviour) {
  switch (misbehaviour) {
    case Misbehaviour::kSilent:
      return make_silent();
    case Misbehaviour::kTwins:
      return std::make_unique<Behaviour>();  // two correct nodes: World adds the second
    case Misbehaviour::kEquivocatingLeader:
      return make_equivocating_leader();
    case Misbehaviour::kDoubleVoter:
      return make_double_voter();
    case Misbehaviour::kEquivocatingLane:
      return make_equivocating_lane();
    case Misbehaviour::kFalseWatermarks:
      return make_false_watermarks();
    case Misbehaviour::kSelectiveDelivery:
      return make_selective_delivery();
    case Misbehaviour::kVoteMutator:
      return make_vote_mutator();
    case Misbehaviour::kHugeViews:
      return make_huge_views();
    case Misbehaviour::kHeaderFalsifier:
      return make_header_falsifier();
    case Misbehaviour::kGapLeader:
      return make_gap_leader();
    case Misbehaviour::kFlooder:
      return make_flooder();
    case Misbehaviour::kWithheldBatches:
      return make_withheld_batches();
    case Misbehaviour::kFalseAnswers:
      return make_false_answers();
    case Misbehaviour::kForger:
      return make_forger();
    case Misbehaviour::kInvalidBatches:
      return make_invalid_batches();
    case Misbehaviour::kReplayer:
      return make_replayer();
    case Misbehaviour::kSplitter:
      return make_splitter();
  }
  return nullptr;
}

}  // namespace jingchu::sim
