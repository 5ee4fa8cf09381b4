#include "ledger/state.h"

#include <algorithm>
#include <utility>

#include "common/codec.h"

namespace jingchu::ledger {
namespace {

constexpr std::string_view kStatePrefix = "s";
constexpr std::uint64_t kCachedBytesMax = 8 << 20;
constexpr std::uint64_t kEntryOverheadBytes = 128;
constexpr std::size_t kUsualKeyBytes = 96;

}  // namespace

std::string stored_state_key(std::string_view full_key) {
  return joined({kStatePrefix, full_key});
}

std::string state_key(std::string_view contract, std::string_view key) {
  return joined({kStatePrefix, contract, "/", key});
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

StateOverlay::Entry& StateOverlay::first_seen(const std::string& key, std::optional<Bytes> value) {
  cached_bytes_ += kEntryOverheadBytes + key.size() + (value ? value->size() : 0);
  Entry& entry = entries_[key];
  entry.value = std::move(value);
  entry.is_known = true;
  return entry;
}

Result<const Bytes*> StateOverlay::get(const std::string& key) {
  const auto found = entries_.find(key);
  const Entry* entry = found == entries_.end() ? nullptr : &found->second;
  if (entry == nullptr || !entry->is_known) {
    auto stored = store_.get(stored_state_key(key));
    if (!stored.ok()) {
      failure_ = stored.error();
      return stored.error();
    }
    entry = &first_seen(key, std::move(*stored));
  }
  return entry->value ? &*entry->value : nullptr;
}

Result<const Bytes*> StateOverlay::get_own(const std::string& key) {
  const auto found = entries_.find(key);
  const Entry& entry =
      found != entries_.end() && found->second.is_known ? found->second : first_seen(key, std::nullopt);
  return entry.value ? &*entry.value : nullptr;
}

Result<const Bytes*> StateOverlay::get_head(const std::string& key, std::string_view entity) {
  const auto found = entries_.find(key);
  const bool is_known = found != entries_.end() && found->second.is_known;
  if (!is_known && tree_ != nullptr) {
    const std::string_view contract = std::string_view(key).substr(0, key.find('/'));
    const auto is_absent = tree_->is_absent(entity_path(contract, entity));
    if (!is_absent.ok()) {
      failure_ = is_absent.error();
      return is_absent.error();
    }
    if (*is_absent) first_seen(key, std::nullopt);
  }
  return get(key);
}

StateOverlay::Entry& StateOverlay::write(const std::string& key, std::optional<Bytes> value) {
  cached_bytes_ += kEntryOverheadBytes + key.size() + (value ? value->size() : 0);
  auto& at = *entries_.try_emplace(key).first;
  Entry& entry = at.second;
  undo_.push_back({&at, std::nullopt, entry.is_written, entry.is_known});
  if (entry.is_written) {
    undo_.back().value = std::move(entry.value);
  } else {
    entry.before = std::move(entry.value);
    entry.knows_before = entry.is_known;
    entry.is_written = true;
    if (!entry.is_touched) touched_.push_back(&at);
    entry.is_touched = true;
  }
  entry.value = std::move(value);
  entry.is_known = true;
  return entry;
}

void StateOverlay::put(const std::string& key, Bytes value) {
  write(key, std::move(value));
}

void StateOverlay::create(const std::string& key, Bytes value) {
  Entry& entry = write(key, std::move(value));
  CHECK(!entry.before);
  entry.knows_before = true;
}

void StateOverlay::erase(const std::string& key) {
  write(key, std::nullopt);
}

void StateOverlay::roll_back(Savepoint savepoint) {
  CHECK(savepoint <= undo_.size());
  while (undo_.size() > savepoint) {
    auto& undo = undo_.back();
    Entry& entry = undo.at->second;
    entry.value = undo.was_written ? std::move(undo.value) : std::exchange(entry.before, std::nullopt);
    entry.is_known = undo.was_known;
    entry.is_written = undo.was_written;
    undo_.pop_back();
  }
}

// What is new leaves with its write: most of it is not read again soon, and a small cache is a fast one.
Result<StateWrite> StateOverlay::take(Entries::value_type& at) {
  auto& [key, entry] = at;
  if (!entry.knows_before) {
    auto stored = store_.get(stored_state_key(key));
    if (!stored.ok()) {
      failure_ = stored.error();
      return stored.error();
    }
    entry.before = std::move(*stored);
  }
  if (!entry.before) {
    auto node = entries_.extract(key);
    return StateWrite{std::move(node.key()), std::nullopt, std::move(node.mapped().value)};
  }
  entry.is_written = false;
  return StateWrite{key, std::exchange(entry.before, std::nullopt), entry.value};
}

Result<std::vector<StateWrite>> StateOverlay::take_writes() {
  std::vector<StateWrite> writes;
  writes.reserve(touched_.size());
  for (auto* at : touched_) {
    at->second.is_touched = false;
    if (!at->second.is_written) continue;
    ASSIGN_OR_RETURN(auto write, take(*at));
    writes.push_back(std::move(write));
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
    : overlay_(overlay), caller_(caller), place_(place), cost_max_(cost_max) {
  key_.reserve(kUsualKeyBytes);
  key_.append(contract) += '/';
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

Result<std::optional<Bytes>> CallContext::charged(Result<const Bytes*> found) {
  ASSIGN_OR_RETURN(const Bytes* value, found);
  if (value == nullptr) return std::optional<Bytes>();
  RETURN_IF_ERROR(charge(contracts::CostTable::kReadByte * value->size()));
  return std::optional<Bytes>(*value);
}

Result<std::optional<Bytes>> CallContext::get(std::string_view key) {
  RETURN_IF_ERROR(charge(contracts::CostTable::kRead));
  return charged(overlay_.get(full_key(key)));
}

Result<std::optional<Bytes>> CallContext::get_own(std::string_view key) {
  RETURN_IF_ERROR(charge(contracts::CostTable::kRead));
  return charged(overlay_.get_own(full_key(key)));
}

Result<std::optional<Bytes>> CallContext::get_head(std::string_view key, std::string_view entity) {
  RETURN_IF_ERROR(charge(contracts::CostTable::kRead));
  return charged(overlay_.get_head(full_key(key), entity));
}

Status CallContext::charge_write(std::string_view key, ByteView value) {
  using contracts::CostTable;
  return charge(CostTable::kWrite + CostTable::kWrittenByte * (key.size() + value.size()));
}

Status CallContext::put(std::string_view key, Bytes value) {
  RETURN_IF_ERROR(charge_write(key, value));
  overlay_.put(full_key(key), std::move(value));
  return ok_status();
}

Status CallContext::create(std::string_view key, Bytes value) {
  RETURN_IF_ERROR(charge_write(key, value));
  overlay_.create(full_key(key), std::move(value));
  return ok_status();
}

Status CallContext::erase(std::string_view key) {
  RETURN_IF_ERROR(charge_write(key, {}));
  overlay_.erase(full_key(key));
  return ok_status();
}

Status CallContext::emit(contracts::Event event) {
  RETURN_IF_ERROR(charge(contracts::CostTable::kEventByte * (event.name.size() + event.json.size())));
  events_.push_back(std::move(event));
  return ok_status();
}

}  // namespace jingchu::ledger
