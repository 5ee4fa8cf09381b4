#include "ledger/state.h"

#include <algorithm>

#include "common/codec.h"

namespace jingchu::ledger {
namespace {

constexpr std::string_view kStatePrefix = "s";
constexpr std::uint64_t kCachedBytesMax = 64 << 20;
constexpr std::uint64_t kEntryOverheadBytes = 128;

}  // namespace

std::string stored_state_key(std::string_view full_key) {
  return std::string(kStatePrefix).append(full_key);
}

std::string state_key(std::string_view contract, std::string_view key) {
  std::string full(kStatePrefix);
  full.append(contract).append("/").append(key);
  return full;
}

Result<std::optional<Bytes>> CommittedState::get(std::string_view key) const {
  return store_.get(state_key(contract_, key));
}

Status CommittedState::scan(std::string_view prefix, std::string_view from,
                            const std::function<bool(std::string_view key, ByteView value)>& visit) const {
  const std::size_t own = state_key(contract_, {}).size();
  return store_.scan(state_key(contract_, prefix), state_key(contract_, from),
                     [&](std::string_view key, ByteView value) { return visit(key.substr(own), value); });
}

Result<const Bytes*> StateOverlay::get(const std::string& key) {
  auto entry = entries_.find(key);
  if (entry == entries_.end()) {
    auto stored = store_.get(stored_state_key(key));
    if (!stored.ok()) {
      failure_ = stored.error();
      return stored.error();
    }
    cached_bytes_ += kEntryOverheadBytes + key.size() + (*stored ? (*stored)->size() : 0);
    entry = entries_.emplace(key, Entry{std::move(*stored), false}).first;
  }
  return entry->second.value ? &*entry->second.value : nullptr;
}

void StateOverlay::set(const std::string& key, std::optional<Bytes> value) {
  cached_bytes_ += kEntryOverheadBytes + key.size() + (value ? value->size() : 0);
  const auto [entry, is_new] = entries_.try_emplace(key);
  if (!entry->second.written) {
    touched_.push_back({key, is_new ? std::nullopt : entry->second.value, !is_new});
  }
  undo_.push_back({key, is_new ? std::nullopt : std::optional<Entry>(std::move(entry->second))});
  entry->second = {std::move(value), true};
}

void StateOverlay::put(const std::string& key, ByteView value) {
  set(key, to_bytes(value));
}

void StateOverlay::erase(const std::string& key) {
  set(key, std::nullopt);
}

void StateOverlay::roll_back(Savepoint savepoint) {
  CHECK(savepoint <= undo_.size());
  while (undo_.size() > savepoint) {
    auto& [key, before] = undo_.back();
    if (before) {
      entries_[key] = std::move(*before);
    } else {
      entries_.erase(key);
    }
    undo_.pop_back();
  }
}

Result<std::vector<StateWrite>> StateOverlay::take_writes() {
  std::vector<StateWrite> writes;
  for (auto& [key, before, knows_before] : touched_) {
    const auto entry = entries_.find(key);
    if (entry == entries_.end() || !entry->second.written) continue;
    if (!knows_before) {
      auto stored = store_.get(stored_state_key(key));
      if (!stored.ok()) {
        failure_ = stored.error();
        return stored.error();
      }
      before = std::move(*stored);
    }
    entry->second.written = false;
    writes.push_back({std::move(key), std::move(before), entry->second.value});
  }
  std::sort(writes.begin(), writes.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  touched_.clear();
  undo_.clear();
  if (cached_bytes_ > kCachedBytesMax) {
    entries_.clear();
    cached_bytes_ = 0;
  }
  return writes;
}

void StateOverlay::discard() {
  entries_.clear();
  touched_.clear();
  undo_.clear();
  cached_bytes_ = 0;
}

Result<std::optional<Bytes>> OverlayReader::get(std::string_view key) const {
  ASSIGN_OR_RETURN(const Bytes* value, overlay_.get(contract_ + "/" + std::string(key)));
  return value == nullptr ? std::optional<Bytes>() : std::optional<Bytes>(*value);
}

Status OverlayReader::scan(std::string_view, std::string_view,
                           const std::function<bool(std::string_view key, ByteView value)>&) const {
  return our_error("scan-in-call",
                   "a call may not scan the state: its cost would depend on how much there is");
}

Error over_cost_error(std::uint64_t cost_max) {
  return caller_error("over-cost", "the call costs more than " + std::to_string(cost_max),
                      "split it into smaller calls");
}

CallContext::CallContext(StateOverlay& overlay, std::string_view contract, const contracts::Caller& caller,
                         const contracts::CallPlace& place, std::uint64_t cost_max)
    : overlay_(overlay), caller_(caller), place_(place), cost_max_(cost_max), key_(contract) {
  key_ += '/';
  prefix_size_ = key_.size();
}

const std::string& CallContext::full_key(std::string_view key) {
  key_.resize(prefix_size_);
  return key_.append(key);
}

Status CallContext::charge(std::uint64_t cost) {
  if (!over_cost_ && cost <= cost_max_ - cost_) {
    cost_ += cost;
    return ok_status();
  }
  over_cost_ = true;
  cost_ = cost_max_;
  return over_cost_error(cost_max_);
}

Result<std::optional<Bytes>> CallContext::get(std::string_view key) {
  RETURN_IF_ERROR(charge(contracts::CostTable::kRead));
  ASSIGN_OR_RETURN(const Bytes* value, overlay_.get(full_key(key)));
  if (value == nullptr) return std::optional<Bytes>();
  RETURN_IF_ERROR(charge(contracts::CostTable::kReadByte * value->size()));
  return std::optional<Bytes>(*value);
}

Status CallContext::put(std::string_view key, ByteView value) {
  using contracts::CostTable;
  RETURN_IF_ERROR(charge(CostTable::kWrite + CostTable::kWrittenByte * (key.size() + value.size())));
  overlay_.put(full_key(key), value);
  return ok_status();
}

Status CallContext::erase(std::string_view key) {
  using contracts::CostTable;
  RETURN_IF_ERROR(charge(CostTable::kWrite + CostTable::kWrittenByte * key.size()));
  overlay_.erase(full_key(key));
  return ok_status();
}

Status CallContext::emit(contracts::Event event) {
  RETURN_IF_ERROR(charge(contracts::CostTable::kEventByte * (event.name.size() + event.json.size())));
  events_.push_back(std::move(event));
  return ok_status();
}

}  // namespace jingchu::ledger
