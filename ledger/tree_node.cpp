#include "ledger/tree_node.h"

#include <algorithm>

#include "common/codec.h"

namespace jingchu::ledger {
namespace {

// A part of the binary tree: what it hashes to, and how many entities it has as far as that matters.
struct Part {
  Hash hash = kZeroHash;
  enum class Count { kNone, kOne, kMany } count = Count::kNone;
};

Part join(const Part& left, const Part& right) {
  using Count = Part::Count;
  if (left.count == Count::kNone && right.count != Count::kMany) return right;
  if (right.count == Count::kNone && left.count != Count::kMany) return left;
  return {entity_node(left.hash, right.hash), Count::kMany};
}

Part part_of(const Subtree& child) {
  if (child.kind == SubtreeKind::kEmpty) return {};
  return {child.hash, child.is_single ? Part::Count::kOne : Part::Count::kMany};
}

Part part_of(std::span<const Subtree> children) {
  if (children.size() == 1) return part_of(children[0]);
  const std::size_t half = children.size() / 2;
  return join(part_of(children.first(half)), part_of(children.subspan(half)));
}

// Leaves [first, last) of a page, whose paths share `bits` bits.
struct Range {
  std::size_t first;
  std::size_t last;
};

// Where the leaves with bit `depth` set begin.
std::size_t boundary(const TreeNode& page, Range range, std::size_t depth) {
  const auto begin = page.leaves.begin();
  const auto found = std::partition_point(
      begin + static_cast<std::ptrdiff_t>(range.first), begin + static_cast<std::ptrdiff_t>(range.last),
      [&](const EntityLeaf& leaf) { return !path_bit(leaf.path, depth); });
  return static_cast<std::size_t>(found - begin);
}

Hash hash_of_leaves(const TreeNode& page, Range range, std::size_t depth) {
  if (range.first == range.last) return kZeroHash;
  if (range.last - range.first == 1) return page.leaf_hashes[range.first];
  const std::size_t middle = boundary(page, range, depth);
  return entity_node(hash_of_leaves(page, {range.first, middle}, depth + 1),
                     hash_of_leaves(page, {middle, range.last}, depth + 1));
}

Error corrupted(std::string_view what) {
  return environment_error("storage-corrupted", "a node of the state tree cannot be read: " + std::string(what),
                           "check the disk");
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

}  // namespace

std::size_t TreeNode::bytes() const {
  return sizeof(TreeNode) + leaves.size() * (sizeof(EntityLeaf) + sizeof(Hash)) + 64;
}

Subtree summary_of(TreeNode& node, std::uint64_t version, std::size_t depth) {
  if (node.is_inner) {
    const Part part = part_of(std::span<const Subtree>(node.children));
    return {SubtreeKind::kInner, false, version, part.hash};
  }
  for (std::size_t i = node.leaf_hashes.size(); i < node.leaves.size(); ++i) {
    node.leaf_hashes.push_back(entity_leaf(node.leaves[i].path, node.leaves[i].value_hash));
  }
  return {SubtreeKind::kPage, node.leaves.size() == 1, version,
          hash_of_leaves(node, {0, node.leaves.size()}, 4 * depth)};
}

InnerStep prove_inner(const TreeNode& node, std::size_t depth, const Hash& path, PathProof& proof) {
  std::size_t first = 0;
  std::size_t width = node.children.size();
  const auto part = [&](std::size_t from, std::size_t size) {
    return part_of(std::span<const Subtree>(node.children).subspan(from, size));
  };
  for (std::size_t bit = 4 * depth; width > 1; ++bit) {
    const auto here = part(first, width);
    if (here.count == Part::Count::kNone) return {};
    if (here.count == Part::Count::kOne) {
      const auto only = std::find_if(node.children.begin() + static_cast<std::ptrdiff_t>(first), node.children.end(),
                                     [](const Subtree& child) { return child.kind != SubtreeKind::kEmpty; });
      return {true, static_cast<std::uint8_t>(only - node.children.begin())};
    }
    width /= 2;
    const bool right = path_bit(path, bit);
    proof.siblings.push_back(part(right ? first : first + width, width).hash);
    if (right) first += width;
  }
  if (node.children[first].kind == SubtreeKind::kEmpty) return {};
  return {true, static_cast<std::uint8_t>(first)};
}

void prove_page(const TreeNode& page, std::size_t depth, const Hash& path, PathProof& proof) {
  Range range{0, page.leaves.size()};
  for (std::size_t bit = 4 * depth; range.last - range.first > 1; ++bit) {
    const std::size_t middle = boundary(page, range, bit);
    const bool right = path_bit(path, bit);
    proof.siblings.push_back(
        hash_of_leaves(page, right ? Range{range.first, middle} : Range{middle, range.last}, bit + 1));
    range = right ? Range{middle, range.last} : Range{range.first, middle};
  }
  if (range.first != range.last) proof.leaf = page.leaves[range.first];
}

Bytes encode_node(const TreeNode& node) {
  StoredNode stored{node.is_inner, node.leaves, 0, {}};
  for (std::size_t i = 0; node.is_inner && i < node.children.size(); ++i) {
    const auto& child = node.children[i];
    if (child.kind == SubtreeKind::kEmpty) continue;
    stored.present = static_cast<std::uint16_t>(stored.present | 1u << i);
    stored.children.push_back({child.kind, child.is_single, child.version, child.hash});
  }
  return encode(stored);
}

Result<TreeNode> decode_node(ByteView bytes) {
  auto stored = decode<StoredNode>(bytes);
  if (!stored.ok()) return corrupted(stored.error().what);
  TreeNode node;
  node.is_inner = stored->is_inner;
  node.leaves = std::move(stored->leaves);
  const bool is_page = !node.is_inner && !node.leaves.empty() && node.leaves.size() <= kPageLeavesMax &&
                       stored->present == 0 && stored->children.empty();
  const auto by_path = [](const EntityLeaf& a, const EntityLeaf& b) { return a.path <= b.path; };
  const bool ascends =
      std::adjacent_find(node.leaves.begin(), node.leaves.end(), std::not_fn(by_path)) == node.leaves.end();
  if (!node.is_inner && (!is_page || !ascends)) return corrupted("it is no page of leaves");
  std::size_t next = 0;
  for (std::size_t i = 0; node.is_inner && i < node.children.size(); ++i) {
    if ((stored->present >> i & 1) == 0) continue;
    if (next == stored->children.size()) return corrupted("a child is missing");
    const auto& child = stored->children[next++];
    if (child.kind == SubtreeKind::kEmpty) return corrupted("a child is empty");
    node.children[i] = {child.kind, child.is_single, child.version, child.hash};
  }
  if (node.is_inner && (!node.leaves.empty() || next != stored->children.size())) {
    return corrupted("it has too many children");
  }
  // Here, and not when they are first needed: then a node that is shared never changes.
  for (const auto& leaf : node.leaves) node.leaf_hashes.push_back(entity_leaf(leaf.path, leaf.value_hash));
  return node;
}

}  // namespace jingchu::ledger
