// Opening an executor: the genesis state, or what a restart reloads.
#include <algorithm>
#include <charconv>
#include <limits>

#include "common/codec.h"
#include "consensus/mutant.h"
#include "ledger/executor_work.h"

namespace jingchu::ledger {
namespace {

using consensus::mutant;
using consensus::Mutant;

std::string hex_digits(std::uint64_t value, int digits) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) text += kDigits[(value >> shift) & 15];
  return text;
}

constexpr std::string_view kWindow = "window/";
constexpr std::string_view kQueue = "queue/";

std::string ledger_key(std::string_view key) {
  return std::string(kLedgerKeys) + "/" + std::string(key);
}

Error corrupted(const std::string& what) {
  return environment_error(
      "storage-corrupted", what,
      "check the disk; move the database away and start again: the node fetches the chain from its "
      "peers");
}

}  // namespace

std::string window_key(Height height) {
  return ledger_key(std::string(kWindow) + hex_digits(height.value(), 16));
}

std::string queue_key(Height height, std::uint32_t index) {
  return ledger_key(std::string(kQueue) + hex_digits(height.value(), 16) + "/" + hex_digits(index, 8));
}

std::optional<Hash> queued_batch(std::string_view stored_key, ByteView value) {
  if (!stored_key.starts_with(stored_state_key(ledger_key(kQueue)))) return std::nullopt;
  const auto queued = decode<QueuedValue>(value);
  return queued.ok() ? std::optional(queued->batch) : std::nullopt;
}

Executor::Executor(ExecutorConfig config) : config_(std::move(config)), overlay_(*config_.store) {}

Result<std::unique_ptr<Executor>> Executor::open(ExecutorConfig config) {
  std::unique_ptr<Executor> executor(new Executor(std::move(config)));
  ASSIGN_OR_RETURN(auto head, BlockStore(*executor->config_.store).head());
  ASSIGN_OR_RETURN(executor->tree_, StateTree::open(*executor->config_.store, executor->config_.tree));
  executor->overlay_.use(*executor->tree_);
  if (head) {
    RETURN_IF_ERROR(executor->reload(std::move(*head)));
  } else {
    RETURN_IF_ERROR(executor->execute_genesis());
  }
  return executor;
}

Status Executor::initialize_contracts() {
  for (const auto& [name, json] : config_.genesis.contracts) {
    const auto known = [&](const contracts::Contract* contract) { return contract->name() == name; };
    if (std::any_of(config_.contracts.begin(), config_.contracts.end(), known)) continue;
    return environment_error("bad-genesis", "this program has no contract of that name", {},
                             "/contracts/" + name);
  }
  const contracts::Caller nobody;
  contracts::CallPlace place;
  place.block_time_ms = config_.genesis.time_ms;
  for (const auto* contract : config_.contracts) {
    CallContext context(overlay_, contract->name(), nobody, place, std::numeric_limits<std::uint64_t>::max());
    const auto given = config_.genesis.contracts.find(contract->name());
    const std::string_view json =
        given == config_.genesis.contracts.end() ? "{}" : std::string_view(given->second);
    const auto done = contract->initialize(context, json);
    if (done.ok()) continue;
    return environment_error("bad-genesis", done.error().what, done.error().remedy,
                             "/contracts/" + std::string(contract->name()) + done.error().where);
  }
  if (!config_.validator_sets.begin) return ok_status();
  CallContext context(overlay_, config_.validator_sets.contract, nobody, place,
                      std::numeric_limits<std::uint64_t>::max());
  return config_.validator_sets.begin(context, config_.genesis);
}

Status Executor::execute_genesis() {
  RETURN_IF_ERROR(initialize_contracts());
  WriteBatch writes;
  RETURN_IF_ERROR(commit_state(head_, writes));
  head_.chain_id = config_.genesis.chain_id;
  head_.roots.receipts = merkle::root({});
  head_.roots.history = head_.history.root();
  head_.genesis_root = head_.roots.executed();
  StoredBlock block;
  block.header = config_.genesis.header(head_.genesis_root);
  block.hash = head_.hash = consensus::block_hash(head_.chain_id, block.header);
  block.roots = head_.roots;
  writes.put(store_keys::summary(Height(0)), encode_summary(block));
  writes.put(store_keys::contents(Height(0)), encode_contents(block));
  writes.put(store_keys::head(), encode(head_));
  return config_.store->write(writes, Durability::kSynced);
}

Status Executor::reload(ExecutionHead head) {
  if (head.format != ExecutionHead().format) {
    return environment_error("wrong-format", "the database has format " + std::to_string(head.format),
                             "use the program that wrote it");
  }
  if (head.chain_id != config_.genesis.chain_id) {
    return environment_error("wrong-chain", "the database is of the network " + to_hex(head.chain_id),
                             "use this network's home directory");
  }
  if (tree_->height() != head.height || tree_->root() != head.roots.entities) {
    return config_.store->report(corrupted("the state tree does not stand where the chain does"));
  }
  head_ = std::move(head);
  if (!mutant(Mutant::kWindowNotReloaded)) RETURN_IF_ERROR(reload_window());
  if (mutant(Mutant::kQueueNotReloaded)) return ok_status();
  RETURN_IF_ERROR(reload_queue());
  if (mutant(Mutant::kQueueReversed)) std::reverse(queue_.begin(), queue_.end());
  return ok_status();
}

Status Executor::reload_window() {
  Status outcome = ok_status();
  RETURN_IF_ERROR(CommittedState(*config_.store, std::string(kLedgerKeys))
                      .scan(kWindow, kWindow, [&](std::string_view key, ByteView value) {
                        std::uint64_t height = 0;
                        std::from_chars(key.data() + kWindow.size(), key.data() + key.size(), height, 16);
                        auto ids = decode<std::vector<Hash>>(value);
                        if (!ids.ok()) {
                          outcome = corrupted("the window of executed ids cannot be read");
                          return false;
                        }
                        window_ids_.insert(ids->begin(), ids->end());
                        window_[Height(height)] = std::move(ids).value();
                        return true;
                      }));
  return outcome;
}

Status Executor::reload_queue() {
  Status outcome = ok_status();
  RETURN_IF_ERROR(CommittedState(*config_.store, std::string(kLedgerKeys))
                      .scan(kQueue, kQueue, [&](std::string_view key, ByteView value) {
                        auto queued = decode<QueuedValue>(value);
                        auto prepared = queued.ok() ? prepare(queued->transaction, head_.chain_id,
                                                              config_.genesis.rules.transaction)
                                                    : Result<PreparedPointer>(queued.error());
                        if (!prepared.ok()) {
                          outcome = corrupted("the queue of transactions cannot be read");
                          return false;
                        }
                        queue_bytes_ += queued->transaction.size();
                        queue_.push_back({*prepared, queued->batch, queued->batch_position, ledger_key(key)});
                        return true;
                      }));
  return outcome;
}

}  // namespace jingchu::ledger
