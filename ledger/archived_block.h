// A block with all that is needed to verify it without trusting whoever kept it (docs/formats.md, "Archive
// segments"): read from a store, or from a segment.
#pragma once

#include <optional>
#include <vector>

#include "ledger/block_store.h"

namespace jingchu::ledger {

struct ArchivedBlock {
  consensus::Header header;
  std::optional<consensus::Certificate> finalization;  // of this block or of the last of `path`
  std::vector<consensus::Header> path;
  Roots roots;                                 // after this block
  std::vector<consensus::Batch> batches;       // in the order of execution
  std::vector<std::vector<Receipt>> receipts;  // of each transaction, in the order of execution

  template <class Archive>
  void serialize(Archive& archive) {
    archive(header, finalization, path, roots, batches, receipts);
  }
};

// Errors: "storage-corrupted", naming the kind of value and the height, where something is missing or not
// what the store wrote.
Result<ArchivedBlock> read_archived(const KeyValueStore& store, Height height);

}  // namespace jingchu::ledger
