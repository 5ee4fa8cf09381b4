#include "ledger/memory_database.h"

namespace jingchu::ledger {

Result<std::optional<Bytes>> MemoryDatabase::get(std::string_view key) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return std::optional<Bytes>();
  return std::optional<Bytes>(found->second);
}

Status MemoryDatabase::scan(std::string_view prefix, std::string_view from,
                            const std::function<bool(std::string_view key, ByteView value)>& visit) const {
  const std::lock_guard lock(mutex_);
  for (auto entry = entries_.lower_bound(std::max(prefix, from)); entry != entries_.end(); ++entry) {
    if (!entry->first.starts_with(prefix) || !visit(entry->first, entry->second)) break;
  }
  return ok_status();
}

std::unique_ptr<const KeyValueStore> MemoryDatabase::freeze() const {
  auto copy = std::make_unique<MemoryDatabase>();
  const std::lock_guard lock(mutex_);
  copy->entries_ = entries_;
  return copy;
}

Status MemoryDatabase::write(const WriteBatch& batch, Durability) {
  const std::lock_guard lock(mutex_);
  Bytes room;
  for (const auto& write : batch.writes()) {
    if (const Bytes* value = write.value_in(room)) {
      entries_.insert_or_assign(write.key, *value);
    } else {
      entries_.erase(write.key);
    }
  }
  return ok_status();
}

}  // namespace jingchu::ledger
