#include "ledger/tree_hashes.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "common/hash_lanes.h"

namespace jingchu::ledger {
namespace {

// Of entity_leaf and entity_node (path_proof.h).
constexpr std::uint8_t kLeafPrefix = 0;
constexpr std::uint8_t kNodePrefix = 1;

constexpr std::size_t kAtOnce = 64;
constexpr std::size_t kFew = 4;  // not worth to be put together

}  // namespace

void TreeHashes::leaf(const EntityLeaf& leaf, Hash* to) {
  leaves_.push_back({&leaf.path, &leaf.value_hash, to});
}

const Hash* TreeHashes::leaf(const EntityLeaf& leaf) {
  Hash* const place = &of_leaves_.emplace_back();
  this->leaf(leaf, place);
  return place;
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

void TreeHashes::hash(std::uint8_t prefix, std::span<const Pair> pairs) {
  std::array<std::array<std::uint8_t, 1 + 2 * sizeof(Hash)>, kAtOnce> texts;
  std::array<ByteView, kAtOnce> inputs;
  std::array<Hash, kAtOnce> hashes;
  for (std::size_t first = 0; first < pairs.size(); first += kAtOnce) {
    const auto part = pairs.subspan(first, std::min(kAtOnce, pairs.size() - first));
    if (part.size() <= kFew) {
      for (const Pair& pair : part) *pair.to = sha256_pair(prefix, *pair.left, *pair.right);
      continue;
    }
    for (std::size_t i = 0; i < part.size(); ++i) {
      texts[i][0] = prefix;
      std::memcpy(texts[i].data() + 1, part[i].left->data(), sizeof(Hash));
      std::memcpy(texts[i].data() + 1 + sizeof(Hash), part[i].right->data(), sizeof(Hash));
      inputs[i] = texts[i];
    }
    sha256_each(std::span(inputs).first(part.size()), std::span(hashes).first(part.size()));
    for (std::size_t i = 0; i < part.size(); ++i) *part[i].to = hashes[i];
  }
}

void TreeHashes::run() {
  hash(kLeafPrefix, leaves_);
  for (auto level = levels_.rbegin(); level != levels_.rend(); ++level) {
    hash(kNodePrefix, level->nodes);
    for (const auto& [from, to] : level->copies) *to = *from;
    level->nodes.clear();
    level->copies.clear();
  }
  leaves_.clear();
  of_leaves_.clear();
}

}  // namespace jingchu::ledger
