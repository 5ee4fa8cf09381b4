// Batches whose transactions were checked (batch_check.h), by tip: the same batch comes from several peers,
// and what was decoded for the check is what execution needs. Thread-safe.
#pragma once

#include <deque>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "ledger/transaction.h"

namespace jingchu::ledger {

class CheckedBatches {
 public:
  // So many of the newest tips are known, and transactions kept of the newest batches of so many bytes.
  static constexpr std::size_t kTipsMax = 4096;
  static constexpr std::uint64_t kBytesMax = 32 << 20;

  void add(const Hash& tip, std::vector<PreparedPointer> transactions);
  bool contains(const Hash& tip) const;
  // The transactions, which are then not kept any longer; none if they are not here (any more).
  std::vector<PreparedPointer> take(const Hash& tip);

 private:
  void forget_transactions(std::vector<PreparedPointer>& transactions);

  mutable std::mutex mutex_;
  std::unordered_map<Hash, std::vector<PreparedPointer>, HashOfHash> batches_;
  std::deque<Hash> tips_;      // of batches_, the newest last
  std::size_t forgotten_ = 0;  // of tips_: those at the front that have no transactions for sure
  std::uint64_t bytes_ = 0;
};

}  // namespace jingchu::ledger
