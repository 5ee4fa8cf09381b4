// How nodes of the state tree are stored.
#include "ledger/tree_node.h"

#include <algorithm>

#include "common/codec.h"

namespace jingchu::ledger {
namespace {

Error corrupted(std::string_view what) {
  return environment_error("storage-corrupted",
                           "a node of the state tree cannot be read: " + std::string(what), "check the disk");
}

struct StoredChild {
  SubtreeKind kind = SubtreeKind::kEmpty;
  bool is_single = false;
  Hash hash{};

  template <class Archive>
  void serialize(Archive& archive) {
    archive(kind, is_single, hash);
  }
};

// The lists that an encoded node has; what of a node stands where, encode_node and this say alike.
struct StoredNode {
  bool is_inner = false;
  std::vector<EntityLeaf> leaves;
  HeapPlaces places = 0;
  std::vector<StoredChild> children;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(is_inner, leaves, places, children);
  }
};

bool begin_alike(const Hash& a, const Hash& b, std::size_t bits) {
  for (std::size_t bit = 0; bit < bits; ++bit) {
    if (path_bit(a, bit) != path_bit(b, bit)) return false;
  }
  return true;
}

Result<TreeNode> decode_page(StoredNode stored, std::size_t bits) {
  if (stored.places != 0 || !stored.children.empty()) return corrupted("a page has children");
  if (stored.leaves.empty() || stored.leaves.size() > kPageLeavesMax)
    return corrupted("a page has no fitting number of leaves");
  const auto descends = [](const EntityLeaf& a, const EntityLeaf& b) { return a.path >= b.path; };
  if (std::adjacent_find(stored.leaves.begin(), stored.leaves.end(), descends) != stored.leaves.end()) {
    return corrupted("the leaves of a page do not ascend");
  }
  // They ascend: what the first and the last begin with, all do.
  if (!begin_alike(stored.leaves.front().path, stored.leaves.back().path, bits)) {
    return corrupted("the leaves of a page belong to different places");
  }
  return make_page(std::move(stored.leaves), bits);
}

// Places without a child at one above them, 1 and 0 not among them.
bool are_places(HeapPlaces places) {
  for (HeapPlace place = 1; place < kHeapPlaces; ++place) {
    if (!has_place(places, place)) continue;
    for (HeapPlace higher = place / 2; higher > 0; higher /= 2) {
      if (has_place(places, higher)) return false;
    }
  }
  return places > 3 && (places & 3) == 0;
}

Result<TreeNode> decode_inner(StoredNode stored, std::size_t bits) {
  if (bits % 4 != 0 || bits >= 4 * kTreeDepthMax) return corrupted("an inner node is where none can stand");
  if (!stored.leaves.empty()) return corrupted("an inner node has leaves");
  if (!are_places(stored.places)) return corrupted("the children of an inner node cannot stand together");
  if (stored.children.size() != static_cast<std::size_t>(std::popcount(stored.places))) {
    return corrupted("an inner node has another number of children than it says");
  }
  std::vector<Subtree> children;
  for (const auto& child : stored.children) {
    if (child.kind == SubtreeKind::kEmpty) return corrupted("a child is empty");
    const bool is_inner = child.kind == SubtreeKind::kInner;
    if (is_inner && index_of(stored.places, kNibblePlaces) > children.size())
      return corrupted("an inner node is where only a page can stand");
    children.push_back({child.kind, child.is_single, child.hash, nullptr});
  }
  return make_inner(stored.places, std::move(children));
}

}  // namespace

std::size_t TreeNode::bytes() const {
  constexpr std::size_t kPlaceBytes = 128;  // of what leads to it
  return sizeof(TreeNode) + kPlaceBytes + leaves.capacity() * sizeof(EntityLeaf) +
         binary.capacity() * sizeof(BinaryNode) + children.capacity() * sizeof(Subtree) +
         parts.capacity() * sizeof(TreePart);
}

Bytes encode_node(const TreeNode& node) {
  std::vector<StoredChild> children;
  children.reserve(node.children.size());
  for (const auto& child : node.children) children.push_back({child.kind, child.is_single, child.hash});
  constexpr std::size_t kCountsBytes = 16;  // and what else is neither a leaf nor a child
  Bytes bytes;
  bytes.reserve(kCountsBytes + node.leaves.size() * sizeof(EntityLeaf) +
                children.size() * sizeof(StoredChild));
  // As StoredNode, which would have to own the leaves.
  CanonicalOutput archive(bytes);
  archive(node.is_inner(), node.leaves, node.child_places, children);
  return bytes;
}

Result<TreeNode> decode_node(ByteView bytes, std::size_t bits) {
  auto stored = decode<StoredNode>(bytes);
  if (!stored.ok()) return corrupted(stored.error().what);
  return stored->is_inner ? decode_inner(std::move(*stored), bits) : decode_page(std::move(*stored), bits);
}

}  // namespace jingchu::ledger
