// The state tree: a Jellyfish Merkle tree (Gao, Hu and Wu 2021) over the heads of all entities, kept in a
// KeyValueStore (docs/formats.md, "State tree"; docs/architecture.md, "The state tree").
//
// Nodes are immutable; a block writes new ones under keys that begin with its height, so that the store's
// writes are nearly sequential. They are persisted in steps: in between a block only writes which leaves it
// has changed, and opening applies these again. The store holds the tree of the last step and nothing older;
// what the last kProvableHeights blocks replaced stays in memory for as long as it can be proven. In memory a
// node leads to its children by pointers: a node's life ends when no height that can be proven leads to it.
#pragma once

#include <list>
#include <map>
#include <mutex>
#include <unordered_map>

#include "common/ids.h"
#include "ledger/database.h"
#include "ledger/tree_node.h"

namespace jingchu::ledger {

// Heights back from the newest one that proofs can be made for: a header names the root of a height that is
// at most execution_lag_max (16) below it.
inline constexpr std::size_t kProvableHeights = 20;

struct StateTreeOptions {
  // Then a step is made: the larger, the less is written, and the longer take a step and an opening.
  std::size_t unstored_nodes_max = 131'072;
  std::uint64_t blocks_max = 4'000;  // or after so many blocks
  // Of the newest tree: beyond it, what is in the store and was not changed for the longest time is read from
  // there again. It holds all of the tree of a million entities.
  std::size_t cached_bytes_max = 192 << 20;
};

// A node in memory. Where other threads may see it, only its children's `kept` changes, under the lock.
struct KeptNode {
  TreeNode node;
  std::uint64_t version = 0;
  std::size_t depth = 0;
  Hash any_path{};  // that leads to it
  std::list<KeptNode>::iterator place{};
};

class StateTree {
 public:
  // As the store has it; of an empty store, the empty tree. Errors: the store's, "storage-corrupted".
  static Result<std::unique_ptr<StateTree>> open(const KeyValueStore& store,
                                                 const StateTreeOptions& options = {});

  // The heads that a block of this height changed, ascending by path and each once; adds what is to be
  // written with the block. Heights ascend. If that write, or this, fails, the tree must not be used any
  // more.
  Result<Hash> update(Height height, std::span<const EntityLeaf> changes, WriteBatch& writes);

  // Whether the newest tree has no such entity; false also if that takes more reading than there is room for.
  // What is read the next update need not read. For the updating thread, between two updates.
  Result<bool> is_absent(const Hash& path);

  Hash root() const;
  Height height() const;  // of the last update

  // A proof under the root after the block of this height; nothing if it cannot be proven (any more). From
  // any thread.
  Result<std::optional<PathProof>> prove(Height height, const Hash& path) const;

 private:
  using Key = std::string;  // of the store
  using Nodes = std::list<KeptNode>;
  // What the block of this height took from the newest tree: older ones that can be proven lead to it.
  struct Replaced {
    Height height;
    Nodes nodes;
    std::vector<Key> fetched;  // keys of fetched_
  };

  StateTree(const KeyValueStore& store, const StateTreeOptions& options) : store_(store), options_(options) {}
  // Of a node: its version, its depth, and the nibbles that lead to it.
  static Key node_key(std::uint64_t version, std::size_t depth, const Hash& any_path);
  Error corrupted(const std::string& what) const;
  Status load();
  Status apply_again(std::vector<std::pair<Height, std::vector<EntityLeaf>>> deltas);
  Result<Hash> apply(Height height, std::span<const EntityLeaf> changes);
  Result<Subtree> apply(const Subtree& subtree, std::size_t depth, std::span<const EntityLeaf> changes);
  Result<Subtree> apply_inner(const KeptNode& old, std::span<const EntityLeaf> changes);
  Result<Subtree> grow(std::vector<EntityLeaf> leaves, std::size_t depth, const TreeNode* old);
  Subtree keep(TreeNode node, std::size_t depth, const Hash& any_path);
  Result<const KeptNode*> replace(const Subtree& subtree, std::size_t depth, const Hash& any_path);
  Result<const KeptNode*> fetch(const Subtree& subtree, std::size_t depth, const Hash& any_path);
  Result<const TreeNode*> look_at(const Subtree& subtree, std::size_t depth, const Hash& any_path);
  Nodes forget_unprovable();
  void evict();
  KeptNode*& place_in_parent(const KeptNode& kept);
  void make_step(WriteBatch& writes);
  // Nothing: not there.
  Result<std::optional<TreeNode>> read(const Subtree& subtree, std::size_t depth, const Hash& any_path) const;

  const KeyValueStore& store_;
  const StateTreeOptions options_;
  Height now_;  // of the update under way, or the last one

  TreeHashes hashes_;  // of the update under way

  // The newest tree, in memory as far as there is room: what was made last at the front, so that a node
  // stands before all that is below it, and what is in no step yet before all that is.
  Nodes newest_;
  std::size_t newest_bytes_ = 0;
  std::size_t unstored_ = 0;                 // of newest_
  std::uint64_t stepped_below_ = 0;          // versions below this one were given to be written,
  std::uint64_t stored_below_ = 0;           // and below this one are in the store
  std::vector<Replaced> replaced_by_;        // ascending by height
  std::vector<Key> to_erase_;                // in the store, and not of the newest tree
  std::vector<Height> deltas_;               // heights whose changes are in the store
  std::unordered_map<Key, TreeNode> ahead_;  // read from the store for the next update

  // Readers and the updating thread share what follows, and every node that these places lead to.
  mutable std::mutex mutex_;
  std::map<Height, Subtree> roots_;  // of the heights that can be proven
  // Replaced nodes that were only in the store before: nothing in memory leads to them, and the next step
  // erases them.
  std::unordered_map<Key, const KeptNode*> fetched_;
};

}  // namespace jingchu::ledger
