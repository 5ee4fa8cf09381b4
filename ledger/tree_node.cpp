#include "ledger/tree_node.h"

#include <algorithm>
#include <bit>

#include "common/codec.h"

namespace jingchu::ledger {
namespace {

using Count = TreePart::Count;

TreePart part_of(const Subtree& child) {
  if (child.kind == SubtreeKind::kEmpty) return {};
  return {child.hash, child.is_single ? Count::kOne : Count::kMany};
}

// The part at this place of the heap out of the two below it; `bit` is the level at which it stands.
void join(TreeNode& node, std::size_t at, std::size_t bit, TreeHashes& hashes) {
  struct Child {
    Count count;
    const Hash* hash;
  };
  const auto child = [&](std::size_t place) -> Child {
    if (place < 16) return {node.parts[place].count, &node.parts[place].hash};
    const Subtree& subtree = node.children[place - 16];
    return {part_of(subtree).count, &subtree.hash};
  };
  TreePart& part = node.parts[at];
  const Child left = child(2 * at);
  const Child right = child(2 * at + 1);
  const bool has_right_only = left.count == Count::kNone && right.count != Count::kMany;
  const bool has_left_only = right.count == Count::kNone && left.count != Count::kMany;
  if (has_right_only || has_left_only) {
    const Child& only = has_right_only ? right : left;
    part.count = only.count;
    return hashes.copy(bit, only.count == Count::kNone ? &kZeroHash : only.hash, &part.hash);
  }
  part.count = Count::kMany;
  hashes.node(bit, left.hash, right.hash, &part.hash);
}

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

Error corrupted(std::string_view what) {
  return environment_error("storage-corrupted",
                           "a node of the state tree cannot be read: " + std::string(what), "check the disk");
}

struct StoredChild {
  SubtreeKind kind = SubtreeKind::kEmpty;
  bool is_single = false;
  std::uint64_t version = 0;
  Hash hash{};

  template <class Archive>
  void serialize(Archive& archive) {
    archive(kind, is_single, version, hash);
  }
};

// The lists that an encoded node has; what of a node stands where, encode_node and this say alike.
struct StoredNode {
  bool is_inner = false;
  std::vector<EntityLeaf> leaves;
  std::uint16_t present = 0;  // children that are not empty, the lowest bit for nibble 0
  std::vector<StoredChild> children;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(is_inner, leaves, present, children);
  }
};

bool begin_alike(const Hash& a, const Hash& b, std::size_t nibbles) {
  for (std::size_t i = 0; i < nibbles; ++i) {
    if (path_nibble(a, i) != path_nibble(b, i)) return false;
  }
  return true;
}

Result<TreeNode> decode_page(StoredNode stored, std::size_t depth) {
  if (stored.present != 0 || !stored.children.empty()) return corrupted("a page has children");
  if (stored.leaves.empty() || stored.leaves.size() > kPageLeavesMax)
    return corrupted("a page has no fitting number of leaves");
  const auto descends = [](const EntityLeaf& a, const EntityLeaf& b) { return a.path >= b.path; };
  if (std::adjacent_find(stored.leaves.begin(), stored.leaves.end(), descends) != stored.leaves.end()) {
    return corrupted("the leaves of a page do not ascend");
  }
  // They ascend: what the first and the last begin with, all do.
  if (!begin_alike(stored.leaves.front().path, stored.leaves.back().path, depth)) {
    return corrupted("the leaves of a page belong to different places");
  }
  return make_page(std::move(stored.leaves), depth);
}

Result<TreeNode> decode_inner(StoredNode stored, std::size_t depth) {
  if (depth >= kTreeDepthMax) return corrupted("an inner node is deeper than every path");
  if (!stored.leaves.empty()) return corrupted("an inner node has leaves");
  if (stored.children.size() != static_cast<std::size_t>(std::popcount(stored.present))) {
    return corrupted("an inner node has another number of children than it says");
  }
  std::vector<Subtree> children(16);
  std::size_t next = 0;
  for (std::size_t i = 0; i < children.size(); ++i) {
    if ((stored.present >> i & 1) == 0) continue;
    const auto& child = stored.children[next++];
    if (child.kind == SubtreeKind::kEmpty) return corrupted("a child is empty");
    children[i] = {child.kind, child.is_single, child.version, child.hash, nullptr};
  }
  return make_inner(std::move(children));
}

}  // namespace

std::size_t TreeNode::bytes() const {
  constexpr std::size_t kPlaceBytes = 128;  // of what leads to it
  return sizeof(TreeNode) + kPlaceBytes + leaves.capacity() * sizeof(EntityLeaf) +
         binary.capacity() * sizeof(BinaryNode) + children.capacity() * sizeof(Subtree) +
         parts.capacity() * sizeof(TreePart);
}

TreeNode make_page(std::vector<EntityLeaf> leaves, std::size_t depth, const TreeNode* old,
                   TreeHashes& hashes) {
  static const TreeNode kNone;
  TreeNode page;
  page.leaves = std::move(leaves);
  page.binary = PageHashes(page, old == nullptr ? kNone : *old, hashes).make(4 * depth);
  return page;
}

