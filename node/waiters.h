// Requests that wait for a transaction to become final. Thread-safe.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "common/hash.h"

namespace jingchu::node {

class Waiters {
 public:
  // Returns when notify(id) is called after this began, when closed, or after `timeout`. The caller looks at
  // the transaction before AND after, so that nothing is missed in between: `still_pending` is asked once the
  // waiter is in place.
  template <class StillPending>
  boost::asio::awaitable<void> wait(Hash id, std::chrono::milliseconds timeout, StillPending still_pending) {
    auto timer =
        std::make_shared<boost::asio::steady_timer>(co_await boost::asio::this_coro::executor, timeout);
    const Place place(*this, id, timer);
    if (closed_ || !still_pending()) co_return;
    boost::system::error_code code;
    co_await timer->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, code));
  }

  void notify(const Hash& id);
  // From here on nobody waits any more.
  void close();

 private:
  using Timer = std::shared_ptr<boost::asio::steady_timer>;
  using Timers = std::unordered_multimap<Hash, Timer, HashOfHash>;
  // Stands in the table as long as it lives, also when the waiting coroutine is given up.
  class Place {
   public:
    Place(Waiters& waiters, const Hash& id, Timer timer);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    Waiters& waiters_;
    Timers::iterator entry_;
  };
  static void wake(const Timer& timer);

  std::mutex mutex_;
  Timers timers_;
  std::atomic<bool> closed_{false};
};

}  // namespace jingchu::node
