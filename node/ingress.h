// Where transactions of clients come in: checked, admitted to the mempool, taken from it for our lane's next
// batch. Admission speaks about now; execution checks again. Thread-safe.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <mutex>
#include <optional>
#include <unordered_set>

#include "ledger/block_store.h"
#include "ledger/executor.h"
#include "ledger/genesis.h"
#include "ledger/mempool.h"

namespace jingchu::node {

class Ingress {
 public:
  struct Parts {
    const ledger::Genesis* genesis;
    const ledger::KeyValueStore* store;
    const ledger::BlockStore* blocks;
    std::span<const contracts::Contract* const> contracts;
    ledger::Authorize authorize;
    boost::asio::thread_pool* signature_pool;
    ledger::MempoolLimits limits;
    std::function<void()> on_waiting;  // something new waits in the mempool; called on any thread
  };
  explicit Ingress(Parts parts);

  // Errors as in ApiBackend::submit. The id of a transaction that is here or final already is given again.
  boost::asio::awaitable<Result<Hash>> submit(ledger::Transaction transaction);

  // The encodings of the next transactions for a batch.
  std::vector<Bytes> take(std::uint64_t bytes_max, std::size_t count_max);
  // To be called for each executed block, before anyone is told of it.
  void executed(const ledger::ExecutedBlock& block);

  bool is_pending(const Hash& id) const;
  bool is_expired(const Hash& id) const;
  std::size_t waiting_count() const;
  std::uint64_t waiting_bytes() const;

 private:
  // The costly checks, which need no state: signature and arguments. For the pool; nothing: it passes.
  boost::asio::awaitable<std::optional<Error>> check(ledger::PreparedPointer prepared) const;
  Status authorize(const ledger::PreparedTransaction& transaction) const;
  Result<Hash> admit(ledger::PreparedPointer transaction);
  void remember_expired(std::vector<Hash> ids);

  Parts parts_;
  mutable std::mutex mutex_;  // guards what is below
  ledger::Mempool mempool_;
  Height height_;
  std::unordered_set<Hash, HashOfHash> expired_;  // the newest that were dropped here
  std::deque<Hash> expired_order_;
};

}  // namespace jingchu::node
