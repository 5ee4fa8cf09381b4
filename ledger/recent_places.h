// Where the values of short keys are that were written last, as LevelDB has it: to ask it for one costs a
// look into several tables, and nodes of the state tree are read, and looked for by the cleaner, as often as
// they are written. Of a fixed size, all of it allocated at once; what finds no room takes that of another
// key. Thread-safe.
#pragma once

#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/value_files.h"

namespace jingchu::ledger {

class RecentPlaces {
 public:
  static constexpr std::size_t kKeyBytesMax = 15;
  struct Change {
    std::string key;                  // of 1 to kKeyBytesMax bytes
    std::optional<ValuePlace> place;  // nothing: its value is in no file, or gone
  };

  explicit RecentPlaces(std::size_t slots);  // at least one

  // What LevelDB has from now on. Whoever changes it tells all changes, one write after another.
  void apply(const std::vector<Change>& changes);
  // Nothing: not known here.
  std::optional<ValuePlace> find(std::string_view key) const;

 private:
  struct Slot {
    std::array<char, kKeyBytesMax> key{};
    std::uint8_t size = 0;  // of the key; 0: it has none
    ValuePlace place;
  };
  std::size_t slot_of(std::string_view key) const;
  static bool is_of(const Slot& slot, std::string_view key);

  mutable std::mutex mutex_;
  std::vector<Slot> slots_;
};

}  // namespace jingchu::ledger
