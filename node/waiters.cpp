#include "node/waiters.h"

#include <boost/asio/post.hpp>

namespace jingchu::node {

Waiters::Place::Place(Waiters& waiters, const Hash& id, Timer timer) : waiters_(waiters) {
  const std::lock_guard lock(waiters_.mutex_);
  entry_ = waiters_.waiting_.emplace(id, Waiter{std::move(timer), nullptr});
}

Waiters::Place::~Place() {
  const std::lock_guard lock(waiters_.mutex_);
  waiters_.waiting_.erase(entry_);
}

Waiters::Receipts Waiters::Place::receipts() const {
  const std::lock_guard lock(waiters_.mutex_);
  return entry_->second.receipts;
}

// A timer belongs to its coroutine's executor and is touched only there. Setting its time to the past rather
// than cancelling it also ends a wait that has not begun yet.
void Waiters::wake(const Timer& timer) {
  boost::asio::post(timer->get_executor(),
                    [timer] { timer->expires_at(boost::asio::steady_timer::time_point::min()); });
}

void Waiters::notify(const Hash& id, std::span<const ledger::Receipt> receipts) {
  const std::lock_guard lock(mutex_);
  const auto [first, last] = waiting_.equal_range(id);
  if (first == last) return;
  const auto told = std::make_shared<const std::vector<ledger::Receipt>>(receipts.begin(), receipts.end());
  for (auto entry = first; entry != last; ++entry) {
    entry->second.receipts = told;
    wake(entry->second.timer);
  }
}

void Waiters::notify(const Hash& id) {
  const std::lock_guard lock(mutex_);
  const auto [first, last] = waiting_.equal_range(id);
  for (auto entry = first; entry != last; ++entry) wake(entry->second.timer);
}

void Waiters::close() {
  closed_ = true;  // who is not in the table yet sees this
  const std::lock_guard lock(mutex_);
  for (const auto& [id, waiter] : waiting_) wake(waiter.timer);
}

}  // namespace jingchu::node
