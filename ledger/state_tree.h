// The state tree: a Jellyfish Merkle tree (Gao, Hu and Wu 2021) over the heads of all entities, kept in a
// KeyValueStore (docs/formats.md, "State tree"; docs/architecture.md, "The state tree").
//
// Nodes are immutable; a block writes new ones under keys that begin with its height, so that the store's
// writes are nearly sequential. They are persisted in steps: in between a block only writes which leaves it
// has changed, and opening applies these again. The store holds the tree of the last step and nothing older;
// what the last kProvableHeights blocks replaced stays in memory for as long as it can be proven.
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
  std::size_t unstored_nodes_max = 8'192;  // then a step is made,
  std::uint64_t blocks_max = 1'000;        // or after so many blocks
  std::size_t cached_bytes_max = 96 << 20;
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

  Hash root() const;
  Height height() const;  // of the last update

  // A proof under the root after the block of this height; nothing if it cannot be proven (any more). From
  // any thread.
  Result<std::optional<PathProof>> prove(Height height, const Hash& path) const;

 private:
  using Key = std::string;  // of the store
  // A node in memory: of the newest tree and not in the store yet; or none of the newest tree, but of one of
  // roots_; or cached, and in the store.
  enum class Kept { kUnstored, kReplaced, kCached };
  struct Entry {
    TreeNodePointer node;
    Kept kept = Kept::kUnstored;
    std::list<const Key*>::iterator place{};  // in recent_, if it is cached
  };
  struct Replaced {
    Height height;
    std::vector<Key> keys;
  };

  StateTree(const KeyValueStore& store, const StateTreeOptions& options) : store_(store), options_(options) {}
  Status load();
  Result<Hash> apply(Height height, std::span<const EntityLeaf> changes);
  Result<Subtree> apply(const Subtree& subtree, std::size_t depth, std::span<const EntityLeaf> changes);
  Result<Subtree> apply_inner(const TreeNode& old, std::size_t depth, std::span<const EntityLeaf> changes);
  Result<Subtree> grow(std::vector<EntityLeaf> leaves, std::size_t depth, const TreeNode* old);
  Subtree keep(TreeNode node, std::size_t depth, const Hash& any_path);
  void replace(const Key& key, const TreeNodePointer& node);
  void forget_unprovable();
  void make_step(WriteBatch& writes);
  void finish_step();
  TreeNodePointer in_memory(const Key& key) const;
  // Null: not there.
  Result<TreeNodePointer> node(const Subtree& subtree, std::size_t depth, const Hash& any_path) const;
  void cache(const Key& key, Entry& entry);

  const KeyValueStore& store_;
  const StateTreeOptions options_;
  Height now_;  // of the update under way, or the last one

  // Readers and the updating thread share what follows; nodes themselves never change.
  mutable std::mutex mutex_;
  std::map<Height, Subtree> roots_;  // of the heights that can be proven
  std::unordered_map<Key, Entry> nodes_;
  std::size_t unstored_ = 0;
  std::vector<Key> made_;                 // since the last step; some of them were replaced since
  mutable std::list<const Key*> recent_;  // cached, the one used last at the front
  std::size_t cached_bytes_ = 0;

  std::vector<Replaced> replaced_by_;  // by the block that replaced them
  std::vector<Key> to_erase_;          // in the store, and not of the newest tree
  std::vector<Key> stepping_;          // written by the last step, whose write may not be done
  std::vector<Height> deltas_;         // heights whose changes are in the store
};

}  // namespace jingchu::ledger
