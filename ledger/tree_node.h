// The nodes in which the state tree is kept: 16-ary inner nodes (four levels of the binary tree each) and, at
// the bottom, leaf pages, each a whole subtree of few entities. Where which stands changes no hash: that is
// the binary tree's of docs/formats.md, "State tree". Pure.
#pragma once

#include <array>
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

// A subtree as its parent knows it: its hash, and the node that holds it by the version that wrote it.
struct Subtree {
  SubtreeKind kind = SubtreeKind::kEmpty;
  bool is_single = false;  // of exactly one entity: its hash is that leaf's, at whatever depth
  std::uint64_t version = 0;
  Hash hash = kZeroHash;
  KeptNode* kept = nullptr;  // where that node is in memory, for whoever keeps it there

  friend bool operator==(const Subtree& a, const Subtree& b) {
    return a.kind == b.kind && a.is_single == b.is_single && a.version == b.version && a.hash == b.hash;
  }
};

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

  // An inner node: 16 children by the nibble of the path, else empty; and, not stored, the binary nodes above
  // them as a heap: parts[1] is the whole, parts[i] that of parts[2 * i] and parts[2 * i + 1].
  std::vector<Subtree> children;
  std::vector<TreePart> parts;

  bool is_inner() const { return !children.empty(); }
  std::size_t bytes() const;  // in memory, about
};

inline std::uint8_t path_nibble(const Hash& path, std::size_t depth) {
  return depth % 2 == 0 ? path[depth / 2] >> 4 : path[depth / 2] & 15;
}

// The page of these leaves (ascending by path, at most kPageLeavesMax), at this depth in nibbles. What `old`,
// a page of the same place, has hashed already is taken from it; null: there is none. Its hashes are there
// once `hashes` have run.
TreeNode make_page(std::vector<EntityLeaf> leaves, std::size_t depth, const TreeNode* old,
                   TreeHashes& hashes);
// The inner node of these 16 children. `changed` has a bit set for each that is not as in `old`. The hashes
// of the children may come as late as at the level 4 * (depth + 1).
TreeNode make_inner(std::vector<Subtree> children, std::size_t depth, const TreeNode* old,
                    std::uint32_t changed, TreeHashes& hashes);
// Of a node that stands where it will stay: its own hash, at the level 4 * depth.
void want_hash(TreeNode& node, std::size_t depth, TreeHashes& hashes);

// The same at once, of leaves and of children that have their hashes.
TreeNode make_page(std::vector<EntityLeaf> leaves, std::size_t depth);
TreeNode make_inner(std::vector<Subtree> children);
// What the parent of a node of this version knows of it.
Subtree subtree_of(const TreeNode& node, std::uint64_t version);

// Goes on with a proof for `path` through an inner node at this depth: appends siblings, and answers the
// child in which the proof goes on: that of the path or, where a subtree has one entity only, that entity's.
// Else it has ended at nothing.
struct InnerStep {
  bool goes_on = false;
  std::uint8_t child = 0;
};
InnerStep prove_inner(const TreeNode& node, std::size_t depth, const Hash& path, PathProof& proof);
// Ends a proof in a page at this depth.
void prove_page(const TreeNode& page, std::size_t depth, const Hash& path, PathProof& proof);

Bytes encode_node(const TreeNode& node);
// Errors: kEnvironment "storage-corrupted", also for what no tree could hold.
Result<TreeNode> decode_node(ByteView bytes, std::size_t depth);

}  // namespace jingchu::ledger
