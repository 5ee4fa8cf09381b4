#include "ledger/checked_batches.h"

#include <utility>

namespace jingchu::ledger {

void CheckedBatches::add(const Hash& tip, std::vector<PreparedPointer> transactions) {
  const std::lock_guard lock(mutex_);
  const auto [batch, is_new] = batches_.try_emplace(tip);
  if (!is_new) return;
  tips_.push_back(tip);
  for (const auto& transaction : transactions) bytes_ += transaction->bytes.size();
  batch->second = std::move(transactions);
  for (; bytes_ > kBytesMax; ++forgotten_) forget_transactions(batches_.at(tips_[forgotten_]));
  if (tips_.size() <= kTipsMax) return;
  const auto oldest = batches_.find(tips_.front());
  forget_transactions(oldest->second);
  batches_.erase(oldest);
  tips_.pop_front();
  if (forgotten_ > 0) --forgotten_;
}

bool CheckedBatches::contains(const Hash& tip) const {
  const std::lock_guard lock(mutex_);
  return batches_.contains(tip);
}

std::vector<PreparedPointer> CheckedBatches::take(const Hash& tip) {
  const std::lock_guard lock(mutex_);
  const auto batch = batches_.find(tip);
  if (batch == batches_.end()) return {};
  auto taken = batch->second;
  forget_transactions(batch->second);
  return taken;
}

void CheckedBatches::forget_transactions(std::vector<PreparedPointer>& transactions) {
  for (const auto& transaction : std::exchange(transactions, {})) bytes_ -= transaction->bytes.size();
}

}  // namespace jingchu::ledger
