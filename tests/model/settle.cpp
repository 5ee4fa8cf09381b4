// A state without what can make no difference any more, so that more views can be explored. `settled` does
// not change which safety properties break later; tests/model/model_test.cpp compares with the full states.
#include <algorithm>

#include "model/model.h"

namespace jingchu::model {

// A validator that has voted in a later view casts nothing but Finalize in this one.
struct Model::Closing {
  std::size_t view = 1;
  Ballots certificates = 0;  // of the view
  Ballots own[kHonestMax]{};
  bool is_closed[kHonestMax]{};
  bool may_notarize[kHonestMax]{};
  bool may_nullify[kHonestMax]{};
};

State Model::settled(const State& state) const {
  State result = state;
  for (bool changed = true; changed;) {
    const State before = result;
    for (std::size_t view = 1; view <= setting_.views; ++view) settle_view(result, view);
    changed = result != before;
  }
  return result;
}

void Model::settle_view(State& state, std::size_t view) const {
  Closing closing;
  closing.view = view;
  closing.certificates = in_view(certificates(state), view);
  for (std::size_t i = 0; i < honest_; ++i) {
    closing.own[i] = in_view(state.votes[i], view);
    closing.is_closed[i] = resumed_view(state.votes[i] & ~at_view(0b11111, view)) > view;
    const bool is_in = resumed_view(state.votes[i]) <= view;
    closing.may_notarize[i] = is_in && rules_.notarize[closing.own[i]];
    closing.may_nullify[i] = is_in && rules_.nullify[closing.own[i]];
  }
  settle_notarizes(state, closing);
  settle_finalizes(state, closing);
}

// A notarization needs no further vote, and a header that cannot reach one needs none at all.
void Model::settle_notarizes(State& state, Closing& closing) const {
  for (std::size_t header = 0; header < kHeadersMax; ++header) {
    std::size_t possible = 0;
    for (std::size_t i = 0; i < honest_; ++i)
      possible += (closing.own[i] & notarize(header)) != 0 || closing.may_notarize[i];
    const bool is_notarized = (closing.certificates & notarize(header)) != 0;
    const bool is_dead = possible < quorum_ - setting_.byzantine;
    bool is_used = false;
    for (std::size_t i = 0; i < honest_; ++i) {
      if (is_notarized && !closing.may_notarize[i]) closing.own[i] |= notarize(header);
      if (is_dead && closing.is_closed[i]) closing.own[i] &= ~notarize(header);
      is_used = is_used || (closing.own[i] & notarize(header)) != 0;
      state.votes[i] =
          (state.votes[i] & ~at_view(0b11111, closing.view)) | at_view(closing.own[i], closing.view);
    }
    if (!is_used) state.parents[block(closing.view, header)] = kNoBlock;
  }
}

// Who has left the view and may finalize does so: nothing else that it may do depends on it. A finalization
// that cannot be reached needs no vote.
void Model::settle_finalizes(State& state, Closing& closing) const {
  const std::size_t needed = quorum_ - setting_.byzantine;
  std::size_t nullifies = 0;
  bool is_final = false;
  bool may_be_final = false;
  for (std::size_t header = 0; header < kHeadersMax; ++header) {
    std::size_t finalizes = 0;
    std::size_t possible = 0;
    for (std::size_t i = 0; i < honest_; ++i) {
      const bool may = rules_.finalize[closing.own[i]];
      if (may && closing.is_closed[i] && (closing.certificates & notarize(header)) != 0)
        closing.own[i] |= finalize(header);
      finalizes += (closing.own[i] & finalize(header)) != 0;
      possible += (closing.own[i] & finalize(header)) != 0 || may;
    }
    is_final = is_final || finalizes >= needed;
    may_be_final = may_be_final || possible >= needed;
  }
  for (std::size_t i = 0; i < honest_; ++i)
    nullifies += (closing.own[i] & kNullify) != 0 || closing.may_nullify[i];
  const bool is_nullified = (closing.certificates & kNullify) != 0;
  const bool may_be_nullified = nullifies >= needed;
  for (std::size_t i = 0; i < honest_; ++i) {
    if (closing.is_closed[i] && !may_be_final) {
      closing.own[i] &= ~kFinalize;
      if (is_nullified) closing.own[i] |= kNullify;
    }
    if (closing.is_closed[i] && is_final && !may_be_nullified) {
      closing.own[i] &= ~(kNullify | kFinalize);
      closing.own[i] |= (closing.certificates & kNotarize) << 3;
    }
    state.votes[i] =
        (state.votes[i] & ~at_view(0b11111, closing.view)) | at_view(closing.own[i], closing.view);
  }
}

}  // namespace jingchu::model
