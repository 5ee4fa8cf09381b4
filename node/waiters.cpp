#include "node/waiters.h"

#include <boost/asio/post.hpp>

namespace jingchu::node {

Waiters::Place::Place(Waiters& waiters, const Hash& id, Timer timer) : waiters_(waiters) {
  const std::lock_guard lock(waiters_.mutex_);
  entry_ = waiters_.timers_.emplace(id, std::move(timer));
}

Waiters::Place::~Place() {
  const std::lock_guard lock(waiters_.mutex_);
  waiters_.timers_.erase(entry_);
}

// A timer belongs to its coroutine's executor and is touched only there. Setting its time to the past rather
// than cancelling it also ends a wait that has not begun yet.
void Waiters::wake(const Timer& timer) {
  boost::asio::post(timer->get_executor(),
                    [timer] { timer->expires_at(boost::asio::steady_timer::time_point::min()); });
}

void Waiters::notify(const Hash& id) {
  const std::lock_guard lock(mutex_);
  const auto [first, last] = timers_.equal_range(id);
  for (auto entry = first; entry != last; ++entry) wake(entry->second);
}

void Waiters::close() {
  closed_ = true;  // who is not in the table yet sees this
  const std::lock_guard lock(mutex_);
  for (const auto& [id, timer] : timers_) wake(timer);
}

}  // namespace jingchu::node
