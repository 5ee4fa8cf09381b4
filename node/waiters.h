// Requests that wait for a transaction to become final. Who waits is told its receipts, so that nobody has to
// read what was just written. Thread-safe.
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
#include <span>
#include <unordered_map>
#include <vector>

#include "common/hash.h"
#include "ledger/receipt.h"

namespace jingchu::node {

class Waiters {
 public:
  using Receipts = std::shared_ptr<const std::vector<ledger::Receipt>>;

  // Returns when notify(id) is called after this began, when closed, or after `timeout`, with what notify was
  // given; null otherwise, and then the caller looks at the transaction again. Nothing is missed in between:
  // `still_pending` is asked once the waiter is in place.
  template <class StillPending>
  boost::asio::awaitable<Receipts> wait(Hash id, std::chrono::milliseconds timeout,
                                        StillPending still_pending) {
    auto timer =
        std::make_shared<boost::asio::steady_timer>(co_await boost::asio::this_coro::executor, timeout);
    const Place place(*this, id, timer);
    if (closed_ || !still_pending()) co_return nullptr;
    boost::system::error_code code;
    co_await timer->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, code));
    co_return place.receipts();
  }

  // It is final, and durable here.
  void notify(const Hash& id, std::span<const ledger::Receipt> receipts);
  // Something else became of it.
  void notify(const Hash& id);
  // From here on nobody waits any more.
  void close();

 private:
  using Timer = std::shared_ptr<boost::asio::steady_timer>;
  struct Waiter {
    Timer timer;
    Receipts receipts;
  };
  using Table = std::unordered_multimap<Hash, Waiter, HashOfHash>;
  // Stands in the table as long as it lives, also when the waiting coroutine is given up.
  class Place {
   public:
    Place(Waiters& waiters, const Hash& id, Timer timer);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    Receipts receipts() const;

   private:
    Waiters& waiters_;
    Table::iterator entry_;
  };
  static void wake(const Timer& timer);

  std::mutex mutex_;
  Table waiting_;
  std::atomic<bool> closed_{false};
};

}  // namespace jingchu::node
