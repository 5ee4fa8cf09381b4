#include "ledger/pruning.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "common/codec.h"
#include "consensus/mutant.h"
#include "ledger/executor_work.h"
#include "ledger/state.h"

namespace jingchu::ledger {
namespace {

using consensus::mutant;
using consensus::Mutant;

// Of the batches from which transactions wait in the queue.
Result<std::set<Hash>> queued_batches(const KeyValueStore& store) {
  std::set<Hash> tips;
  RETURN_IF_ERROR(store.scan(stored_state_key(std::string(kLedgerKeys) + "/queue/"), {},
                             [&](std::string_view key, ByteView value) {
                               if (const auto tip = queued_batch(key, value)) tips.insert(*tip);
                               return true;
                             }));
  return tips;
}

Result<std::optional<TransactionPlace>> place_of(const KeyValueStore& store, const Hash& id) {
  ASSIGN_OR_RETURN(const auto bytes, store.get(store_keys::transaction(id)));
  if (!bytes) return std::optional<TransactionPlace>();
  ASSIGN_OR_RETURN(const auto place, decode<TransactionPlace>(*bytes));
  return std::optional(place);
}

}  // namespace

Result<Horizon> read_horizon(const KeyValueStore& store) {
  ASSIGN_OR_RETURN(const auto bytes, store.get(kHorizonKey));
  if (!bytes) return Horizon();
  auto horizon = decode<Horizon>(*bytes);
  if (horizon.ok() && horizon->format == Horizon().format) return horizon;
  return store.report(environment_error(
      "storage-corrupted", "the horizon of the history (key p) cannot be read", "check the disk"));
}

std::uint64_t kept_blocks_min(const Genesis& genesis, std::uint64_t beyond_lag) {
  return std::max({2 * genesis.parameters.epoch_blocks, genesis.rules.validity_window,
                   genesis.parameters.execution_lag_max + beyond_lag});
}

Pruner::Pruner(KeyValueStore& store, const Genesis& genesis, std::uint64_t keep_blocks,
               std::uint64_t beyond_lag)
    : store_(store),
      genesis_(genesis),
      keep_blocks_(std::max(keep_blocks, kept_blocks_min(genesis, beyond_lag))) {}

Result<std::optional<Epoch>> Pruner::due() const {
  ASSIGN_OR_RETURN(const auto head, BlockStore(store_).head());
  ASSIGN_OR_RETURN(const auto horizon, read_horizon(store_));
  const Epoch next = genesis_.epochs().after(horizon.target);
  const Height last = genesis_.epochs().last(next);
  const bool is_due = head && head->height > last && head->height - last >= keep_blocks_;
  return is_due ? std::optional(next) : std::nullopt;
}

Status Pruner::begin(Epoch epoch) {
  ASSIGN_OR_RETURN(auto horizon, read_horizon(store_));
  horizon.target = std::max(horizon.target, genesis_.epochs().last(epoch));
  WriteBatch writes;
  writes.put(std::string(kHorizonKey), encode(horizon));
  return store_.write(writes, Durability::kLater);
}

Result<bool> Pruner::step(std::uint64_t blocks) {
  ASSIGN_OR_RETURN(auto horizon, read_horizon(store_));
  if (horizon.done == horizon.target) return true;
  // Nothing enters or leaves the queue meanwhile: blocks are executed by this thread.
  ASSIGN_OR_RETURN(const auto queued, queued_batches(store_));
  for (; blocks != 0 && horizon.done < horizon.target; --blocks) {
    RETURN_IF_ERROR(prune_block(horizon.done.next(), queued, horizon));
  }
  return horizon.done == horizon.target;
}

// One atomic write with the horizon: whatever breaks off, the next step finds this block whole or gone.
Status Pruner::prune_block(Height height, const std::set<Hash>& queued, Horizon& horizon) {
  ASSIGN_OR_RETURN(const auto block, BlockStore(store_).stored(height));
  if (!block) {
    return store_.report(environment_error("storage-corrupted", "block " + to_string(height) + " is missing",
                                           "check the disk"));
  }
  WriteBatch writes;
  RETURN_IF_ERROR(prune_batches(*block, queued, horizon.target, writes));
  for (std::uint32_t position = 0; position < block->transactions.size(); ++position) {
    if (position % kReceiptsTogether == 0) {
      writes.erase(store_keys::receipts(height, position / kReceiptsTogether));
    }
    writes.erase(store_keys::transaction(block->transactions[position]));
  }
  writes.erase(store_keys::contents(height));
  const bool closes = genesis_.epochs().is_last(height);
  if (!closes || mutant(Mutant::kPrunesClosings)) writes.erase(store_keys::summary(height));
  if (closes && mutant(Mutant::kPrunesAboveHorizon)) writes.erase(store_keys::contents(height.next()));
  Horizon next = horizon;
  next.done = height;
  next.history.append(history_leaf(height, block->hash, block->roots.receipts));
  writes.put(std::string(kHorizonKey), encode(next));
  RETURN_IF_ERROR(store_.write(writes, Durability::kLater));
  horizon = std::move(next);
  return ok_status();
}

// Those that the block ordered, and those of earlier blocks from which it executed.
Status Pruner::prune_batches(const StoredBlock& block, const std::set<Hash>& queued, Height target,
                             WriteBatch& writes) const {
  std::map<Hash, std::size_t> executed;  // transactions of each batch that this block executed
  for (const Hash& tip : block.batches) executed[tip] = 0;
  for (const Hash& id : block.transactions) {
    ASSIGN_OR_RETURN(const auto place, place_of(store_, id));
    if (place) executed[place->batch] += 1;
  }
  for (const auto& [tip, count] : executed) {
    ASSIGN_OR_RETURN(const auto batch, BlockStore(store_).batch(tip));
    if (!batch || queued.contains(tip)) continue;
    bool needed = false;
    if (count != batch->batch.transactions.size() && !mutant(Mutant::kPrunesWaiting)) {
      ASSIGN_OR_RETURN(needed, is_needed(*batch, target));
    }
    if (needed) continue;
    ASSIGN_OR_RETURN(const auto at, BlockStore(store_).batch_place(tip));
    if (at) writes.erase(store_keys::batch_at(*at));
    writes.erase(store_keys::batch(tip));
  }
  return ok_status();
}

// A block above the horizon executed a transaction of it, which had waited.
Result<bool> Pruner::is_needed(const consensus::SealedBatch& batch, Height target) const {
  for (const auto& bytes : batch.batch.transactions) {
    const auto transaction = decode_transaction(bytes, {std::numeric_limits<std::uint64_t>::max()});
    if (!transaction.ok()) continue;
    ASSIGN_OR_RETURN(const auto place, place_of(store_, transaction_id(*transaction)));
    if (place && place->batch == batch.tip && place->height > target) return true;
  }
  return false;
}

// Of the keys that begin with heights nothing was erased above the horizon; of those that begin with hashes,
// a sixteenth at a time.
Status compact_history(KeyValueStore& store, const StopRequest& stop) {
  ASSIGN_OR_RETURN(const auto horizon, read_horizon(store));
  std::vector<std::pair<std::string, std::string>> pieces;
  const std::string end = store_keys::summary(horizon.done.next()).substr(1);
  for (const char* prefix : {"a", "b", "c", "r"}) pieces.emplace_back(prefix, prefix + end);
  for (const char prefix : {'t', 'x'}) {
    for (int piece = 0; piece < 16; ++piece) {
      std::string from{prefix, static_cast<char>(piece * 16)};
      std::string to{prefix, static_cast<char>(piece * 16 + 16)};
      if (piece == 15) to = std::string(1, static_cast<char>(prefix + 1));
      pieces.emplace_back(std::move(from), std::move(to));
    }
  }
  for (const auto& [from, to] : pieces) {
    if (stop && stop()) return stopped();
    RETURN_IF_ERROR(store.compact(from, to));
  }
  return store.reclaim();
}

}  // namespace jingchu::ledger
