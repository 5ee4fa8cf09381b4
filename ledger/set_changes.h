// The changes of the set of validators from genesis on, each with its closing proof, as a store has them.
#pragma once

#include "consensus/epoch.h"
#include "ledger/database.h"
#include "ledger/proof.h"

namespace jingchu::ledger {

// Those that lead to the set of this epoch, which is decided. Errors: the store's.
Result<std::vector<SetChange>> set_changes(const KeyValueStore& store, const consensus::EpochSchedule& epochs,
                                           Epoch epoch);

// A block that is kept for ever because it closes an epoch; its finalization is the closing proof.
Result<FinalHeader> closing_proof(const KeyValueStore& store, Height last);

}  // namespace jingchu::ledger
