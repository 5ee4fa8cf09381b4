// The final blocks that are held in memory: those that wait for their data or their execution, and a window
// of executed ones for peers that are slightly behind. Heights are consecutive; the first block is executed.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "consensus/messages.h"

namespace jingchu::consensus {

struct FinalBlock {
  Header header;
  Hash hash{};
  std::optional<Proposal> proposal;         // as signed, without the justification
  std::optional<Certificate> finalization;  // its own; an ancestor of a finalized block may have none
  std::uint64_t bytes = 0;                  // of its batches, once delivered
  std::uint64_t received_us = 0;            // its proposal, monotonic; 0: there was none, or from the log
};

class FinalChain {
 public:
  explicit FinalChain(FinalBlock first) { blocks_.push_back(std::move(first)); }

  const FinalBlock& head() const { return blocks_.back(); }
  Height first_height() const { return blocks_.front().header.height; }
  Height height() const { return head().header.height; }
  bool holds(Height height) const { return height >= first_height() && height <= this->height(); }
  // `height` must be held.
  FinalBlock& at(Height height) {
    CHECK(holds(height));
    return blocks_[height - first_height()];
  }
  const FinalBlock& at(Height height) const {
    CHECK(holds(height));
    return blocks_[height - first_height()];
  }
  const FinalBlock* find(const Hash& hash) const {
    for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
      if (block->hash == hash) return &*block;
    }
    return nullptr;
  }

  // block follows head().
  void append(FinalBlock block) {
    CHECK(block.header.height == height().next() && block.header.parent_hash == head().hash);
    blocks_.push_back(std::move(block));
  }
  // There is more than one block.
  void drop_first() {
    CHECK(blocks_.size() > 1);
    blocks_.pop_front();
  }

  // The first block from `height` on that has a finalization of its own; null if none has.
  const FinalBlock* finalized_from(Height height) const {
    for (; holds(height); height = height.next()) {
      if (at(height).finalization) return &at(height);
    }
    return nullptr;
  }
  std::vector<Header> headers(Height first, Height last) const {
    std::vector<Header> headers;
    for (Height height = first; height <= last; height = height.next()) headers.push_back(at(height).header);
    return headers;
  }

 private:
  std::deque<FinalBlock> blocks_;
};

}  // namespace jingchu::consensus
