#include "sim/crashing_database.h"

#include <algorithm>
#include <cstring>

#include "common/codec.h"
#include "ledger/horizon.h"

namespace jingchu::sim {
namespace {

// Summaries of blocks hold the finalization that a node saw, batches the signature that their owner sent it,
// the horizon is each node's own.
constexpr std::string_view kOfState = "ms";
constexpr std::string_view kOfWhatIsBuilt = "ndkh";
constexpr std::string_view kOfRecords = "crx";

bool is_one_of(char prefix, std::string_view prefixes) {
  return prefixes.find(prefix) != std::string_view::npos;
}

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

CrashingDatabase::CrashingDatabase(const CrashingDatabase& other)
    : KeyValueStore(other), entries_(other.entries_), rotten_(other.rotten_), digest_(other.digest_) {}

Error CrashingDatabase::damaged(std::string_view key) const {
  return report(environment_error("storage-corrupted",
                                  "an entry (key " + std::string(key.substr(0, 1)) + ") has not its checksum",
                                  "check the disk; restore a snapshot"));
}

Result<std::optional<Bytes>> CrashingDatabase::get(std::string_view key) const {
  if (rotten_.contains(key)) return damaged(key);
  const auto found = entries_.find(key);
  return found == entries_.end() ? std::optional<Bytes>() : std::optional<Bytes>(found->second);
}

Status CrashingDatabase::scan(std::string_view prefix, std::string_view from,
                              const std::function<bool(std::string_view key, ByteView value)>& visit) const {
  for (auto entry = entries_.lower_bound(std::max(prefix, from)); entry != entries_.end(); ++entry) {
    if (!entry->first.starts_with(prefix)) break;
    if (rotten_.contains(entry->first)) return damaged(entry->first);
    if (!visit(entry->first, entry->second)) break;
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
    Bytes room;
    for (const auto& write : batch.writes()) {
      const auto before = entries_.find(write.key);
      replaced.push_back(
          {write.key, before == entries_.end() ? std::nullopt : std::optional(before->second)});
      const Bytes* value = write.value_in(room);
      set(write.key, value != nullptr ? std::optional(*value) : std::nullopt);
    }
    undo_.push_back(std::move(replaced));
  }
  if (durability == ledger::Durability::kSynced) undo_.clear();
  return ok_status();
}

void CrashingDatabase::absorb(const std::string& key, const Bytes& value) {
  const std::uint64_t hash = hash_of(key, value);
  if (is_one_of(key.front(), kOfState)) digest_.state ^= hash;
  if (is_one_of(key.front(), kOfWhatIsBuilt)) digest_.built ^= hash;
  if (is_one_of(key.front(), kOfRecords)) digest_.records ^= hash;
}

void CrashingDatabase::set(const std::string& key, const std::optional<Bytes>& value) {
  rotten_.erase(key);
  const auto before = entries_.find(key);
  if (before != entries_.end()) absorb(key, before->second);
  if (value) {
    absorb(key, *value);
    entries_.insert_or_assign(key, *value);
  } else if (before != entries_.end()) {
    entries_.erase(before);
  }
}

StoreDigest CrashingDatabase::digest() const {
  StoreDigest digest = digest_;
  const auto found = entries_.find(ledger::kHorizonKey);
  if (found == entries_.end()) return digest;
  const auto horizon = decode<ledger::Horizon>(found->second);
  CHECK(horizon.ok());
  digest.began = horizon->began;
  digest.horizon = horizon->target;
  return digest;
}

bool CrashingDatabase::rot(Random& random) {
  std::vector<Entries::const_iterator> kinds;  // the first entry of each
  for (auto entry = entries_.cbegin(); entry != entries_.cend();) {
    kinds.push_back(entry);
    entry = entries_.lower_bound(std::string(1, static_cast<char>(entry->first.front() + 1)));
  }
  if (kinds.empty()) return false;
  auto entry = kinds[random.below(kinds.size())];
  const char kind = entry->first.front();
  const Entries::const_iterator end = entries_.lower_bound(std::string(1, static_cast<char>(kind + 1)));
  const auto count = static_cast<std::uint64_t>(std::distance(entry, end));
  std::advance(entry, static_cast<std::ptrdiff_t>(random.below(count)));
  return rotten_.insert(entry->first).second;
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
