// The nodes in which the state tree is kept: inner nodes (up to four levels of the binary tree each) and, at
// the bottom, leaf pages, each a whole subtree of few entities. A page that has too many is cut into halves,
// so that pages are about half full or more whatever the number of entities. Where which stands changes no
// hash: that is the binary tree's of docs/formats.md, "State tree". Pure.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ledger/tree_hashes.h"

namespace jingchu::ledger {

inline constexpr std::size_t kPageLeavesMax = 32;
inline constexpr std::size_t kTreeDepthMax = 64;  // in nibbles

enum class SubtreeKind : std::uint8_t {
  kEmpty = 0,
  kPage = 1,
  kInner = 2,
};
inline bool is_valid(SubtreeKind kind) {
  return kind <= SubtreeKind::kInner;
}

struct KeptNode;

// A subtree as its parent knows it.
struct Subtree {
  SubtreeKind kind = SubtreeKind::kEmpty;
  bool is_single = false;  // of exactly one entity: its hash is that leaf's, at whatever depth
  Hash hash = kZeroHash;
  KeptNode* kept = nullptr;  // where its node is in memory, for whoever keeps it there

  friend bool operator==(const Subtree& a, const Subtree& b) {
    return a.kind == b.kind && a.is_single == b.is_single && a.hash == b.hash;
  }
};

// The levels of the binary tree that an inner node has, as a heap: place 1 is the whole, places 2 * p and
// 2 * p + 1 are the halves of p, and 16 to 31 stand for the nibbles of the path.
using HeapPlace = unsigned;
using HeapPlaces = std::uint32_t;  // bit p for place p
inline constexpr HeapPlace kNibblePlaces = 16;
inline constexpr HeapPlace kHeapPlaces = 32;
inline bool has_place(HeapPlaces places, HeapPlace place) {
  return (places >> place & 1) != 0;
}
// Where what stands at a place is in a list of what stands at all of them.
inline std::size_t index_of(HeapPlaces places, HeapPlace place) {
  return static_cast<std::size_t>(std::popcount(places & ((HeapPlaces{1} << place) - 1)));
}
// In levels of the binary tree below the inner node.
inline std::size_t level_of(HeapPlace place) {
  return static_cast<std::size_t>(std::bit_width(place)) - 1;
}

// A part of the binary tree: what it hashes to, and how many entities it has as far as that matters.
struct TreePart {
  enum class Count : std::uint8_t { kNone, kOne, kMany };
  Hash hash = kZeroHash;
  Count count = Count::kNone;
};

// Of a page's binary nodes, those over fewer leaves than this are hashed again when they are needed: more
// hashes for an update, less memory for an entity.
inline constexpr std::size_t kKeptLeavesMin = 4;

struct TreeNode {
  Hash hash = kZeroHash;  // of the whole

  // A page: 1 to kPageLeavesMax leaves, ascending by path. Beside them, not stored, the hashes of the binary
  // nodes over at least kKeptLeavesMin of them, so that a change rehashes its own way only: in preorder, each
  // with how many of these its subtree has.
  struct BinaryNode {
    Hash hash{};
    std::uint16_t size = 0;
  };
  std::vector<EntityLeaf> leaves;
  std::vector<BinaryNode> binary;

  // An inner node: a subtree at each of these places, the list ascending by place; where none stands at or
  // above or below a place there is no entity. Other inner nodes are at places of nibbles only, pages
  // anywhere. And, not stored, the parts at all places above the subtrees.
  HeapPlaces child_places = 0;
  HeapPlaces part_places = 0;
  std::vector<Subtree> children;
  std::vector<TreePart> parts;

  bool is_inner() const { return !children.empty(); }
  std::size_t bytes() const;  // in memory, about
};

inline std::uint8_t path_nibble(const Hash& path, std::size_t depth) {
  return depth % 2 == 0 ? path[depth / 2] >> 4 : path[depth / 2] & 15;
}

// The place on the way of this nibble at which a subtree stands; 0: there is none.
inline HeapPlace child_place(const TreeNode& inner, std::uint8_t nibble) {
  HeapPlace place = kNibblePlaces + nibble;
  while (place > 0 && !has_place(inner.child_places, place)) place /= 2;
  return place;
}
inline const Subtree& child_at(const TreeNode& inner, HeapPlace place) {
  return inner.children[index_of(inner.child_places, place)];
}
inline Subtree& child_at(TreeNode& inner, HeapPlace place) {
  return inner.children[index_of(inner.child_places, place)];
}

// Depths of inner nodes are in nibbles, those of nodes of any kind in bits.

// The page of these leaves (ascending by path, at most kPageLeavesMax). What `old`, a page of the same place,
// has hashed already is taken from it; null: there is none. Its hashes are there once `hashes` have run.
TreeNode make_page(std::vector<EntityLeaf> leaves, std::size_t bits, const TreeNode* old, TreeHashes& hashes);
// The inner node of these subtrees. `changed` has all places at which one is not as in `old`. The hashes of
// the subtrees may come as late as at the level of their own depth.
TreeNode make_inner(HeapPlaces child_places, std::vector<Subtree> children, std::size_t depth,
                    const TreeNode* old, HeapPlaces changed, TreeHashes& hashes);
// Of a node that stands where it will stay: its own hash, at the level of its depth.
void want_hash(TreeNode& node, std::size_t bits, TreeHashes& hashes);

// The same at once, of leaves and of subtrees that have their hashes.
TreeNode make_page(std::vector<EntityLeaf> leaves, std::size_t bits);
TreeNode make_inner(HeapPlaces child_places, std::vector<Subtree> children);
// What the parent of a node knows of it.
Subtree subtree_of(const TreeNode& node);

// Goes on with a proof for `path` through an inner node: appends siblings, and answers the place of the
// subtree in which the proof goes on: that of the path or, where a part has one entity only, that entity's.
// 0: it has ended at nothing.
HeapPlace prove_inner(const TreeNode& node, std::size_t depth, const Hash& path, PathProof& proof);
// Ends a proof in a page.
void prove_page(const TreeNode& page, std::size_t bits, const Hash& path, PathProof& proof);

Bytes encode_node(const TreeNode& node);
// Errors: kEnvironment "storage-corrupted", also for what no tree could hold.
Result<TreeNode> decode_node(ByteView bytes, std::size_t bits);

}  // namespace jingchu::ledger
