// The real modules, as a node runs them, with changes of the validators that need no votes.
#pragma once

#include "tests/ledger/fixture.h"

namespace jingchu::ledger::test {

// small_genesis() for them: short epochs; the key of seed 1 may submit.
Genesis genesis_of_modules();

// The validators change from epoch 2 on (a fifth, of seed 104, joins) and from epoch 4 on (seed 105 for 100).
Modules governed_modules();
Result<consensus::ValidatorSet> governed_set(const KeyValueStore& store, Epoch epoch);

}  // namespace jingchu::ledger::test
