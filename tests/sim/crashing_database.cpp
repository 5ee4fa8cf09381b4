#include "sim/crashing_database.h"

#include <algorithm>
#include <cstring>

namespace jingchu::sim {
namespace {

// Summaries of blocks hold the finalization that a node saw, batches the signature that their owner sent it.
constexpr std::string_view kOwnPrefixes = "bt";

std::uint64_t hash_of(std::string_view key, ByteView value) {
  std::uint64_t hash = key.size() << 32 ^ value.size();
  const auto absorb = [&](ByteView bytes) {
    for (std::size_t i = 0; i < bytes.size(); i += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + i, std::min<std::size_t>(8, bytes.size() - i));
      hash = (hash ^ word) * 0x9fb21c651e98df25u;
      hash ^= hash >> 29;
    }
  };
  absorb(as_bytes(key));
  absorb(value);
  return Random::split_mix(hash);
}

}  // namespace

Result<std::optional<Bytes>> CrashingDatabase::get(std::string_view key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? std::optional<Bytes>() : std::optional<Bytes>(found->second);
}

Status CrashingDatabase::scan(std::string_view prefix, std::string_view from,
                              const std::function<bool(std::string_view key, ByteView value)>& visit) const {
  for (auto entry = entries_.lower_bound(std::max(prefix, from)); entry != entries_.end(); ++entry) {
    if (!entry->first.starts_with(prefix) || !visit(entry->first, entry->second)) break;
  }
  return ok_status();
}

std::unique_ptr<const ledger::KeyValueStore> CrashingDatabase::freeze() const {
  return std::make_unique<CrashingDatabase>(*this);
}

Status CrashingDatabase::write(const ledger::WriteBatch& batch, ledger::Durability durability) {
  if (std::exchange(fails_next_write_, false)) {
    return report(environment_error("storage-failed", "a write of the database failed"));
  }
  if (!batch.writes().empty()) {
    std::vector<Write> replaced;
    for (const auto& [key, value] : batch.writes()) {
      const auto before = entries_.find(key);
      replaced.push_back({key, before == entries_.end() ? std::nullopt : std::optional(before->second)});
      set(key, value);
    }
    undo_.push_back(std::move(replaced));
  }
  if (durability == ledger::Durability::kSynced) undo_.clear();
  return ok_status();
}

void CrashingDatabase::set(const std::string& key, const std::optional<Bytes>& value) {
  const bool counts = kOwnPrefixes.find(key.front()) == std::string_view::npos;
  const auto before = entries_.find(key);
  if (counts && before != entries_.end()) digest_ ^= hash_of(key, before->second);
  if (value) {
    if (counts) digest_ ^= hash_of(key, *value);
    entries_.insert_or_assign(key, *value);
  } else if (before != entries_.end()) {
    entries_.erase(before);
  }
}

std::size_t CrashingDatabase::crash(Random& random) {
  const std::size_t lost = random.coin() ? undo_.size() : random.below(undo_.size() + 1);
  for (std::size_t i = 0; i < lost; ++i) {
    auto& replaced = undo_.back();
    for (auto write = replaced.rbegin(); write != replaced.rend(); ++write) set(write->key, write->value);
    undo_.pop_back();
  }
  undo_.clear();
  fails_next_write_ = false;
  return lost;
}

}  // namespace jingchu::sim
