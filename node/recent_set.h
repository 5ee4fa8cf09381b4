// A set that remembers so many of the last values. Thread-safe.
#pragma once

#include <deque>
#include <mutex>
#include <set>

namespace jingchu::node {

template <class Value>
class RecentSet {
 public:
  explicit RecentSet(std::size_t max) : max_(max) {}

  void insert(const Value& value) {
    const std::lock_guard lock(mutex_);
    if (!values_.insert(value).second) return;
    order_.push_back(value);
    if (order_.size() <= max_) return;
    values_.erase(order_.front());
    order_.pop_front();
  }

  // True if it was there.
  bool erase(const Value& value) {
    const std::lock_guard lock(mutex_);
    if (values_.erase(value) == 0) return false;
    std::erase(order_, value);
    return true;
  }

  bool contains(const Value& value) const {
    const std::lock_guard lock(mutex_);
    return values_.contains(value);
  }

 private:
  const std::size_t max_;
  mutable std::mutex mutex_;
  std::set<Value> values_;
  std::deque<Value> order_;
};

}  // namespace jingchu::node
