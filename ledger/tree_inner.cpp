// Inner nodes of the state tree.
#include "ledger/tree_node.h"

namespace jingchu::ledger {
namespace {

using Count = TreePart::Count;

// What stands at a place of the heap.
struct AtPlace {
  Count count = Count::kNone;
  const Hash* hash = &kZeroHash;
};

AtPlace at_place(const TreeNode& node, HeapPlace place) {
  if (has_place(node.part_places, place)) {
    const TreePart& part = node.parts[index_of(node.part_places, place)];
    return {part.count, &part.hash};
  }
  if (!has_place(node.child_places, place)) return {};
  const Subtree& child = child_at(node, place);
  return {child.is_single ? Count::kOne : Count::kMany, &child.hash};
}

// The part at this place out of its halves; `bit` is the level at which it stands.
void join(TreeNode& node, HeapPlace place, std::size_t bit, TreeHashes& hashes) {
  TreePart& part = node.parts[index_of(node.part_places, place)];
  const AtPlace left = at_place(node, 2 * place);
  const AtPlace right = at_place(node, 2 * place + 1);
  const bool has_right_only = left.count == Count::kNone && right.count != Count::kMany;
  const bool has_left_only = right.count == Count::kNone && left.count != Count::kMany;
  if (has_right_only || has_left_only) {
    const AtPlace& only = has_right_only ? right : left;
    part.count = only.count;
    return hashes.copy(bit, only.hash, &part.hash);
  }
  part.count = Count::kMany;
  hashes.node(bit, left.hash, right.hash, &part.hash);
}

// All places above these.
HeapPlaces above(HeapPlaces places) {
  HeapPlaces found = 0;
  for (HeapPlace place = kHeapPlaces - 1; place > 1; --place) {
    if (has_place(places | found, place)) found |= HeapPlaces{1} << place / 2;
  }
  return found;
}

}  // namespace

TreeNode make_inner(HeapPlaces child_places, std::vector<Subtree> children, std::size_t depth,
                    const TreeNode* old, HeapPlaces changed, TreeHashes& hashes) {
  TreeNode node;
  node.child_places = child_places;
  node.part_places = above(child_places);
  CHECK(children.size() == static_cast<std::size_t>(std::popcount(child_places)));
  node.children = std::move(children);
  node.parts.resize(static_cast<std::size_t>(std::popcount(node.part_places)));
  const HeapPlaces dirty = above(changed);
  // From below: what a part is made of is there before it.
  for (HeapPlace place = kNibblePlaces - 1; place > 0; --place) {
    if (!has_place(node.part_places, place)) continue;
    if (old == nullptr || has_place(dirty, place)) {
      join(node, place, 4 * depth + level_of(place), hashes);
    } else {
      node.parts[index_of(node.part_places, place)] = old->parts[index_of(old->part_places, place)];
    }
  }
  return node;
}

TreeNode make_inner(HeapPlaces child_places, std::vector<Subtree> children) {
  TreeHashes hashes;
  TreeNode node = make_inner(child_places, std::move(children), 0, nullptr, 0, hashes);
  want_hash(node, 0, hashes);
  hashes.run();
  return node;
}

Subtree subtree_of(const TreeNode& node) {
  if (node.is_inner()) return {SubtreeKind::kInner, false, node.hash, nullptr};
  return {SubtreeKind::kPage, node.leaves.size() == 1, node.hash, nullptr};
}

HeapPlace prove_inner(const TreeNode& node, std::size_t depth, const Hash& path, PathProof& proof) {
  HeapPlace place = 1;
  for (std::size_t bit = 4 * depth; has_place(node.part_places, place); ++bit) {
    if (at_place(node, place).count == Count::kOne) {
      while (has_place(node.part_places, place)) {
        place = 2 * place + (at_place(node, 2 * place).count == Count::kNone ? 1 : 0);
      }
      break;
    }
    const HeapPlace right = path_bit(path, bit) ? 1 : 0;
    proof.siblings.push_back(*at_place(node, 2 * place + 1 - right).hash);
    place = 2 * place + right;
  }
  return has_place(node.child_places, place) ? place : 0;
}

}  // namespace jingchu::ledger
