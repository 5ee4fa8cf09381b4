// Leaf pages of the state tree.
#include <algorithm>

#include "ledger/tree_node.h"

namespace jingchu::ledger {
namespace {

// Leaves [first, last) of a page, whose paths share the bits above; `binary` is where their binary nodes
// begin.
struct Range {
  std::size_t first = 0;
  std::size_t last = 0;
  std::size_t binary = 0;

  std::size_t size() const { return last - first; }
  bool is_kept() const { return size() >= kKeptLeavesMin; }  // its hash is
};

Range whole(const TreeNode& page) {
  return {0, page.leaves.size(), 0};
}

std::size_t binary_size(const TreeNode& page, const Range& range) {
  return range.is_kept() ? page.binary[range.binary].size : 0;
}

std::size_t boundary(const TreeNode& page, const Range& range, std::size_t bit) {
  const auto begin = page.leaves.begin();
  const auto found = std::partition_point(begin + static_cast<std::ptrdiff_t>(range.first),
                                          begin + static_cast<std::ptrdiff_t>(range.last),
                                          [&](const EntityLeaf& leaf) { return !path_bit(leaf.path, bit); });
  return static_cast<std::size_t>(found - begin);
}

// The halves of a range by this bit, where its binary nodes are known.
std::pair<Range, Range> halves(const TreeNode& page, const Range& range, std::size_t bit) {
  const std::size_t middle = boundary(page, range, bit);
  const Range left{range.first, middle, range.binary + (range.is_kept() ? 1 : 0)};
  return {left, {middle, range.last, left.binary + binary_size(page, left)}};
}

// The hash of a range whose paths share all bits above this one.
Hash hash_of(const TreeNode& page, const Range& range, std::size_t bit) {
  if (range.is_kept()) return page.binary[range.binary].hash;
  if (range.size() == 0) return kZeroHash;
  const auto& leaf = page.leaves[range.first];
  if (range.size() == 1) return entity_leaf(leaf.path, leaf.value_hash);
  const auto [left, right] = halves(page, range, bit);
  return entity_node(hash_of(page, left, bit + 1), hash_of(page, right, bit + 1));
}

// What the hash of a range whose binary nodes are not kept is made of.
void want_range(const TreeNode& page, const Range& range, std::size_t bit, TreeHashes& hashes, Hash* to) {
  if (range.size() == 1) return hashes.leaf(page.leaves[range.first], to);
  const auto side = [&](const Range& half) -> const Hash* {
    if (half.size() == 0) return &kZeroHash;
    Hash* const place = hashes.place();
    want_range(page, half, bit + 1, hashes, place);
    return place;
  };
  const std::size_t middle = boundary(page, range, bit);
  const Hash* const left = side({range.first, middle, 0});
  hashes.node(bit, left, side({middle, range.last, 0}), to);
}

// Makes the binary nodes of a page, and says which hashes they want.
class PageHashes {
 public:
  PageHashes(const TreeNode& page, const TreeNode& old, TreeHashes& hashes)
      : page_(page), old_(old), hashes_(hashes) {
    made_.clear();
    wanted_.clear();
  }

  std::vector<TreeNode::BinaryNode> make(std::size_t bit) {
    find(whole(page_), whole(old_), bit);
    std::vector<TreeNode::BinaryNode> made(made_.begin(), made_.end());  // of just their size: there are many
    for (const auto& [at, left, right, made_at] : wanted_) {
      hashes_.node(at, place(made, left), place(made, right), &made[made_at].hash);
    }
    return made;
  }

 private:
  // Where a hash will be: in a place, or of one of the binary nodes.
  struct Side {
    const Hash* place = nullptr;
    std::size_t made = 0;
  };
  struct Wanted {
    std::size_t bit;
    Side left;
    Side right;
    std::size_t made;
  };

  // `then`: the leaves of the same place in the old page.
  Side find(const Range& now, const Range& then, std::size_t bit) {
    if (now.size() == 0) return {&kZeroHash, 0};
    if (!now.is_kept()) {
      Hash* const place = hashes_.place();
      want_range(page_, now, bit, hashes_, place);
      return {place, 0};
    }
    const std::size_t at = made_.size();
    if (is_unchanged(now, then)) {
      const auto begin = old_.binary.begin() + static_cast<std::ptrdiff_t>(then.binary);
      made_.insert(made_.end(), begin, begin + static_cast<std::ptrdiff_t>(binary_size(old_, then)));
      return {nullptr, at};
    }
    made_.emplace_back();
    const std::size_t middle = boundary(page_, now, bit);
    const auto [left, right] = halves(old_, then, bit);
    const Side left_side = find({now.first, middle, 0}, left, bit + 1);
    const Side right_side = find({middle, now.last, 0}, right, bit + 1);
    wanted_.push_back({bit, left_side, right_side, at});
    made_[at].size = static_cast<std::uint16_t>(made_.size() - at);
    return {nullptr, at};
  }
  bool is_unchanged(const Range& now, const Range& then) const {
    return now.size() == then.size() &&
           std::equal(page_.leaves.begin() + static_cast<std::ptrdiff_t>(now.first),
                      page_.leaves.begin() + static_cast<std::ptrdiff_t>(now.last),
                      old_.leaves.begin() + static_cast<std::ptrdiff_t>(then.first));
  }
  static const Hash* place(const std::vector<TreeNode::BinaryNode>& made, const Side& side) {
    return side.place != nullptr ? side.place : &made[side.made].hash;
  }

  // Of the thread, as there is one page after another.
  template <class T>
  static std::vector<T>& scratch() {
    thread_local std::vector<T> list;
    return list;
  }

  const TreeNode& page_;
  const TreeNode& old_;
  TreeHashes& hashes_;
  std::vector<TreeNode::BinaryNode>& made_ = scratch<TreeNode::BinaryNode>();
  std::vector<Wanted>& wanted_ = scratch<Wanted>();
};

}  // namespace

TreeNode make_page(std::vector<EntityLeaf> leaves, std::size_t bits, const TreeNode* old,
                   TreeHashes& hashes) {
  static const TreeNode kNone;
  TreeNode page;
  page.leaves = std::move(leaves);
  page.binary = PageHashes(page, old == nullptr ? kNone : *old, hashes).make(bits);
  return page;
}

void want_hash(TreeNode& node, std::size_t bits, TreeHashes& hashes) {
  if (node.is_inner()) return hashes.copy(bits, &node.parts.front().hash, &node.hash);
  if (node.binary.empty()) return want_range(node, whole(node), bits, hashes, &node.hash);
  hashes.copy(bits, &node.binary.front().hash, &node.hash);
}

TreeNode make_page(std::vector<EntityLeaf> leaves, std::size_t bits) {
  TreeHashes hashes;
  TreeNode page = make_page(std::move(leaves), bits, nullptr, hashes);
  want_hash(page, bits, hashes);
  hashes.run();
  return page;
}

void prove_page(const TreeNode& page, std::size_t bits, const Hash& path, PathProof& proof) {
  Range range = whole(page);
  for (std::size_t bit = bits; range.size() > 1; ++bit) {
    const auto [left, right] = halves(page, range, bit);
    proof.siblings.push_back(hash_of(page, path_bit(path, bit) ? left : right, bit + 1));
    range = path_bit(path, bit) ? right : left;
  }
  if (range.size() == 1) proof.leaf = page.leaves[range.first];
}

}  // namespace jingchu::ledger
