// What a proposal makes of a set of validators.
#pragma once

#include "contracts/governance/governance_state.h"
#include "contracts/json.h"

namespace jingchu::contracts::governance {

// Parses what `propose` takes and checks all that needs no state.
Result<JsonDocument> parse_proposal(std::string_view payload);

// The set that results or, where the changes do not fit the set, why not: an Error with the place in the
// proposal. The Error of the Result is of the state or the cost.
struct Applied {
  Members members;
  std::optional<Error> refusal;
};
// `proposal` is of parse_proposal() and has changes. Members that stay keep their order, new ones follow.
Result<Applied> apply_changes(const StateReader& state, const Members& members, const JsonValue& proposal);

}  // namespace jingchu::contracts::governance
