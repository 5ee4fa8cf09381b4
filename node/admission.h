// Which transactions of clients come in: what admission decides, without threads or coroutines of its own, so
// that the simulator hosts the same. Checked in three steps, the second of which is costly and needs no
// state; then kept in the mempool, and taken from it for our lane's next batch. Admission speaks about now;
// execution checks again. Thread-safe.
#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <unordered_set>
#include <vector>

#include "ledger/batch_check.h"
#include "ledger/block_store.h"
#include "ledger/executor.h"
#include "ledger/genesis.h"
#include "ledger/mempool.h"

namespace jingchu::node {

// What the identity module knows of a key, in the form that execution and admission ask for.
Result<contracts::Caller> caller_of(const contracts::StateReader& identity, const PublicKey& key);

class Admission {
 public:
  struct Parts {
    const ledger::Genesis* genesis;
    const ledger::KeyValueStore* store;
    const ledger::BlockStore* blocks;
    std::span<const contracts::Contract* const> contracts;
    ledger::Authorize authorize;
    ledger::MempoolLimits limits;
    ledger::SignatureCheck signatures = ledger::check_signatures;
  };
  explicit Admission(Parts parts);

  struct Admitted {
    Hash id{};
    bool is_new = false;  // else it is here or final already
  };
  // All checks, and then into the mempool. Its signature is checked on the thread that calls: what clients
  // ask for takes nothing from the pool in which batches of peers are checked. `network_height`: how far the
  // network is known to be final. Errors as in ApiBackend::submit.
  Result<Admitted> submit(ledger::Transaction transaction, Height network_height = {});

  // The encodings of the next transactions for a batch.
  std::vector<Bytes> take(std::uint64_t bytes_max, std::size_t count_max);
  // Transactions that were taken for batches which nobody will order wait again.
  void give_back(const std::vector<Bytes>& transactions);
  // Forgets all that waits or is in flight, of a node that has no lane any more: their ids.
  std::vector<Hash> abandon();
  // To be called for each executed block, before anyone is told of it.
  void executed(const ledger::ExecutedBlock& block);

  bool is_pending(const Hash& id) const;
  bool is_expired(const Hash& id) const;
  std::size_t waiting_count() const;
  std::uint64_t waiting_bytes() const;

 private:
  // Signature and arguments: what needs no state.
  Status check(const ledger::PreparedPointer& transaction) const;
  Status authorize(const ledger::PreparedTransaction& transaction) const;
  Error refusal(const Error& error, Height valid_until, Height network_height) const;
  void remember_expired(std::vector<Hash> ids);

  Parts parts_;
  mutable std::mutex mutex_;  // guards what is below
  ledger::Mempool mempool_;
  Height height_;
  std::unordered_set<Hash, HashOfHash> expired_;  // the newest that were dropped here
  std::deque<Hash> expired_order_;
};

}  // namespace jingchu::node
