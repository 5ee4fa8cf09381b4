// The end of a block: what it did to the state, the roots, and the one write that keeps it all.
#include <algorithm>

#include "common/codec.h"
#include "consensus/mutant.h"
#include "contracts/entity_history.h"
#include "ledger/executor_work.h"

namespace jingchu::ledger {
namespace {

using consensus::mutant;
using consensus::Mutant;

// A head that was written gets its leaf; none may be erased.
Status add_leaf(HeadLeaves& heads, const StateWrite& write) {
  if (write.value) {
    const auto added = heads.add(write.key, *write.value);
    return added.ok() ? added : our_error("bad-head", added.error().what);
  }
  if (!is_head(write.key)) return ok_status();
  return our_error("head-erased", "the head of a history was erased: " + words_of_head(write.key));
}

bool changes(const StateWrite& write) {
  return write.before != write.value;
}

// Brings the checksum to the state after these writes.
void update(StateChecksum& checksum, std::span<const StateWrite> writes) {
  std::vector<StateChecksum::Change> entries;
  for (const auto& write : writes) {
    if (!changes(write)) continue;
    if (write.before) entries.push_back({write.key, *write.before, false});
    if (write.value) entries.push_back({write.key, *write.value, true});
  }
  checksum.apply(entries);
}

}  // namespace

bool is_head(std::string_view full_key) {
  const std::size_t slash = full_key.find('/');
  return slash != full_key.npos && full_key.substr(slash + 1).starts_with(contracts::kHeadPrefix);
}

std::string words_of_head(std::string_view full_key) {
  const std::size_t prefix = full_key.find('/') + 1 + contracts::kHeadPrefix.size();
  return std::string(full_key.substr(0, prefix)) + to_hex(as_bytes(full_key.substr(prefix)));
}

Status HeadLeaves::add(std::string_view full_key, ByteView value) {
  if (!is_head(full_key)) return ok_status();
  const auto head = contracts::decode_head(value);
  if (!head.ok()) {
    return environment_error("storage-corrupted",
                             words_of_head(full_key) + " is not the head of a history: " + head.error().what);
  }
  write_entity_path(paths_.next(), full_key.substr(0, full_key.find('/')), head->entity);
  CanonicalOutput archive(values_.next());
  archive(*head);
  return ok_status();
}

std::vector<EntityLeaf> HeadLeaves::leaves() const {
  const auto paths = paths_.hashes();
  const auto values = values_.hashes();
  std::vector<EntityLeaf> leaves(paths.size());
  for (std::size_t i = 0; i < leaves.size(); ++i) leaves[i] = {paths[i], values[i]};
  return leaves;
}

Result<std::optional<EntityLeaf>> head_leaf(std::string_view full_key, ByteView value) {
  HeadLeaves head;
  RETURN_IF_ERROR(head.add(full_key, value));
  const auto leaves = head.leaves();
  return leaves.empty() ? std::optional<EntityLeaf>() : leaves.front();
}

// Brings tree and checksum to the state after the block, and adds what it writes of the state.
Status Executor::commit_state(ExecutionHead& next, WriteBatch& writes) {
  ASSIGN_OR_RETURN(auto state_writes, overlay_.take_writes());
  update(next.checksum, state_writes);
  HeadLeaves leaves;
  for (auto& write : state_writes) {
    if (!changes(write)) continue;
    RETURN_IF_ERROR(add_leaf(leaves, write));
    auto stored_key = stored_state_key(write.key);
    if (write.value) {
      writes.put(std::move(stored_key), std::move(*write.value));
    } else {
      writes.erase(std::move(stored_key));
    }
  }
  auto heads = leaves.leaves();
  std::sort(heads.begin(), heads.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  ASSIGN_OR_RETURN(next.roots.entities, tree_->update(next.height, heads, writes));
  next.roots.checksum = next.checksum.digest();
  return ok_status();
}

// What BlockStore reads as ReceiptLists.
void Executor::Work::put_receipts() {
  if (receipts_together.empty()) return;
  const std::size_t all = stored.transactions.size();
  const std::size_t group = (all - 1) / kReceiptsTogether;
  Bytes value;
  value.reserve(sizeof(std::uint32_t) + receipts_together.size());
  CanonicalOutput archive(value);
  archive.write_count(all - group * kReceiptsTogether);
  value.insert(value.end(), receipts_together.begin(), receipts_together.end());
  writes.put(store_keys::receipts(height(), static_cast<std::uint32_t>(group)), std::move(value));
  receipts_together.clear();
}

Status Executor::commit(Work& work) {
  work.put_receipts();
  ExecutionHead next = head_;
  next.height = work.height();
  next.hash = work.block.hash;
  RETURN_IF_ERROR(commit_state(next, work.writes));
  next.roots.receipts = merkle::root(work.receipts.hashes());
  next.history.append(history_leaf(next.height, next.hash, next.roots.receipts),
                      [&](unsigned level, std::uint64_t index, const Hash& root) {
                        work.writes.put(store_keys::history_node(level, index), encode(root));
                      });
  next.roots.history = next.history.root();
  work.stored.header = work.block.header;
  work.stored.hash = work.block.hash;
  work.stored.finalization = work.block.finalization;
  work.stored.path = work.block.path;
  work.stored.roots = next.roots;
  work.stored.cost = work.result.cost;
  work.writes.put(store_keys::summary(next.height), encode_summary(work.stored));
  work.writes.put(store_keys::contents(next.height), encode_contents(work.stored));
  work.writes.put(store_keys::head(), encode(next));
  if (mutant(Mutant::kHeadBeforeState)) {
    WriteBatch head;
    head.put(store_keys::head(), encode(next));
    RETURN_IF_ERROR(config_.store->write(head, Durability::kLater));
  }
  RETURN_IF_ERROR(config_.store->write(work.writes, Durability::kLater));
  head_ = std::move(next);
  work.result.height = head_.height;
  work.result.hash = head_.hash;
  work.result.roots = head_.roots;
  work.result.executed_root = head_.roots.executed();
  work.result.queued = queue_.size();
  return ok_status();
}

}  // namespace jingchu::ledger
