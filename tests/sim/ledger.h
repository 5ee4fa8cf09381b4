// The seam between a simulated node and what executes and keeps its blocks: a stub for searches of the core,
// the real executor and block store for whole nodes.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "consensus/core.h"
#include "consensus/epoch.h"
#include "ledger/executor.h"
#include "sim/epochs.h"
#include "sim/random.h"

namespace jingchu::sim {

// Of what a store holds; each part is independent of order.
struct StoreDigest {
  std::uint64_t state = 0;    // its entries, and the head: equal on every node at one height
  std::uint64_t built = 0;    // the tree and the history over it: of stores that began with genesis
  std::uint64_t records = 0;  // lists of blocks, receipts, places: of stores that let nothing go
  Height began;               // of the snapshot that the store began with
  Height horizon;             // up to here it let go
};

class Ledger {
 public:
  virtual ~Ledger() = default;

  // At a start of the node, with what is durable.
  virtual Status open() = 0;
  // What follows the last executed block: its epoch, or the next where it is an epoch's last.
  virtual Result<node::EpochPlan> epoch() const = 0;
  // For a core of that epoch; `records` is left empty.
  virtual Result<consensus::Recovered> recovered() const = 0;
  // What was not synced is lost, but for what had reached the disk by chance.
  virtual void crash(Random& random) = 0;
  // The next write or sync fails, once; the node has to end.
  virtual void fail_next_write() = 0;

  // The next block; not durable before sync().
  virtual Result<ledger::ExecutedBlock> execute(const consensus::FinalizedBlock& block) = 0;
  virtual Status sync() = 0;

  // What is durable.
  virtual Height height() const = 0;
  virtual Hash genesis_root() const = 0;
  virtual StoreDigest digest() const = 0;
  virtual std::vector<consensus::Message> answer(const consensus::ServeFromStore& request) const = 0;
};

// The execution stub: the root of a height depends on the root before it and on the batches, in their order.
// `first` is the epoch that genesis begins; its validators never change.
std::unique_ptr<Ledger> make_stub_ledger(const Hash& chain_id, node::EpochPlan first,
                                         consensus::EpochSchedule epochs);

}  // namespace jingchu::sim
