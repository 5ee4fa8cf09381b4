// The state tree: a Jellyfish Merkle tree (Gao, Hu and Wu 2021) over the heads of all entities, kept in a
// KeyValueStore (docs/formats.md, "State tree"; docs/architecture.md, "The state tree").
//
// In memory, nodes are immutable: a block makes new ones, and a node leads to its children by pointers; its
// life ends when no height that can be proven leads to it. In the store, a node stands under its place, and
// is written over. The tree is cut into 16 branches by the paths' first nibbles; a step writes what is new of
// one of them, so that no block has to wait for all of it. In between a block only writes which leaves it has
// changed, and opening applies these again to the branches that do not have them yet. What the last
// kProvableHeights blocks replaced stays in memory for as long as it can be proven.
#pragma once

#include <array>
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
  // What is not stored yet has to stay in memory, so it gets a part of it only.
  static StateTreeOptions of(std::size_t bytes) {
    return {.unstored_bytes_max = bytes / 11 * 9, .cached_bytes_max = bytes};
  }

  // Beyond this much that is new, a step is made: the more, the less is written.
  std::size_t unstored_bytes_max = 72 << 20;
  // A branch gets its step after so many blocks at the latest: the more, the longer takes an opening.
  std::uint64_t blocks_max = 4'000;
  // Of the newest tree: beyond it, what is in the store and was not changed for the longest time is read from
  // there again. It holds all of the tree of 900,000 entities.
  std::size_t cached_bytes_max = 88 << 20;
};

// A node in memory. Where other threads may see it, only its children's `kept` changes, under the lock.
struct KeptNode {
  TreeNode node;
  Height made;           // by the block of this height
  std::size_t bits = 0;  // its depth
  Hash any_path{};       // that leads to it
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
  static constexpr std::size_t kBranches = 16;
  static constexpr std::size_t kBranchBits = 4;
  static constexpr const char* kMissing = "a node is missing, or is not the one that its parent has hashed";
  using Key = std::string;  // of the store
  using Nodes = std::list<KeptNode>;
  // What the block of this height took from the newest tree: older ones that can be proven lead to it.
  struct Replaced {
    Height height;
    Nodes nodes;
    std::vector<const KeptNode*> fetched;  // those of them that are in fetched_
  };
  struct Branch {
    Height stepped;             // of its last step, which was given to be written
    Height stored;              // of the last one that was written
    Subtree top;                // as the last step has it
    std::vector<Key> to_erase;  // places where no node stands any more
  };
  struct Step;        // what the store says of the last steps
  struct InnerDraft;  // an inner node that is being made

  StateTree(const KeyValueStore& store, const StateTreeOptions& options) : store_(store), options_(options) {}
  // Of a node: the bits that lead to it, and how many they are.
  static Key node_key(std::size_t bits, const Hash& any_path);
  static std::size_t branch_of(const Hash& path) { return path_nibble(path, 0); }
  bool is_stored(const KeptNode& kept) const;
  Error corrupted(const std::string& what) const;

  using Deltas = std::vector<std::pair<Height, std::vector<EntityLeaf>>>;
  Status load();
  Status load_root(const Step& step);
  Result<Deltas> load_deltas();
  Status apply_again(Deltas deltas);

  Result<Hash> apply(Height height, std::span<const EntityLeaf> changes);
  Result<Subtree> change(const Subtree& inner, std::size_t depth, std::span<const EntityLeaf> changes);
  Status change_at(HeapPlace place, std::span<const EntityLeaf> changes, InnerDraft& draft);
  Result<Subtree> grow(std::vector<EntityLeaf> leaves, std::size_t depth);
  Status settle(HeapPlace place, std::vector<EntityLeaf> leaves, const TreeNode* old, InnerDraft& draft);
  Subtree keep(const InnerDraft& draft, const Hash& any_path);
  Subtree keep(TreeNode node, std::size_t bits, const Hash& any_path);
  Result<const KeptNode*> replace(const Subtree& subtree, std::size_t bits, const Hash& any_path);
  Result<const KeptNode*> fetch(const Subtree& subtree, std::size_t bits, const Hash& any_path);
  Result<const TreeNode*> look_at(const Subtree& subtree, std::size_t bits, const Hash& any_path);
  Nodes forget_unprovable();
  void evict();
  KeptNode*& place_in_parent(const KeptNode& kept);

  bool is_step_due() const;
  std::size_t oldest_branch() const;
  void make_step(std::size_t branch, WriteBatch& writes);
  void take_unstored(const KeptNode& kept, std::vector<std::pair<Key, const TreeNode*>>& nodes);
  void put_steps(WriteBatch& writes);
  // Nothing: it is not there, or replaced by another.
  Result<std::optional<TreeNode>> read(const Subtree& subtree, std::size_t bits, const Hash& any_path) const;

  const KeyValueStore& store_;
  const StateTreeOptions options_;
  Height now_;  // of the update under way, or the last one

  TreeHashes hashes_;  // of the update under way

  // The newest tree, in memory as far as there is room: what was made last at the front, so that a node
  // stands before all that is below it. Its root always is.
  Nodes newest_;
  std::size_t newest_bytes_ = 0;
  std::size_t unstored_bytes_ = 0;  // of newest_, without the root
  std::array<Branch, kBranches> branches_{};
  Height last_step_;                         // of any branch
  std::vector<Replaced> replaced_by_;        // ascending by height
  std::vector<Height> deltas_;               // ascending: heights whose changes are in the store
  std::unordered_map<Key, TreeNode> ahead_;  // read from the store for the next update

  // Readers and the updating thread share what follows, and every node that these places lead to.
  mutable std::mutex mutex_;
  std::map<Height, Subtree> roots_;  // of the heights that can be proven
  // Replaced nodes that were only in the store before: nothing in memory leads to them, and a step may have
  // written over them.
  std::unordered_multimap<Hash, const KeptNode*, HashOfHash> fetched_;
};

}  // namespace jingchu::ledger
