// What the module "governance" answers.
#pragma once

#include "contracts/governance/governance_state.h"

namespace jingchu::contracts::governance {

Result<std::string> query_validators(const StateReader& state);
Result<std::string> query_proposals(const StateReader& state, const QueryParameters& parameters);
Result<std::string> query_proposal(const StateReader& state, const QueryParameters& parameters);

}  // namespace jingchu::contracts::governance
