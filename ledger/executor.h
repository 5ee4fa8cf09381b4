// Executes finalized blocks: the queue first, then the batches in their order; duplicates and expired
// transactions are skipped. A block's state, receipts, indexes and roots reach the store in ONE atomic write.
// Deterministic: the same blocks give the same roots on every validator, with restarts anywhere between. One
// thread at a time.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <unordered_set>
#include <vector>

#include "consensus/step.h"
#include "contracts/contract.h"
#include "ledger/block_store.h"
#include "ledger/checked_batches.h"
#include "ledger/genesis.h"
#include "ledger/receipt.h"
#include "ledger/state.h"
#include "ledger/state_tree.h"

namespace jingchu::ledger {

// Bytes of transactions that may wait in the state's queue; what finds no room gets receipts of code
// "queue-full".
inline constexpr std::uint64_t kQueueBytesMax = 64 << 20;

// Who a key is, by the identity contract's state, or why it may not call ("unknown-sender", ...).
using Authorize =
    std::function<Result<contracts::Caller>(const contracts::StateReader& identity, const PublicKey& key)>;

// How the governance contract keeps the sets of validators in its state; what is empty does nothing.
struct ValidatorSets {
  std::function<Status(contracts::Context&, const Genesis&)> begin;  // after genesis
  std::function<Status(contracts::Context&, Epoch closing)> close;   // after an epoch's last block
  std::string contract = "governance";
};

struct ExecutorConfig {
  Genesis genesis;
  KeyValueStore* store = nullptr;                         // outlives the executor, which alone writes it
  std::span<const contracts::Contract* const> contracts;  // outlive it too
  Authorize authorize;
  std::string identity_contract = "identity";  // whose state `authorize` reads
  ValidatorSets validator_sets = {};
  CheckedBatches* checked = nullptr;  // whose transactions need not be decoded again; outlives it; null: none
  // Equal on every validator; smaller in tests.
  std::uint64_t queue_bytes_max = kQueueBytesMax;
  StateTreeOptions tree = {};
};

struct ExecutedTransaction {
  Hash id{};
  std::vector<Receipt> receipts;  // one for each call
  PreparedPointer transaction;
};

struct ExecutedBlock {
  Height height;
  Hash hash{};
  Roots roots;
  Hash executed_root{};
  std::uint64_t cost = 0;
  std::vector<ExecutedTransaction> transactions;  // in the order of execution
  std::vector<Hash> expired;                      // skipped, and never to be executed
  std::size_t duplicates = 0;
  std::size_t queued = 0;  // transactions that wait in the queue after this block
  bool repeated = false;   // it had been executed before: nothing was done
};

class Executor {
 public:
  // Executes genesis if the store is empty. Errors: "wrong-chain" (the store is of another network),
  // "bad-genesis" (a contract refused its part), the store's.
  static Result<std::unique_ptr<Executor>> open(ExecutorConfig config);

  // Executes the block above height() and writes it, not yet synced. A block at or below it is compared and
  // skipped; another hash there is an Error "conflicting-block", a gap "missing-block" (both kOurs). On any
  // error nothing of the block was written, and after an error of the store the executor refuses to go on.
  Result<ExecutedBlock> execute(const consensus::FinalizedBlock& block);
  // Makes everything executed so far durable; only then may it be reported (R4).
  Status sync();

  // For proofs, from any thread: it stands at the last block executed, which need not be durable yet.
  const StateTree& tree() const { return *tree_; }

  Height height() const { return head_.height; }
  Hash executed_root() const { return head_.roots.executed(); }
  Hash genesis_root() const { return head_.genesis_root; }
  // True while a copy of this transaction would be skipped: executed or queued within the window.
  bool in_window(const Hash& id) const { return window_ids_.contains(id); }

 private:
  // A transaction with the place of its bytes; `key` is that of the queue in the state, if it waits there.
  struct Candidate {
    PreparedPointer transaction;
    Hash batch{};
    std::uint32_t batch_position = 0;
    std::string key;
  };
  struct Work;  // a block in execution

  explicit Executor(ExecutorConfig config);
  Status execute_genesis();
  Status initialize_contracts();
  Status reload(ExecutionHead head);
  Status reload_window();
  Status reload_queue();

  Result<ExecutedBlock> skip_repeated(const consensus::FinalizedBlock& block) const;
  Status run(Work& work);
  Status run_queue(Work& work);
  Status run_batch(Work& work, const consensus::SealedBatch& batch);
  std::vector<PreparedPointer> transactions_of(const consensus::SealedBatch& batch) const;
  Status run_or_queue(Work& work, Candidate candidate);
  void enqueue(Work& work, Candidate candidate);
  // False: it would go beyond the block's cost, and was undone.
  Result<bool> run_transaction(Work& work, const Candidate& candidate);
  Result<std::vector<Receipt>> receipts_of(const PreparedTransaction& transaction,
                                           const contracts::CallPlace& place);
  std::vector<Receipt> run_calls(const PreparedTransaction& transaction, const contracts::Caller& caller,
                                 contracts::CallPlace place);
  Receipt run_call(const Call& call, const contracts::Caller& caller, const contracts::CallPlace& place);
  const Result<contracts::Caller>& caller_of(const PublicKey& key);
  void forget_callers_after(const Transaction& transaction);
  void record(Work& work, const Candidate& candidate, std::vector<Receipt> receipts);
  void close_window(Work& work);
  Status close_epoch(Work& work);
  Status commit_state(ExecutionHead& next, WriteBatch& writes);
  Status commit(Work& work);

  ExecutorConfig config_;
  StateOverlay overlay_;
  std::unique_ptr<StateTree> tree_;
  ExecutionHead head_;
  std::unordered_set<Hash, HashOfHash> window_ids_;
  std::map<Height, std::vector<Hash>> window_;  // ids by the height that ordered them
  std::deque<Candidate> queue_;
  std::uint64_t queue_bytes_ = 0;
  std::map<PublicKey, Result<contracts::Caller>>
      callers_;  // what `authorize` answered in the present identity state
  std::optional<Error> broken_;
};

}  // namespace jingchu::ledger
