// Whether a change of the set of validators would lose the quorum, as far as can be seen from outside. Pure.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/governance_view.h"

namespace jingchu::cli {

// What was seen of a validator.
struct Sighting {
  bool connected = false;         // it answered, or a node that answered is connected to it
  std::optional<bool> caught_up;  // as it says itself; nothing if it was not asked
};

struct CheckInput {
  Members before;
  Members after;
  std::map<std::string, Sighting> seen;              // by the validator's name
  std::set<std::string> attested;                    // names of `after` that have attested readiness
  std::set<std::string> operators_without_an_admin;  // organizations that cannot vote
};

enum class MemberChange { kStays, kJoins, kLeaves, kNewKey };
std::string_view to_string(MemberChange change);

struct CheckedMember {
  std::string name;
  MemberChange change = MemberChange::kStays;
  bool counts = false;  // taken for reachable and caught up
  std::string seen;     // in words
};

struct SetNumbers {
  std::size_t validators = 0;
  std::size_t quorum = 0;
  std::size_t faults = 0;    // that it bears
  std::size_t counting = 0;  // members that are reachable and caught up
};

struct CheckReport {
  SetNumbers before;
  SetNumbers after;
  std::vector<CheckedMember> members;  // of the new set, then those that leave
  std::vector<std::string> refusals;   // what would lose a quorum; empty: nothing speaks against the change
  std::vector<std::string> warnings;
};

// A member that stays counts if it is connected and does not say that it is behind; one that joins or has new
// keys only if it says itself that it is caught up, or has attested that it is ready.
CheckReport check_change(const CheckInput& input);

}  // namespace jingchu::cli
