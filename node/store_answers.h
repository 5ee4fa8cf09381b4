// What the block store answers to a peer's fetch that the core's memory no longer can. Reads only.
#pragma once

#include <vector>

#include "consensus/step.h"
#include "ledger/block_store.h"

namespace jingchu::node {

consensus::Unavailable refusal_of(const consensus::ServeFromStore& request);

// At least one message: what was asked for, or the refusal.
std::vector<consensus::Message> answers_from_store(const ledger::BlockStore& blocks,
                                                   const consensus::ServeFromStore& request);

}  // namespace jingchu::node
