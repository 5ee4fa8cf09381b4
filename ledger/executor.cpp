// Executing a block: what runs, in which order, and the one write that keeps it.
#include "ledger/executor.h"

#include <limits>

#include "common/codec.h"
#include "consensus/mutant.h"
#include "ledger/executor_work.h"

namespace jingchu::ledger {

namespace {

constexpr std::size_t kUsualReceiptBytes = 512;

}  // namespace

using consensus::mutant;
using consensus::Mutant;

Result<ExecutedBlock> Executor::skip_repeated(const consensus::FinalizedBlock& block) const {
  ASSIGN_OR_RETURN(const auto stored, BlockStore(*config_.store).block(block.header.height));
  if (!stored || stored->hash != block.hash) {
    return our_error("conflicting-block",
                     "another block was executed at height " + to_string(block.header.height),
                     "stop this node: two finalized blocks at one height break the protocol's promise");
  }
  ExecutedBlock result;
  result.height = block.header.height;
  result.hash = block.hash;
  result.roots = stored->roots;
  result.executed_root = stored->roots.executed();
  result.cost = stored->cost;
  result.repeated = true;
  return result;
}

Result<ExecutedBlock> Executor::execute(const consensus::FinalizedBlock& block) {
  if (broken_) return *broken_;
  const auto& header = block.header;
  if (header.height <= head_.height) return skip_repeated(block);
  if (header.height != head_.height.next()) {
    return our_error("missing-block",
                     "block " + to_string(header.height) + " came after " + to_string(head_.height));
  }
  if (header.parent_hash != head_.hash) {
    return our_error("conflicting-block",
                     "block " + to_string(header.height) + " does not follow the executed one",
                     "stop this node: two finalized blocks at one height break the protocol's promise");
  }
  Work work(block);
  auto done = run(work);
  if (done.ok()) done = commit(work);
  if (done.ok()) return std::move(work.result);
  // Window, queue and overlay no longer match the store: only a restart does.
  broken_ = done.error();
  overlay_.discard();
  return *broken_;
}

Status Executor::run(Work& work) {
  RETURN_IF_ERROR(run_queue(work));
  for (const auto& batch : work.block.batches) {
    RETURN_IF_ERROR(run_batch(work, *batch));
    const BatchPlace place{work.height(), static_cast<std::uint32_t>(work.stored.batches.size())};
    put_batch(work.writes, batch->tip, place, encode(batch->batch));
    work.stored.batches.push_back(batch->tip);
  }
  close_window(work);
  return close_epoch(work);
}

// R3: who validates the epoch after the next follows from the state after an epoch's last block alone.
Status Executor::close_epoch(Work& work) {
  const auto epochs = config_.genesis.epochs();
  if (!config_.validator_sets.close || !epochs.is_last(work.height())) return ok_status();
  const contracts::Caller nobody;
  const contracts::CallPlace place{work.height(), work.block.header.time_ms, {}, 0};
  CallContext context(overlay_, config_.validator_sets.contract, nobody, place,
                      std::numeric_limits<std::uint64_t>::max());
  return config_.validator_sets.close(context, epochs.of(work.height()));
}

// What waits goes first; what expired while it waited is dropped.
Status Executor::run_queue(Work& work) {
  while (!queue_.empty()) {
    const auto& next = queue_.front();
    if (next.transaction->transaction.valid_until < work.height()) {
      work.result.expired.push_back(next.transaction->id);
    } else {
      ASSIGN_OR_RETURN(const bool executed, run_transaction(work, next));
      if (!executed) return ok_status();
    }
    overlay_.erase(next.key);
    queue_bytes_ -= next.transaction->bytes.size();
    queue_.pop_front();
  }
  return ok_status();
}

// Every validator checked the batch before it stored it; what does not decode all the same is null, and
// skipped by all alike.
std::vector<PreparedPointer> Executor::transactions_of(const consensus::SealedBatch& batch) const {
  const auto& encoded = batch.batch.transactions;
  std::vector<PreparedPointer> transactions;
  if (config_.checked != nullptr) transactions = config_.checked->take(batch.tip);
  if (transactions.size() == encoded.size()) return transactions;
  transactions.clear();
  for (const auto& bytes : encoded) {
    auto prepared = prepare(bytes, head_.chain_id, config_.genesis.rules.transaction);
    transactions.push_back(prepared.ok() ? std::move(*prepared) : nullptr);
  }
  return transactions;
}

Status Executor::run_batch(Work& work, const consensus::SealedBatch& batch) {
  std::uint32_t position = 0;
  for (auto& prepared : transactions_of(batch)) {
    const std::uint32_t here = position++;
    if (prepared == nullptr) continue;
    const auto& transaction = *prepared;
    const Height valid_until = transaction.transaction.valid_until;
    const bool is_over = valid_until < work.height();
    if (is_over && !mutant(Mutant::kExpiryIgnored)) {
      work.result.expired.push_back(transaction.id);
      continue;
    }
    if (!is_over && valid_until - work.height() > config_.genesis.rules.validity_window) continue;
    if (!window_ids_.insert(transaction.id).second) {
      work.result.duplicates += 1;
      continue;
    }
    work.ordered.push_back(transaction.id);
    RETURN_IF_ERROR(run_or_queue(work, {std::move(prepared), batch.tip, here, {}}));
  }
  return ok_status();
}

Status Executor::run_or_queue(Work& work, Candidate candidate) {
  if (queue_.empty()) {
    ASSIGN_OR_RETURN(const bool executed, run_transaction(work, candidate));
    if (executed) return ok_status();
  }
  enqueue(work, std::move(candidate));
  return ok_status();
}

void Executor::enqueue(Work& work, Candidate candidate) {
  const auto& transaction = *candidate.transaction;
  if (queue_bytes_ + transaction.bytes.size() > config_.queue_bytes_max) {
    std::vector<Receipt> receipts(transaction.transaction.calls.size());
    for (auto& receipt : receipts) {
      receipt.code = kQueueFull;
      receipt.message = "too many transactions wait for execution";
    }
    record(work, candidate, std::move(receipts));
    return;
  }
  candidate.key = queue_key(work.height(), work.queued_here++);
  Bytes value = encode(candidate.batch, candidate.batch_position, transaction.bytes);
  overlay_.put(candidate.key, std::move(value));
  queue_bytes_ += transaction.bytes.size();
  queue_.push_back(std::move(candidate));
}

void Executor::record(Work& work, const Candidate& candidate, std::vector<Receipt> receipts) {
  const Hash& id = candidate.transaction->id;
  const auto position = static_cast<std::uint32_t>(work.stored.transactions.size());
  Bytes& encoded = work.receipts_together;
  encoded.reserve(encoded.size() + receipts.size() * kUsualReceiptBytes);
  CanonicalOutput archive(encoded);
  archive.write_count(receipts.size());
  for (std::uint32_t i = 0; i < receipts.size(); ++i) {
    receipts[i].transaction_id = id;
    receipts[i].call_index = i;
    receipts[i].height = work.height();
    const std::size_t begin = encoded.size();
    archive(receipts[i]);
    work.receipts.add(ByteView(encoded).subspan(begin));
  }
  work.stored.transactions.push_back(id);
  if (work.stored.transactions.size() % kReceiptsTogether == 0) work.put_receipts();
  work.writes.put(
      store_keys::transaction(id),
      encode(TransactionPlace{work.height(), position, candidate.batch, candidate.batch_position}));
  work.result.transactions.push_back({id, std::move(receipts), candidate.transaction});
}

// Ids of this height join the window; those that no later block could repeat leave it.
void Executor::close_window(Work& work) {
  if (!work.ordered.empty()) {
    overlay_.put(window_key(work.height()), encode(work.ordered));
    window_[work.height()] = std::move(work.ordered);
  }
  const std::uint64_t shorter = mutant(Mutant::kWindowTooShort) ? 1 : 0;
  const std::uint64_t window = config_.genesis.rules.validity_window - shorter;
  while (!window_.empty() && work.height() - window_.begin()->first >= window) {
    overlay_.erase(window_key(window_.begin()->first));
    for (const auto& id : window_.begin()->second) window_ids_.erase(id);
    window_.erase(window_.begin());
  }
}

Status Executor::sync() {
  if (broken_) return *broken_;
  const bool syncs = !mutant(Mutant::kExecutionNotSynced);
  auto synced = config_.store->write({}, syncs ? Durability::kSynced : Durability::kLater);
  if (!synced.ok()) broken_ = synced.error();
  return synced;
}

}  // namespace jingchu::ledger
