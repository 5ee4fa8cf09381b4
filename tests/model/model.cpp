#include "model/model.h"

#include "common/check.h"
#include "consensus/safety.h"
#include "consensus/validator_set.h"

namespace jingchu::model {
namespace {

using consensus::VoteKind;

// The code under a mutant of its own, and never for longer than a rule is read.
class WithMutant {
 public:
  explicit WithMutant(consensus::Mutant mutant) { consensus::set_active_mutant(mutant); }
  ~WithMutant() { consensus::set_active_mutant(consensus::Mutant::kNone); }
};

consensus::OwnSignatures signed_in_view(Ballots votes) {
  const auto ballot = [](VoteKind kind) { return consensus::Ballot{kind, View(1), Height(), {}}; };
  consensus::OwnSignatures own;
  if ((votes & kNotarize) != 0) own.notarize = ballot(VoteKind::kNotarize);
  if ((votes & kNullify) != 0) own.nullify = ballot(VoteKind::kNullify);
  if ((votes & kFinalize) != 0) own.finalize = ballot(VoteKind::kFinalize);
  return own;
}

consensus::VoteBook book_with(Ballots nullified_views) {
  consensus::VoteBook book(1, 1);
  for (std::size_t view = 1; view <= kViewsMax; ++view) {
    if ((nullified_views >> (view - 1) & 1) == 0) continue;
    book.add(consensus::Certificate{Epoch(), {VoteKind::kNullify, View(view), Height(), {}}, {}});
  }
  return book;
}

Ballots bit_of(const Action& action) {
  if (action.kind == VoteKind::kNullify) return kNullify;
  return action.kind == VoteKind::kNotarize ? notarize(action.header) : finalize(action.header);
}

}  // namespace

std::string to_string(const Action& action) {
  const std::string view = std::to_string(action.view);
  if (action.kind == VoteKind::kNullify) return "Nullify(" + view + ")";
  const std::string name = view + (action.header == 0 ? "a" : "b");
  if (action.kind == VoteKind::kFinalize) return "Finalize(" + name + ")";
  std::string parent = "genesis";
  if (action.parent != kGenesis)
    parent = std::to_string(view_of(action.parent)) + (header_of(action.parent) == 0 ? "a" : "b");
  return "Notarize(" + name + ", whose parent is " + parent + ")";
}

Ballots agreed(const Ballots* words, std::size_t size, std::size_t count) {
  Ballots at_least[kHonestMax + 1] = {~Ballots{0}};
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t level = count; level >= 1; --level) at_least[level] |= at_least[level - 1] & words[i];
  }
  return at_least[count];
}

Model::Model(const Setting& setting)
    : setting_(setting), honest_(setting.validators - setting.byzantine), quorum_(0) {
  read_rules();
  CHECK(honest_ <= kHonestMax && setting_.views <= kViewsMax && setting_.shape().bits() <= 128);
  CHECK(quorum_ > setting_.byzantine);
}

void Model::read_rules() {
  const WithMutant with_mutant(setting_.mutant);
  quorum_ = consensus::ValidatorSet(std::vector<consensus::Validator>(setting_.validators)).quorum();
  if (setting_.deviation == Deviation::kQuorumOfTwo) quorum_ = 2;
  for (Ballots votes = 0; votes < 32; ++votes) {
    const consensus::OwnSignatures own = signed_in_view(votes);
    rules_.notarize[votes] = consensus::may_notarize(own) || setting_.deviation == Deviation::kTwoNotarizes;
    rules_.nullify[votes] = consensus::may_nullify(own);
    rules_.finalize[votes] = consensus::may_finalize(own);
    if (setting_.deviation == Deviation::kNoNullifyAfterNotarize && own.notarize)
      rules_.nullify[votes] = false;
  }
  for (Ballots nullified = 0; nullified < 1 << kViewsMax; ++nullified) {
    const consensus::VoteBook book = book_with(nullified);
    for (std::size_t view = 1; view <= kViewsMax; ++view) {
      for (std::size_t parent = 0; parent < view; ++parent)
        rules_.no_gap[nullified][parent][view] = !consensus::first_gap(book, View(parent), View(view));
    }
  }
}

Ballots Model::certificates(const State& state) const {
  return agreed(state.votes.data(), honest_, quorum_ - setting_.byzantine);
}

// Finalize(v) has the notarization of v beside it in the log (R1), which opens v + 1.
std::size_t Model::resumed_view(Ballots memory) const {
  for (std::size_t view = setting_.views; view >= 1; --view) {
    const Ballots votes = in_view(memory, view);
    if (votes == 0) continue;
    const bool opens_next = (votes & kFinalize) != 0 && logs_certificates();
    return opens_next ? view + 1 : view;
  }
  return 1;
}

