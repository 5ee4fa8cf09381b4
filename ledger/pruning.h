// Lets go of the history of whole epochs, in small atomic steps that a restart goes on with. What stays of
// them is each epoch's last block with its finalization, the closing proof, and the batches that kept blocks
// executed from.
#pragma once

#include <set>

#include "ledger/block_store.h"
#include "ledger/genesis.h"
#include "ledger/horizon.h"
#include "ledger/stop_request.h"

namespace jingchu::ledger {

// Blocks that a node needs to start, to serve who is slightly behind, and to tell a copy of a transaction;
// never fewer than two whole epochs.
// Beyond execution_lag_max: whose roots headers may still name (node/epoch.cpp), twice. Less only in tests,
// whose chains are short.
inline constexpr std::uint64_t kBlocksBeyondLag = 128;
std::uint64_t kept_blocks_min(const Genesis& genesis, std::uint64_t beyond_lag = kBlocksBeyondLag);

class Pruner {
 public:
  // The store outlives the pruner, whose begin() and step() are called by the thread that writes blocks.
  Pruner(KeyValueStore& store, const Genesis& genesis, std::uint64_t keep_blocks,
         std::uint64_t beyond_lag = kBlocksBeyondLag);

  // The epoch to prune next: the oldest one that is not, if all blocks to keep come after it.
  Result<std::optional<Epoch>> due() const;
  // From here on nothing of that epoch is answered.
  Status begin(Epoch epoch);
  // Up to so many blocks. True: nothing is left to do up to the horizon.
  Result<bool> step(std::uint64_t blocks);

 private:
  // `queued`: the batches from which transactions wait in the queue.
  Status prune_block(Height height, const std::set<Hash>& queued, Horizon& horizon);
  Status prune_batches(const StoredBlock& block, const std::set<Hash>& queued, Height target,
                       WriteBatch& writes) const;
  Result<bool> is_needed(const consensus::SealedBatch& batch, Height target) const;

  KeyValueStore& store_;
  const Genesis& genesis_;
  const std::uint64_t keep_blocks_;
};

// Gives the space of what was pruned back, piece by piece; it takes long, and disturbs nobody. Between two
// pieces `stop` may end it: the error "stopped".
Status compact_history(KeyValueStore& store, const StopRequest& stop = {});

}  // namespace jingchu::ledger
