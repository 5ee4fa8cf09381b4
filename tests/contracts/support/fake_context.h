// A Context and a StateReader over one map in memory, metered like the real ones. A call that fails leaves
// the state as it was, as the executor has it.
#pragma once

#include <map>

#include "contracts/contract.h"
#include "contracts/entity_history.h"

namespace jingchu::contracts {

// One module's state.
class FakeState : public StateReader {
 public:
  Result<std::optional<Bytes>> get(std::string_view key) const override {
    const auto found = entries.find(key);
    return found == entries.end() ? std::optional<Bytes>() : std::optional(found->second);
  }
  Status scan(std::string_view prefix, std::string_view from,
              const std::function<bool(std::string_view, ByteView)>& visit) const override {
    for (auto it = entries.lower_bound(std::max(prefix, from)); it != entries.end(); ++it) {
      if (!it->first.starts_with(prefix) || !visit(it->first, it->second)) break;
    }
    return ok_status();
  }

  std::map<std::string, Bytes, std::less<>> entries;
};

class FakeContext final : public Context {
 public:
  explicit FakeContext(FakeState& state) : state_(state) {}

  const Caller& caller() const override { return caller_value; }
  const CallPlace& place() const override { return place_value; }

  Result<std::optional<Bytes>> get(std::string_view key) override {
    auto value = state_.get(key);
    const auto bytes = value.ok() && *value ? (*value)->size() : 0;
    RETURN_IF_ERROR(charge(CostTable::kRead + bytes * CostTable::kReadByte));
    return value;
  }
  Result<std::optional<Bytes>> get_own(std::string_view key) override { return get(key); }
  Result<std::optional<Bytes>> get_head(std::string_view key, std::string_view) override { return get(key); }
  Status create(std::string_view key, Bytes value) override {
    CHECK(!state_.entries.contains(key));
    return put(key, std::move(value));
  }
  Status put(std::string_view key, Bytes value) override {
    RETURN_IF_ERROR(charge(CostTable::kWrite + (key.size() + value.size()) * CostTable::kWrittenByte));
    state_.entries[std::string(key)] = std::move(value);
    return ok_status();
  }
  Status erase(std::string_view key) override {
    RETURN_IF_ERROR(charge(CostTable::kWrite));
    state_.entries.erase(std::string(key));
    return ok_status();
  }
  Status emit(Event event) override {
    RETURN_IF_ERROR(charge((event.name.size() + event.json.size()) * CostTable::kEventByte));
    events.push_back(std::move(event));
    return ok_status();
  }

  Status charge(std::uint64_t amount) override {
    if (cost > cost_max) ++accesses_after_limit;
    cost += amount;
    if (cost <= cost_max) return ok_status();
    return caller_error("over-cost", "the call costs more than " + std::to_string(cost_max));
  }

  Caller caller_value;
  CallPlace place_value{Height(7), 1'777'595'400'000, {}, 0};  // 2026-05-01T00:30:00Z
  std::vector<Event> events;
  std::uint64_t cost = 0;
  std::uint64_t cost_max = ~std::uint64_t{0};
  int accesses_after_limit = 0;

 private:
  FakeState& state_;
};

// A module with its state and the context that calls it.
struct FakeModule {
  explicit FakeModule(const Contract& module) : contract(module) {
    context.caller_value.organization = "hubei-aquatic";
    context.caller_value.roles = {"admin", "submitter"};
  }

  Status call(std::string_view method, std::string_view payload) {
    const auto before = state.entries;
    context.place_value.transaction_id = sha256(as_bytes(std::to_string(++calls)));
    auto status = contract.call(context, method, as_bytes(payload));
    if (!status.ok()) state.entries = before;
    return status;
  }
  Result<std::string> query(std::string_view name, const QueryParameters& parameters) const {
    return contract.query(state, name, parameters);
  }

  // How many records an entity's history has, if the module's own texts of them lead to its chain; else -1.
  int whole_history(std::string_view entity) const {
    const auto head = history_head(state, entity);
    if (!head.ok() || !*head) return head.ok() ? 0 : -1;
    const auto entries = read_history(state, **head, {1'000, 0});
    if (!entries.ok() || entries->size() != (**head).count) return -1;
    Hash chain{};
    for (const auto& entry : *entries) {
      const auto record = read_record(state, entry.record);
      if (!record.ok()) return -1;
      chain = next_in_chain(chain, record->hash(), record->recorded);
    }
    return chain == (**head).chain ? static_cast<int>(entries->size()) : -1;
  }

  const Contract& contract;
  FakeState state;
  FakeContext context{state};
  int calls = 0;
};

}  // namespace jingchu::contracts
