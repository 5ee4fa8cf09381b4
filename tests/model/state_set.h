// The states found so far in the order of their discovery, each with the one it was found from. 24 bytes a
// state and, as the table is never more than three quarters full, 6 to 11 for finding it.
#pragma once

#include <deque>
#include <vector>

#include "common/check.h"
#include "model/state.h"

namespace jingchu::model {

class StateSet {
 public:
  using Index = std::uint32_t;
  static constexpr Index kNone = ~Index{0};

  std::size_t size() const { return keys_.size(); }
  const Key& operator[](std::size_t index) const { return keys_[index]; }
  Index found_from(std::size_t index) const { return found_from_[index]; }
  std::size_t megabytes() const {
    return (keys_.size() * (sizeof(Key) + sizeof(Index)) + table_.size() * sizeof(Index)) >> 20;
  }
  // While the table doubles, both tables exist.
  std::size_t megabytes_after_next() const {
    return megabytes() + (is_full() ? 2 * table_.size() * sizeof(Index) >> 20 : 0);
  }

  // False: the state was found before.
  bool add(const Key& key, Index found_from) {
    if (is_full()) grow();
    std::size_t slot = slot_of(key);
    for (; table_[slot] != kNone; slot = (slot + 1) & (table_.size() - 1)) {
      if (keys_[table_[slot]] == key) return false;
    }
    CHECK(keys_.size() < kNone);
    table_[slot] = static_cast<Index>(keys_.size());
    keys_.push_back(key);
    found_from_.push_back(found_from);
    return true;
  }

 private:
  bool is_full() const { return keys_.size() >= table_.size() / 4 * 3; }
  std::size_t slot_of(const Key& key) const {
    std::uint64_t mixed = key.low * 0x9e3779b97f4a7c15u ^ (key.high + 0x7f4a7c15u) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ mixed >> 31) * 0x94d049bb133111ebu;
    return (mixed ^ mixed >> 29) & (table_.size() - 1);
  }
  void grow() {
    std::vector<Index> wider(2 * table_.size(), kNone);
    table_.swap(wider);
    for (const Index index : wider) {
      if (index == kNone) continue;
      std::size_t slot = slot_of(keys_[index]);
      while (table_[slot] != kNone) slot = (slot + 1) & (table_.size() - 1);
      table_[slot] = index;
    }
  }

  std::deque<Key> keys_;
  std::deque<Index> found_from_;
  std::vector<Index> table_ = std::vector<Index>(1 << 16, kNone);
};

}  // namespace jingchu::model