TreeNode make_inner(std::vector<Subtree> children, std::size_t depth, const TreeNode* old,
                    std::uint32_t changed, TreeHashes& hashes) {
  CHECK(children.size() == 16);
  TreeNode node;
  node.children = std::move(children);
  if (old != nullptr) {
    node.parts = old->parts;
  } else {
    node.parts.resize(16);
    changed = 0xffff;
  }
  // The bit i of `changed` stands for the leaf 16 + i of the heap.
  std::uint32_t dirty = changed;
  std::size_t bit = 4 * depth + 3;
  for (std::size_t width = 8; width >= 1; width /= 2, --bit) {
    std::uint32_t above = 0;
    for (std::size_t i = 0; i < width; ++i) {
      if ((dirty >> (2 * i) & 3) == 0) continue;
      above |= 1u << i;
      join(node, width + i, bit, hashes);
    }
    dirty = above;
  }
  return node;
}

void want_hash(TreeNode& node, std::size_t depth, TreeHashes& hashes) {
  if (node.is_inner()) return hashes.copy(4 * depth, &node.parts[1].hash, &node.hash);
  if (node.binary.empty()) return want_range(node, whole(node), 4 * depth, hashes, &node.hash);
  hashes.copy(4 * depth, &node.binary.front().hash, &node.hash);
}

TreeNode make_page(std::vector<EntityLeaf> leaves, std::size_t depth) {
  TreeHashes hashes;
  TreeNode page = make_page(std::move(leaves), depth, nullptr, hashes);
  want_hash(page, depth, hashes);
  hashes.run();
  return page;
}

TreeNode make_inner(std::vector<Subtree> children) {
  TreeHashes hashes;
  TreeNode node = make_inner(std::move(children), 0, nullptr, 0xffff, hashes);
  want_hash(node, 0, hashes);
  hashes.run();
  return node;
}

Subtree subtree_of(const TreeNode& node, std::uint64_t version) {
  if (node.is_inner()) return {SubtreeKind::kInner, false, version, node.hash, nullptr};
  return {SubtreeKind::kPage, node.leaves.size() == 1, version, node.hash, nullptr};
}

InnerStep prove_inner(const TreeNode& node, std::size_t depth, const Hash& path, PathProof& proof) {
  const auto part = [&](std::size_t at) {
    return at < 16 ? node.parts[at] : part_of(node.children[at - 16]);
  };
  std::size_t at = 1;
  for (std::size_t bit = 4 * depth; at < 16; ++bit) {
    const auto count = part(at).count;
    if (count == Count::kNone) return {};
    if (count == Count::kOne) {
      while (at < 16) at = 2 * at + (part(2 * at).count == Count::kNone ? 1 : 0);
      return {true, static_cast<std::uint8_t>(at - 16)};
    }
    const std::size_t right = path_bit(path, bit) ? 1 : 0;
    proof.siblings.push_back(part(2 * at + 1 - right).hash);
    at = 2 * at + right;
  }
  if (part(at).count == Count::kNone) return {};
  return {true, static_cast<std::uint8_t>(at - 16)};
}

void prove_page(const TreeNode& page, std::size_t depth, const Hash& path, PathProof& proof) {
  Range range = whole(page);
  for (std::size_t bit = 4 * depth; range.size() > 1; ++bit) {
    const auto [left, right] = halves(page, range, bit);
    proof.siblings.push_back(hash_of(page, path_bit(path, bit) ? left : right, bit + 1));
    range = path_bit(path, bit) ? right : left;
  }
  if (range.size() == 1) proof.leaf = page.leaves[range.first];
}

Bytes encode_node(const TreeNode& node) {
  std::uint16_t present = 0;
  std::vector<StoredChild> children;
  children.reserve(node.children.size());
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const auto& child = node.children[i];
    if (child.kind == SubtreeKind::kEmpty) continue;
    present = static_cast<std::uint16_t>(present | 1u << i);
    children.push_back({child.kind, child.is_single, child.version, child.hash});
  }
  constexpr std::size_t kCountsBytes = 16;  // and what else is neither a leaf nor a child
  Bytes bytes;
  bytes.reserve(kCountsBytes + node.leaves.size() * sizeof(EntityLeaf) +
                children.size() * sizeof(StoredChild));
  // As StoredNode, which would have to own the leaves.
  CanonicalOutput archive(bytes);
  archive(node.is_inner(), node.leaves, present, children);
  return bytes;
}

Result<TreeNode> decode_node(ByteView bytes, std::size_t depth) {
  auto stored = decode<StoredNode>(bytes);
  if (!stored.ok()) return corrupted(stored.error().what);
  return stored->is_inner ? decode_inner(std::move(*stored), depth) : decode_page(std::move(*stored), depth);
}

}  // namespace jingchu::ledger
