// The epoch that a node works in, as its executed state has it: who validates, where it ends, and what its
// core begins with. Reads only; the node and the simulator host the same.
#pragma once

#include <optional>

#include "consensus/core.h"
#include "contracts/governance/governance.h"
#include "ledger/executor.h"

namespace jingchu::node {

using Members = contracts::governance::Members;

struct EpochPlan {
  Epoch epoch;
  Members members;                 // by NodeIndex
  Members next;                    // of the next epoch
  std::optional<Members> before;   // of the epoch before
  std::optional<Members> pending;  // accepted, and not yet the set of any epoch
  consensus::ValidatorSet validators;
  Hash next_validators_hash{};
  Height last_height;
  consensus::Header base;
  std::optional<Hash> base_hash;  // as in consensus::CoreConfig
};

consensus::ValidatorSet validator_set(const Members& members);

// The validators of an epoch that is decided, as the executed state has them.
Result<consensus::ValidatorSet> validators_of(const ledger::KeyValueStore& store, Epoch epoch);

// How the executor keeps the sets, by the governance module.
ledger::ValidatorSets governed_sets();

// Of the last executed block; where it is an epoch's last, of the epoch after it. `store` holds genesis at
// least.
Result<EpochPlan> plan_epoch(const ledger::Genesis& genesis, const ledger::KeyValueStore& store);

// The pending set and the next one as they are now: they change within an epoch.
Status refresh(EpochPlan& plan, const ledger::KeyValueStore& store);

// What the core of that epoch starts with; the records of the log are the caller's to add.
Result<consensus::Recovered> recovered(const EpochPlan& plan, const ledger::Genesis& genesis,
                                       const ledger::KeyValueStore& store);
consensus::CoreConfig core_config(const EpochPlan& plan, const ledger::Genesis& genesis,
                                  std::optional<NodeIndex> self);

}  // namespace jingchu::node
