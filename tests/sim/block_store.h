// A node's store of executed blocks, as durable as the database of a real node, and the answers it can give
// to peers.
#pragma once

#include <map>
#include <vector>

#include "consensus/core.h"

namespace jingchu::sim {

// The execution stub: the root of a height depends on the root before it and on the batches, in their order.
Hash execute(const Hash& previous_root, Height height, const std::vector<consensus::BatchPointer>& batches);

class BlockStore {
 public:
  explicit BlockStore(consensus::Header genesis) : genesis_(std::move(genesis)) {}

  // The next height.
  void append(consensus::FinalizedBlock block, const Hash& root);

  Height height() const { return Height(blocks_.size()); }
  // Of a height that is stored; of 0, genesis.
  const Hash& root(Height height) const;
  void fill(consensus::Recovered& recovered) const;
  std::vector<consensus::Message> answer(const consensus::FetchBatches& fetch) const;
  std::vector<consensus::Message> answer(const consensus::FetchChain& fetch) const;

 private:
  struct Stored {
    consensus::FinalizedBlock block;
    Hash root{};
  };
  consensus::Header genesis_;
  std::vector<Stored> blocks_;  // of height 1 first
  std::map<Hash, consensus::BatchPointer> batches_;
};

}  // namespace jingchu::sim
