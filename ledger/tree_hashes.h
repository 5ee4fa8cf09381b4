// The hashes of a tree that is being changed, put off until all of them are known: then those of one level of
// the binary tree are taken at once (common/hash_lanes.h), from the deepest level up. Pure.
//
// All places must stay where they are until run().
#pragma once

#include <deque>
#include <vector>

#include "ledger/path_proof.h"

namespace jingchu::ledger {

class TreeHashes {
 public:
  // *to = entity_leaf of it; before all levels. Without `to`, a place that lasts until run().
  void leaf(const EntityLeaf& leaf, Hash* to);
  const Hash* leaf(const EntityLeaf& leaf);
  // *to = entity_node(*left, *right), a node at this bit of the paths: its children are at the next one.
  void node(std::size_t bit, const Hash* left, const Hash* right, Hash* to);
  // *to = *from; after the nodes of this level and the copies that came before.
  void copy(std::size_t bit, const Hash* from, Hash* to);

  void run();

 private:
  struct Pair {
    const Hash* left;
    const Hash* right;
    Hash* to;
  };
  struct Copy {
    const Hash* from;
    Hash* to;
  };
  struct Level {
    std::vector<Pair> nodes;
    std::vector<Copy> copies;
  };
  static void hash(std::uint8_t prefix, std::span<const Pair> pairs);
  Level& level(std::size_t bit);

  std::vector<Pair> leaves_;
  std::deque<Hash> of_leaves_;
  std::vector<Level> levels_;  // by bit
};

}  // namespace jingchu::ledger
