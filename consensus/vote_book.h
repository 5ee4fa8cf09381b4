// Votes and certificates by view. Every signer has one slot for each kind of vote in a view, so that nobody's
// junk can occupy the slot of a genuine vote and memory stays under validators * 3 * views; tallies go by the
// whole ballot.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "consensus/certificate.h"
#include "consensus/messages.h"

namespace jingchu::consensus {

class VoteBook {
 public:
  VoteBook(std::size_t validators, std::size_t quorum) : validators_(validators), quorum_(quorum) {}

  struct Outcome {
    bool counted = false;  // a first vote of this kind by this signer in this view
    std::optional<Vote>
        contradicts;  // an earlier vote of the same signer that no honest signer has beside it
    std::optional<Certificate> completed;  // the quorum that this vote completed; it is not stored yet
  };
  // A vote of a view above the pruned ones, by a signer of the set.
  Outcome add(const Vote& vote);

  enum class Stored { kNew, kKnown, kConflict };
  // kConflict: a certificate of the same kind and view for another block: more than f validators are
  // Byzantine.
  Stored add(const Certificate& certificate);

  // Null where none is held.
  const Certificate* certificate(VoteKind kind, View view) const;
  // A certificate that lets one leave `view`: notarization, else nullification, else finalization.
  const Certificate* closing(View view) const;
  // Whether (view, hash) is notarized or finalized by a certificate held here.
  bool certifies(View view, const Hash& hash) const;

  // Forgets everything up to `final_view` but its finalization.
  void prune(View final_view);

  std::size_t votes_held() const;
  std::vector<View> views() const;  // that hold anything, ascending
  std::vector<View> notarized_views() const;

 private:
  struct Slot {
    bool taken = false;
    Ballot ballot;
    Signature signature{};
  };
  struct Round {
    std::vector<Slot> slots[3];
    std::optional<Certificate> certificates[3];
  };
  std::optional<Certificate> complete(const Round& round, const Vote& vote) const;

  std::size_t validators_;
  std::size_t quorum_;
  std::map<View, Round> rounds_;
};

}  // namespace jingchu::consensus
