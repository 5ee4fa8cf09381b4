// The state tree straight from its definition in docs/formats.md: for tests.
#pragma once

#include <map>

#include "ledger/path_proof.h"

namespace jingchu::ledger::test {

using NaiveTree = std::map<Hash, Hash>;  // path -> value hash
using NaivePart = std::pair<NaiveTree::const_iterator, NaiveTree::const_iterator>;

inline NaiveTree::const_iterator boundary(const NaivePart& part, std::size_t depth) {
  return std::find_if(part.first, part.second,
                      [&](const auto& entry) { return path_bit(entry.first, depth); });
}

inline Hash naive_root(const NaivePart& part, std::size_t depth) {
  if (part.first == part.second) return kZeroHash;
  if (std::next(part.first) == part.second) return entity_leaf(part.first->first, part.first->second);
  const auto middle = boundary(part, depth);
  return entity_node(naive_root({part.first, middle}, depth + 1),
                     naive_root({middle, part.second}, depth + 1));
}

inline PathProof naive_proof(const NaiveTree& tree, const Hash& path) {
  PathProof proof;
  NaivePart part{tree.begin(), tree.end()};
  for (std::size_t depth = 0; part.first != part.second; ++depth) {
    if (std::next(part.first) == part.second) {
      proof.leaf = EntityLeaf{part.first->first, part.first->second};
      break;
    }
    const auto middle = boundary(part, depth);
    const NaivePart left{part.first, middle};
    const NaivePart right{middle, part.second};
    proof.siblings.push_back(naive_root(path_bit(path, depth) ? left : right, depth + 1));
    part = path_bit(path, depth) ? right : left;
  }
  return proof;
}

}  // namespace jingchu::ledger::test
