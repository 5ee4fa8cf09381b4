// What must hold in every state: safety, and that there is a way on.
#include <algorithm>

#include "model/model.h"

namespace jingchu::model {
namespace {

std::string name(Block of) {
  return std::to_string(view_of(of)) + (header_of(of) == 0 ? "a" : "b");
}

bool descends(const State& state, Block from, Block ancestor) {
  while (view_of(from) > view_of(ancestor) && from != kGenesis) from = state.parents[from];
  return from == ancestor;
}

// The supersets of `least` within `most` follow each other; after the last comes `least` again.
Ballots next_between(Ballots pool, Ballots least, Ballots most) {
  const Ballots free = most & ~least;
  return least | (((pool & free) - free) & free);
}

}  // namespace

std::string Model::broken(const State& state) const {
  const Ballots held = certificates(state);
  for (std::size_t view = 1; view <= setting_.views; ++view) {
    const Ballots here = in_view(held, view);
    if ((here & kFinalize) == kFinalize)
      return "disagreement: " + name(block(view, 0)) + " and " + name(block(view, 1)) + " are final";
    if ((here & kFinalize) != 0) {
      const std::string lost = lost_descendant(state, held, block(view, (here & finalize(0)) != 0 ? 0 : 1));
      if (!lost.empty()) return lost;
    }
    if (setting_.only_agreement) continue;
    if ((here & kNotarize) == kNotarize)
      return "two notarizations: of " + name(block(view, 0)) + " and of " + name(block(view, 1));
    if ((here & kFinalize) != 0 && (here & kNullify) != 0)
      return "a finalization beside a nullification of view " + std::to_string(view);
  }
  return {};
}

// A later block with a certificate that does not descend from one that is final.
std::string Model::lost_descendant(const State& state, Ballots held, Block final_block) const {
  for (Block later = block(view_of(final_block) + 1, 0); later < block(setting_.views + 1, 0); ++later) {
    const Ballots there = in_view(held, view_of(later));
    const bool is_final = (there & finalize(header_of(later))) != 0;
    const bool is_notarized = (there & notarize(header_of(later))) != 0;
    if (!is_final && (!is_notarized || setting_.only_agreement)) continue;
    if (descends(state, later, final_block)) continue;
    const std::string beside =
        name(later) + " does not descend from " + name(final_block) + ", which is final";
    return is_final ? "disagreement: " + beside + ", too" : "a lost finalization: " + beside;
  }
  return {};
}

// Whatever else somebody has learned and not lost, beside what is in the logs, must not stop the others.
std::string Model::stuck(const State& state) const {
  const Ballots least = state.durable;
  Ballots most = certificates(state);
  for (std::size_t view = 1; view <= setting_.views; ++view) most &= ~at_view(kFinalize, view);
  Ballots pool = least;
  do {
    std::string why = stuck_with(state, pool);
    if (!why.empty()) return why;
    pool = next_between(pool, least, most);
  } while (pool != least);
  return {};
}

// Everyone sends again what it has voted and every certificate of `pool`; timers run out; the leaders are
// silent. All must reach the view after the last one, and there an honest leader must find a parent.
std::string Model::stuck_with(const State& state, Ballots pool) const {
  State now = state;
  std::size_t lowest_view = 0;
  for (bool changed = true; changed;) {
    changed = false;
    const Ballots known = pool | agreed(now.votes.data(), honest_, quorum_);
    changed = known != pool;
    pool = known;
    std::size_t certified = 0;
    for (std::size_t view = 1; view <= setting_.views; ++view) {
      if (in_view(pool, view) != 0) certified = view;
    }
    lowest_view = setting_.views + 1;
    for (std::size_t i = 0; i < honest_; ++i) {
      Ballots& votes = now.votes[i];
      for (std::size_t view = 1; view <= setting_.views; ++view) {
        const Ballots notarized = in_view(pool, view) & kNotarize;
        if (notarized == 0 || !rules_.finalize[in_view(votes, view)]) continue;
        votes |= at_view(notarized << 3, view);
        changed = true;
      }
      const std::size_t view = std::max(resumed_view(votes), certified + 1);
      lowest_view = std::min(lowest_view, view);
      if (view > setting_.views || !rules_.nullify[in_view(votes, view)]) continue;
      votes |= at_view(kNullify, view);
      changed = true;
    }
  }
  if (lowest_view <= setting_.views) return "somebody never leaves view " + std::to_string(lowest_view);
  for (std::size_t view = setting_.views; view >= 1; --view) {
    if ((in_view(pool, view) & (kNotarize | kFinalize)) != 0) return {};
    if ((in_view(pool, view) & kNullify) == 0)
      return "no leader finds a parent: view " + std::to_string(view) + " has no certificate left";
  }
  return {};
}

}  // namespace jingchu::model
