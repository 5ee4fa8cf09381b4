// All of a store against itself and against what its chain commits to, of a node that does not run.
#pragma once

#include "ledger/archive.h"

namespace jingchu::ledger {

struct StoreFacts {
  std::uint64_t values = 0;
  std::uint64_t bytes = 0;  // of keys and values
};

// Reads every value, whose checksums LevelDB verifies. Errors: the store's.
Result<StoreFacts> scan_store(const KeyValueStore& store);

// Where the chain of a store begins: genesis, or the horizon below which it is pruned.
Result<ChainPosition> first_position(const SegmentSource& source, ChainPosition genesis);

// What is kept of pruned epochs: the last block of each is final by the validators of its epoch, and commits
// to those of the next, from genesis to the horizon. Answers how many there are. Errors as below.
Result<std::uint64_t> check_closings(const SegmentSource& source);

// The chain from `verifier` to the head: every block as in ChainVerifier, its hash, the place of every
// transaction, and the head itself. Errors: "chain-differs" and "storage-corrupted", which name the height
// and the kind of key.
Status check_chain(const SegmentSource& source, ChainVerifier& verifier,
                   const ArchiveProgress& progress = {});

// The state against the roots of the head.
Status check_state(const KeyValueStore& store, const ExecutionHead& head);

}  // namespace jingchu::ledger
