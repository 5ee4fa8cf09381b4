#include "ledger/recent_places.h"

#include <algorithm>
#include <functional>

#include "common/check.h"

namespace jingchu::ledger {

RecentPlaces::RecentPlaces(std::size_t slots) : slots_(slots) {
  CHECK(slots > 0);
}

std::size_t RecentPlaces::slot_of(std::string_view key) const {
  return std::hash<std::string_view>()(key) % slots_.size();
}

bool RecentPlaces::is_of(const Slot& slot, std::string_view key) {
  return std::string_view(slot.key.data(), slot.size) == key;
}

void RecentPlaces::apply(const std::vector<Change>& changes) {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, place] : changes) {
    CHECK(!key.empty() && key.size() <= kKeyBytesMax);
    Slot& slot = slots_[slot_of(key)];
    if (place) {
      std::copy(key.begin(), key.end(), slot.key.begin());
      slot.size = static_cast<std::uint8_t>(key.size());
      slot.place = *place;
    } else if (is_of(slot, key)) {
      slot.size = 0;
    }
  }
}

std::optional<ValuePlace> RecentPlaces::find(std::string_view key) const {
  if (key.empty() || key.size() > kKeyBytesMax) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const Slot& slot = slots_[slot_of(key)];
  return is_of(slot, key) ? std::optional(slot.place) : std::nullopt;
}

}  // namespace jingchu::ledger
