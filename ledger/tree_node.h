// The nodes in which the state tree is kept: 16-ary inner nodes (four levels of the binary tree each) and, at
// the bottom, leaf pages, each a whole subtree of few entities. Where which stands changes no hash: that is
// the binary tree's of docs/formats.md, "State tree". Pure.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ledger/path_proof.h"

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

// A subtree as its parent knows it: its hash, and the node that holds it by the version that wrote it.
struct Subtree {
  SubtreeKind kind = SubtreeKind::kEmpty;
  bool is_single = false;  // of exactly one entity: its hash is that leaf's, at whatever depth
  std::uint64_t version = 0;
  Hash hash = kZeroHash;

  friend bool operator==(const Subtree&, const Subtree&) = default;
};

struct TreeNode {
  std::vector<EntityLeaf> leaves;     // of a page: 1 to kPageLeavesMax, ascending by path
  std::array<Subtree, 16> children{};  // of an inner node, by the nibble of the path
  bool is_inner = false;
  std::vector<Hash> leaf_hashes;  // of the leaves; not stored

  std::size_t bytes() const;  // in memory, about
};
using TreeNodePointer = std::shared_ptr<const TreeNode>;

inline std::uint8_t path_nibble(const Hash& path, std::size_t depth) {
  return depth % 2 == 0 ? path[depth / 2] >> 4 : path[depth / 2] & 15;
}

// What a node of this version at this depth (in nibbles) hashes to; computes the leaf hashes that are lacking.
Subtree summary_of(TreeNode& node, std::uint64_t version, std::size_t depth);

// Goes on with a proof for `path` through an inner node at this depth: appends siblings, and answers the child in
// which the proof goes on: that of the path or, where a subtree has one entity only, that entity's. Else it has
// ended at nothing.
struct InnerStep {
  bool goes_on = false;
  std::uint8_t child = 0;
};
InnerStep prove_inner(const TreeNode& node, std::size_t depth, const Hash& path, PathProof& proof);
// Ends a proof in a page at this depth.
void prove_page(const TreeNode& page, std::size_t depth, const Hash& path, PathProof& proof);

Bytes encode_node(const TreeNode& node);
// Errors: kEnvironment "storage-corrupted", also for what no tree could hold at this place.
Result<TreeNode> decode_node(ByteView bytes);

}  // namespace jingchu::ledger
