// Bounds the time of operations on one strand: when the time is over, `expire` runs there, which cancels what
// is waited for.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>

namespace jingchu::network {

// `expire` runs again and again until disarm(): a composed operation may be between two of its parts, and
// then a cancel finds nothing to cancel. All calls, and the destructor, on the strand `executor`; `expire`
// never runs after disarm() or destruction.
class Deadline {
 public:
  Deadline(boost::asio::any_io_executor executor, std::function<void()> expire);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  void arm(std::chrono::milliseconds timeout);  // from now; replaces an earlier time
  void disarm();
  bool expired() const;  // since the last arm()

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace jingchu::network
