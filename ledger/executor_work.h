// Inside the executor only: a block in execution, and the state keys of the window and the queue
// (docs/formats.md, "State").
#pragma once

#include "ledger/executor.h"

namespace jingchu::ledger {

struct Executor::Work {
  const consensus::FinalizedBlock& block;
  ExecutedBlock result;
  StoredBlock stored;
  WriteBatch writes;
  std::vector<Hash> ordered;  // ids that this block brought, for the window
  merkle::Accumulator receipts;
  std::uint32_t queued_here = 0;  // transactions that this block put into the queue

  Height height() const { return block.header.height; }
};

// Keys of the state, without its prefix in the store.
std::string window_key(Height height);
std::string queue_key(Height height, std::uint32_t index);

// What waits in the queue, as the state holds it.
struct QueuedValue {
  Hash batch{};
  std::uint32_t batch_position = 0;
  Bytes transaction;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(batch, batch_position, transaction);
  }
};

}  // namespace jingchu::ledger