bool Model::is_in(Ballots memory, Ballots certificates, std::size_t view) const {
  if (view < resumed_view(memory)) return false;
  return view == 1 || (in_view(certificates, view - 1) & (kNotarize | kNullify)) != 0;
}

// R2, of the parent: its certificate, and no gap.
bool Model::may_extend(Block parent, std::size_t view, Ballots certificates) const {
  const std::size_t parent_view = parent == kGenesis ? 0 : view_of(parent);
  if (parent == kNoBlock || parent_view >= view) return false;
  const bool certified =
      parent == kGenesis || (in_view(certificates, parent_view) & notarize(header_of(parent))) != 0;
  if (!certified && setting_.deviation != Deviation::kUncertifiedParent) return false;
  Ballots nullified = 0;
  for (std::size_t between = 1; between < view; ++between) {
    if ((in_view(certificates, between) & kNullify) != 0) nullified |= Ballots{1} << (between - 1);
  }
  return rules_.no_gap[nullified][parent_view][view];
}

bool Model::may(const State& state, Ballots certificates, std::size_t validator, const Action& action) const {
  const Ballots memory = setting_.deviation == Deviation::kVotesForgotten ? 0 : state.votes[validator];
  const Ballots own = in_view(memory, action.view);
  if ((in_view(state.votes[validator], action.view) & bit_of(action)) != 0) return false;
  switch (action.kind) {
    case VoteKind::kNotarize:
      return action.header < setting_.headers(action.view) && rules_.notarize[own] &&
             is_in(memory, certificates, action.view) && may_extend(action.parent, action.view, certificates);
    case VoteKind::kFinalize:
      return rules_.finalize[own] && (in_view(certificates, action.view) & notarize(action.header)) != 0;
    case VoteKind::kNullify:
      // The code's mutant nullifies the view before as well.
      return rules_.nullify[own] && (is_in(memory, certificates, action.view) ||
                                     (setting_.mutant == consensus::Mutant::kNullifyAfterFinalize &&
                                      is_in(memory, certificates, action.view + 1)));
  }
  return false;
}

State Model::after(const State& state, std::size_t validator, const Action& action) const {
  State next = state;
  next.votes[validator] |= at_view(bit_of(action), action.view);
  if (action.kind == VoteKind::kNotarize) next.parents[block(action.view, action.header)] = action.parent;
  if (!setting_.progress || !logs_certificates()) return next;
  if (action.kind == VoteKind::kFinalize) next.durable |= at_view(notarize(action.header), action.view);
  if (action.opening != 0) next.durable |= at_view(action.opening, action.view - 1);
  return next;
}

void Model::add_notarizes(const State& state, Ballots certificates, std::size_t validator, std::size_t view,
                          std::vector<Action>& actions) const {
  for (std::size_t header = 0; header < setting_.headers(view); ++header) {
    Action action{VoteKind::kNotarize, view, header, state.parents[block(view, header)], 0};
    if (action.parent != kNoBlock) {
      if (may(state, certificates, validator, action)) actions.push_back(action);
      continue;
    }
    // The leader has not shown this header to anyone yet: it may be anything.
    for (Block parent = kGenesis; parent < block(view, 0); ++parent) {
      if (parent != kGenesis && state.parents[parent] == kNoBlock) continue;
      action.parent = parent;
      if (may(state, certificates, validator, action)) actions.push_back(action);
    }
    return;
  }
}

std::vector<Action> Model::actions(const State& state, Ballots certificates, std::size_t validator) const {
  std::vector<Action> actions;
  for (std::size_t view = 1; view <= setting_.views; ++view) {
    const std::size_t first = actions.size();
    add_notarizes(state, certificates, validator, view, actions);
    const Action nullifies{VoteKind::kNullify, view, 0, kNoBlock, 0};
    if (may(state, certificates, validator, nullifies)) actions.push_back(nullifies);
    const bool opens = setting_.progress && view > 1 && in_view(state.votes[validator], view) == 0;
    if (opens) {
      // One action for each certificate that the validator may have entered the view by.
      const std::size_t last = actions.size();
      for (std::size_t i = first; i < last; ++i) {
        for (const Ballots opening : {notarize(0), notarize(1), kNullify}) {
          if ((in_view(certificates, view - 1) & opening) == 0) continue;
          actions.push_back(actions[i]);
          actions.back().opening = opening;
        }
      }
      actions.erase(actions.begin() + static_cast<std::ptrdiff_t>(first),
                    actions.begin() + static_cast<std::ptrdiff_t>(last));
    }
    for (std::size_t header = 0; header < kHeadersMax; ++header) {
      const Action finalizes{VoteKind::kFinalize, view, header, kNoBlock, 0};
      if (may(state, certificates, validator, finalizes)) actions.push_back(finalizes);
    }
  }
  return actions;
}

}  // namespace jingchu::model
