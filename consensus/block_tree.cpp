#include "consensus/block_tree.h"

namespace jingchu::consensus {

Block& BlockTree::add(Block block, bool first) {
  const Hash hash = block.hash;
  const View view = block.header().view;
  if (first) firsts_.emplace(view, hash);
  const auto [at, is_new] = blocks_.emplace(hash, std::move(block));
  if (is_new) by_view_.emplace(view, hash);
  return at->second;
}

Block* BlockTree::find(const Hash& hash) {
  const auto at = blocks_.find(hash);
  return at == blocks_.end() ? nullptr : &at->second;
}

const Block* BlockTree::find(const Hash& hash) const {
  const auto at = blocks_.find(hash);
  return at == blocks_.end() ? nullptr : &at->second;
}

Block* BlockTree::first_of(View view) {
  const auto at = firsts_.find(view);
  return at == firsts_.end() ? nullptr : find(at->second);
}

std::vector<Hash> BlockTree::tips_of(std::size_t lane) const {
  std::vector<Hash> tips;
  for (const auto& [hash, block] : blocks_) tips.push_back(block.header().cut[lane].tip);
  return tips;
}

void BlockTree::prune(View view) {
  const auto last = by_view_.upper_bound(view);
  for (auto at = by_view_.begin(); at != last; ++at) blocks_.erase(at->second);
  by_view_.erase(by_view_.begin(), last);
  firsts_.erase(firsts_.begin(), firsts_.upper_bound(view));
}

}  // namespace jingchu::consensus
