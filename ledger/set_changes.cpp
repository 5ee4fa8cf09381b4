#include "ledger/set_changes.h"

#include <algorithm>

#include "contracts/governance/governance.h"
#include "ledger/block_store.h"
#include "ledger/state.h"

namespace jingchu::ledger {
namespace {

Error lacks(const KeyValueStore& store, const std::string& what) {
  return store.report(environment_error("storage-corrupted", what + " is missing", "check the disk"));
}

}  // namespace

// From the set that counts in this epoch back to that of genesis.
Result<std::vector<SetChange>> set_changes(const KeyValueStore& store, const consensus::EpochSchedule& epochs,
                                           Epoch epoch) {
  const CommittedState state(store, "governance");
  std::vector<SetChange> changes;
  for (;;) {
    ASSIGN_OR_RETURN(const auto since, contracts::governance::find_since(state, epoch));
    if (!since) return lacks(store, "the validators of epoch " + to_string(epoch));
    if (since->value() == 0) break;
    ASSIGN_OR_RETURN(const auto members, contracts::governance::find_set(state, *since));
    if (!members) return lacks(store, "the validators of epoch " + to_string(*since));
    SetChange change;
    for (const auto& member : *members) {
      change.validators.push_back({member.name, member.consensus_key, member.transport_key});
    }
    epoch = since->previous();
    ASSIGN_OR_RETURN(change.proof, closing_proof(store, epochs.last(epoch)));
    changes.push_back(std::move(change));
  }
  std::reverse(changes.begin(), changes.end());
  return changes;
}

Result<FinalHeader> closing_proof(const KeyValueStore& store, Height last) {
  ASSIGN_OR_RETURN(auto block, BlockStore(store).closing(last));
  if (!block || !block->finalization) return lacks(store, "the closing proof at height " + to_string(last));
  return FinalHeader{std::move(block->header), std::move(block->path), std::move(*block->finalization)};
}

}  // namespace jingchu::ledger
