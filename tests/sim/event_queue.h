// Everything that will happen, by simulated time; what happens at one time happens in the order it was
// scheduled.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

namespace jingchu::sim {

class EventQueue {
 public:
  using Action = std::function<void()>;

  void at(std::uint64_t time_us, Action action) {
    heap_.push_back({std::max(time_us, now_us_), next_order_++, std::move(action)});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  void after(std::uint64_t delay_us, Action action) { at(now_us_ + delay_us, std::move(action)); }

  bool empty() const { return heap_.empty(); }
  std::uint64_t now_us() const { return now_us_; }
  std::uint64_t next_us() const { return heap_.front().time_us; }

  // Moves the time to the next event and lets it happen.
  void run_next() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    Event event = std::move(heap_.back());
    heap_.pop_back();
    now_us_ = event.time_us;
    event.action();
  }

 private:
  struct Event {
    std::uint64_t time_us;
    std::uint64_t order;
    Action action;
  };
  static bool later(const Event& a, const Event& b) {
    return a.time_us != b.time_us ? a.time_us > b.time_us : a.order > b.order;
  }

  std::vector<Event> heap_;
  std::uint64_t now_us_ = 0;
  std::uint64_t next_order_ = 0;
};

}  // namespace jingchu::sim
