// A store out of a snapshot.
#include <algorithm>

#include "common/codec.h"
#include "consensus/mutant.h"
#include "contracts/entity_history.h"
#include "ledger/executor_work.h"
#include "ledger/horizon.h"
#include "ledger/snapshot.h"
#include "ledger/state.h"
#include "ledger/state_tree.h"

namespace jingchu::ledger {
namespace {

using consensus::mutant;
using consensus::Mutant;

Error refused(const std::string& what) {
  return peer_error("bad-snapshot", what);
}

// What is known of an epoch's last block without its contents; `roots` only of the last one.
StoredBlock stored_block(const Hash& chain_id, const FinalHeader& final, const Roots& roots) {
  StoredBlock block;
  block.header = final.header;
  block.hash = consensus::block_hash(chain_id, final.header);
  block.finalization = final.finalization;
  block.path = final.path;
  block.roots = roots;
  return block;
}

Status copy(const KeyValueStore& from, const std::string& key, WriteBatch& writes) {
  ASSIGN_OR_RETURN(auto value, from.get(key));
  if (!value) return our_error("no-genesis", "the store holds no genesis");
  writes.put(key, std::move(*value));
  return ok_status();
}

}  // namespace

Status SnapshotRestorer::add(const std::vector<SnapshotEntry>& entries) {
  WriteBatch writes;
  for (const auto& entry : entries) {
    if (entry.key <= last_key_) return refused("its chunks are not in the order of their keys");
    last_key_ = entry.key;
    RETURN_IF_ERROR(note(entry));
    keep(entry, writes);
    entries_ += 1;
  }
  return store_.write(writes, Durability::kLater);
}

// Of batches it is not known which block ordered them: they stand before the first.
void SnapshotRestorer::keep(const SnapshotEntry& entry, WriteBatch& writes) const {
  if (entry.key.starts_with(stored_state_key({}))) return writes.put(entry.key, entry.value);
  const BatchPlace place{Height(), static_cast<std::uint32_t>(batches_.size())};
  put_batch(writes, store_keys::batch_of(entry.key), place, entry.value);
}

// What the tree and the queue are about.
Status SnapshotRestorer::note(const SnapshotEntry& entry) {
  const std::string state = stored_state_key({});
  if (!entry.key.starts_with(state)) {
    if (entry.key.size() != store_keys::batch({}).size()) return refused("it holds what is not of the state");
    batches_.insert(store_keys::batch_of(entry.key));
    return ok_status();
  }
  if (const auto tip = queued_batch(entry.key, entry.value)) queued_.insert(*tip);
  // What a chunk says is the chain's only once all of them are there: until then it may be anything.
  const auto leaf = head_leaf(std::string_view(entry.key).substr(state.size()), entry.value);
  if (!leaf.ok()) return refused(leaf.error().what);
  if (*leaf) heads_.push_back(**leaf);
  return ok_status();
}

Status SnapshotRestorer::finish() {
  std::uint64_t named = 0;
  for (const auto& chunk : snapshot_.contents.chunks) named += chunk.entries;
  if (entries_ != named) return refused("it has not all of its entries");
  if (queued_ != batches_) return refused("its batches are not those that its queue needs");
  RETURN_IF_ERROR(build_tree());
  WriteBatch writes;
  RETURN_IF_ERROR(add_blocks(writes));
  const ExecutionHead& head = snapshot_.contents.head;
  head.history.visit_peaks([&](unsigned level, std::uint64_t index, const Hash& root) {
    writes.put(store_keys::history_node(level, index), encode(root));
  });
  Horizon horizon;
  horizon.target = horizon.done = horizon.began = head.height;
  horizon.history = head.history;
  if (!mutant(Mutant::kRestoreWithoutHorizon)) writes.put(std::string(kHorizonKey), encode(horizon));
  writes.put(store_keys::head(), encode(head));
  return store_.write(writes, mutant(Mutant::kRestoreNotSynced) ? Durability::kLater : Durability::kSynced);
}

// In the order of the paths and some at a time, so that hardly a node is written twice. Only the last of
// these trees is one that a block has left behind.
Status SnapshotRestorer::build_tree() {
  std::sort(heads_.begin(), heads_.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  const ExecutionHead& head = snapshot_.contents.head;
  ASSIGN_OR_RETURN(const auto tree, StateTree::open(store_));
  const std::uint64_t parts =
      std::clamp<std::uint64_t>(heads_.size() / heads_at_a_time_ + 1, 1, head.height.value());
  const std::size_t size = heads_.size() / parts + 1;
  std::span<const EntityLeaf> left(heads_);
  for (std::uint64_t part = 1; part <= parts; ++part) {
    WriteBatch writes;
    const auto these = left.first(std::min(size, left.size()));
    left = left.subspan(these.size());
    RETURN_IF_ERROR(tree->update(Height(head.height.value() - parts + part), these, writes));
    RETURN_IF_ERROR(store_.write(writes, Durability::kLater));
  }
  if (tree->root() == head.roots.entities) return ok_status();
  return refused("its entities make the root " + to_hex(tree->root()) + ", and its head names " +
                 to_hex(head.roots.entities));
}

// Genesis, the closing proofs that proofs are made of, and the last block.
Status SnapshotRestorer::add_blocks(WriteBatch& writes) const {
  const ExecutionHead& head = snapshot_.contents.head;
  RETURN_IF_ERROR(copy(genesis_store_, store_keys::summary(Height()), writes));
  RETURN_IF_ERROR(copy(genesis_store_, store_keys::contents(Height()), writes));
  for (const auto& change : snapshot_.sets) {
    const auto& proof = change.proof;
    writes.put(store_keys::summary(proof.header.height),
               encode_summary(stored_block(head.chain_id, proof, {})));
  }
  writes.put(store_keys::summary(head.height),
             encode_summary(stored_block(head.chain_id, snapshot_.last, head.roots)));
  return ok_status();
}

}  // namespace jingchu::ledger
