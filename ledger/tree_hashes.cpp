#include "ledger/tree_hashes.h"

namespace jingchu::ledger {
void TreeHashes::leaf(const EntityLeaf& leaf, Hash* to) {
  leaves_.push_back({&leaf.path, &leaf.value_hash, to});
}

TreeHashes::Level& TreeHashes::level(std::size_t bit) {
  if (levels_.size() <= bit) levels_.resize(bit + 1);
  return levels_[bit];
}

void TreeHashes::node(std::size_t bit, const Hash* left, const Hash* right, Hash* to) {
  level(bit).nodes.push_back({left, right, to});
}

void TreeHashes::copy(std::size_t bit, const Hash* from, Hash* to) {
  level(bit).copies.push_back({from, to});
}

void TreeHashes::run() {
  sha256_pairs(kEntityLeafPrefix, leaves_);
  for (auto level = levels_.rbegin(); level != levels_.rend(); ++level) {
    sha256_pairs(kEntityNodePrefix, level->nodes);
    for (const auto& [from, to] : level->copies) *to = *from;
    level->nodes.clear();
    level->copies.clear();
  }
  leaves_.clear();
  places_.clear();
}

}  // namespace jingchu::ledger
