// The hashes of a tree that is being changed, put off until all of them are known: then those of one level of
// the binary tree are taken at once (common/hash_lanes.h), from the deepest level up. Pure.
//
// All places must stay where they are until run().
#pragma once

#include <deque>
#include <vector>

#include "common/hash_lanes.h"
#include "ledger/path_proof.h"

namespace jingchu::ledger {

class TreeHashes {
 public:
  // *to = entity_leaf of it; before all levels.
  void leaf(const EntityLeaf& leaf, Hash* to);
  // *to = entity_node(*left, *right), a node at this bit of the paths: its children are at the next one.
  void node(std::size_t bit, const Hash* left, const Hash* right, Hash* to);
  // *to = *from; after the nodes of this level and the copies that came before.
  void copy(std::size_t bit, const Hash* from, Hash* to);
  // A place that lasts until run(), for what only other hashes need.
  Hash* place() { return &places_.emplace_back(); }

  void run();

 private:
  struct Copy {
    const Hash* from;
    Hash* to;
  };
  struct Level {
    std::vector<HashPair> nodes;
    std::vector<Copy> copies;
  };
  Level& level(std::size_t bit);

  std::vector<HashPair> leaves_;
  std::deque<Hash> places_;
  std::vector<Level> levels_;  // by bit
};

}  // namespace jingchu::ledger
