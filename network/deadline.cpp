#include "network/deadline.h"

#include <utility>

namespace jingchu::network {
namespace {

constexpr std::chrono::milliseconds kRepeat{50};

}  // namespace

struct Deadline::State : std::enable_shared_from_this<Deadline::State> {
  State(boost::asio::any_io_executor executor, std::function<void()> on_expiry)
      : timer(std::move(executor)), expire(std::move(on_expiry)) {}

  void wait(std::chrono::milliseconds time) {
    timer.expires_after(time);
    timer.async_wait([self = shared_from_this(), mine = generation](const boost::system::error_code&) {
      if (mine != self->generation) return;
      self->expired = true;
      self->expire();
      self->wait(kRepeat);
    });
  }

  boost::asio::steady_timer timer;
  std::function<void()> expire;
  std::uint64_t generation = 0;  // an expiry already under way when the timer is armed anew must not count
  bool expired = false;
};

Deadline::Deadline(boost::asio::any_io_executor executor, std::function<void()> expire)
    : state_(std::make_shared<State>(std::move(executor), std::move(expire))) {}

Deadline::~Deadline() {
  disarm();
}

void Deadline::arm(std::chrono::milliseconds timeout) {
  ++state_->generation;
  state_->expired = false;
  state_->wait(timeout);
}

void Deadline::disarm() {
  ++state_->generation;
  state_->timer.cancel();
}

bool Deadline::expired() const {
  return state_->expired;
}

}  // namespace jingchu::network
