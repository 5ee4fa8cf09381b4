#include "network/deadline.h"

#include <utility>

namespace jingchu::network {
namespace {

using Clock = boost::asio::steady_timer::clock_type;

constexpr std::chrono::milliseconds kRepeat{50};
constexpr Clock::time_point kNever = Clock::time_point::max();

}  // namespace

// A request arms its deadline several times and nearly always disarms it in time, so the timer is left alone
// as long as it wakes early enough: it then finds that nothing is due yet, and goes on waiting.
struct Deadline::State : std::enable_shared_from_this<Deadline::State> {
  State(boost::asio::any_io_executor executor, std::function<void()> on_expiry)
      : timer(std::move(executor)), expire(std::move(on_expiry)) {}

  void set(Clock::time_point time) {
    due = time;
    if (wakes_at <= due) return;
    wakes_at = due;
    timer.expires_at(due);
    timer.async_wait([self = shared_from_this(), mine = ++waits](const boost::system::error_code&) {
      if (mine == self->waits) self->wake();
    });
  }

  void wake() {
    wakes_at = kNever;
    if (due == kNever) return;
    const auto now = Clock::now();
    if (now < due) return set(due);
    expired = true;
    expire();
    if (due != kNever) set(now + kRepeat);
  }

  boost::asio::steady_timer timer;
  std::function<void()> expire;
  Clock::time_point due = kNever;
  Clock::time_point wakes_at = kNever;
  std::uint64_t waits = 0;  // one that was replaced may have ended already, and must not count
  bool expired = false;
};

Deadline::Deadline(boost::asio::any_io_executor executor, std::function<void()> expire)
    : state_(std::make_shared<State>(std::move(executor), std::move(expire))) {}

Deadline::~Deadline() {
  disarm();
  ++state_->waits;
  state_->timer.cancel();
}

void Deadline::arm(std::chrono::milliseconds timeout) {
  state_->expired = false;
  state_->set(Clock::now() + timeout);
}

void Deadline::disarm() {
  state_->due = kNever;
}

bool Deadline::expired() const {
  return state_->expired;
}

}  // namespace jingchu::network
