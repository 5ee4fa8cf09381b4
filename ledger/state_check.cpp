// The state of a store against its head: every entry by the checksum, every entity's head by the tree.
#include <algorithm>

#include "common/codec.h"
#include "ledger/executor_work.h"
#include "ledger/state.h"
#include "ledger/state_tree.h"
#include "ledger/store_check.h"

namespace jingchu::ledger {
namespace {

Error damaged(const std::string& what) {
  return environment_error("storage-corrupted", "the state: " + what);
}

// If the entry is a head: that the tree has it, and that the way to it is whole.
Status check_head(const StateTree& tree, std::string_view full_key, ByteView value) {
  const auto leaf = head_leaf(full_key, value);
  if (!leaf.ok()) return damaged(leaf.error().what);
  if (!*leaf) return ok_status();
  const Hash& path = (*leaf)->path;
  ASSIGN_OR_RETURN(const auto proof, tree.prove(tree.height(), path));
  const bool there = proof && proof->leaf == *leaf;
  const auto root = there ? root_of(path, *proof) : Result<Hash>(kZeroHash);
  if (there && root.ok() && *root == tree.root()) return ok_status();
  return damaged("the tree (keys n) does not lead to the head " + words_of_head(full_key));
}

}  // namespace

Status check_state(const KeyValueStore& store, const ExecutionHead& head) {
  ASSIGN_OR_RETURN(const auto tree, StateTree::open(store));
  if (tree->height() != head.height || tree->root() != head.roots.entities) {
    return damaged("the tree (keys n, d and k) is not that of the head (key m)");
  }
  StateChecksum checksum;
  Status outcome = ok_status();
  const auto prefix = stored_state_key({});
  RETURN_IF_ERROR(store.scan(prefix, prefix, [&](std::string_view key, ByteView value) {
    key.remove_prefix(prefix.size());
    checksum.add(key, value);
    outcome = check_head(*tree, key, value);
    return outcome.ok();
  }));
  RETURN_IF_ERROR(outcome);
  if (checksum != head.checksum || checksum.digest() != head.roots.checksum) {
    return damaged(
        "its entries (keys s) are not those that its checksum commits to: one was changed, lost or added");
  }
  return ok_status();
}

}  // namespace jingchu::ledger
