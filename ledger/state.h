// The replicated state: keys of the contracts ("<contract>/<key>") and of the ledger itself ("ledger/..."),
// committed in a KeyValueStore under one prefix. A block's changes gather in an overlay with savepoints and
// reach the store with the rest of the block in one write.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "contracts/context.h"
#include "ledger/database.h"
#include "ledger/state_tree.h"

namespace jingchu::ledger {

inline constexpr std::string_view kLedgerKeys = "ledger";  // no contract may have this name

// The keys in the store: of a full key of the state, and of a contract's key.
std::string stored_state_key(std::string_view full_key);
std::string state_key(std::string_view contract, std::string_view key);

// The committed state of one contract, for queries and admission. Thread-safe; outlived by the store.
class CommittedState final : public contracts::StateReader {
 public:
  CommittedState(const KeyValueStore& store, std::string contract)
      : store_(store), contract_(std::move(contract)) {}
  Result<std::optional<Bytes>> get(std::string_view key) const override;
  Status scan(std::string_view prefix, std::string_view from,
              const std::function<bool(std::string_view key, ByteView value)>& visit) const override;

 private:
  const KeyValueStore& store_;
  const std::string contract_;
};

// What a block does to one key: its value before and after; nothing where there is none.
struct StateWrite {
  std::string key;
  std::optional<Bytes> before;
  std::optional<Bytes> value;
};

// The state as the block in execution sees it. A failure of the store (fault kEnvironment) sticks: the block
// must then be given up. Reads of committed values are kept from block to block, within a bound.
class StateOverlay {
 public:
  explicit StateOverlay(const KeyValueStore& store) : store_(store) {}
  // It knows which entities have a head, as the last block left the store.
  void use(StateTree& tree) { tree_ = &tree; }

  // Full keys: "<contract>/<key>". The pointer is valid until the next call of anything here; null: absent.
  Result<const Bytes*> get(const std::string& key);
  // The same of the head of an entity: where the tree has none the store is not asked.
  Result<const Bytes*> get_head(const std::string& key, std::string_view entity);
  // The same of a key that only the transaction in execution can have written: nor is it asked for that.
  Result<const Bytes*> get_own(const std::string& key);
  void put(const std::string& key, Bytes value);
  // Of a key that is not there, which nobody looks after.
  void create(const std::string& key, Bytes value);
  void erase(const std::string& key);

  using Savepoint = std::size_t;
  Savepoint savepoint() const { return undo_.size(); }
  void roll_back(Savepoint savepoint);

  // The block's final writes, ascending by key; then they count as committed.
  Result<std::vector<StateWrite>> take_writes();
  // Forgets everything that was not taken.
  void discard();
  const std::optional<Error>& failure() const { return failure_; }

 private:
  struct Entry {
    std::optional<Bytes> value;
    bool is_known = false;  // else neither read nor written
    // Of the block in execution:
    bool is_written = false;
    bool is_touched = false;    // was written, and perhaps undone
    bool knows_before = false;  // else it was written without having been read
    std::optional<Bytes> before;
  };
  using Entries = std::unordered_map<std::string, Entry>;
  struct Undo {
    Entries::value_type* at;
    std::optional<Bytes> value;  // that a second write replaced; what the first one did is in `before`
    bool was_written;
    bool was_known;
  };

  Entry& first_seen(const std::string& key, std::optional<Bytes> value);
  Entry& write(const std::string& key, std::optional<Bytes> value);
  Result<StateWrite> take(Entries::value_type& entry);

  const KeyValueStore& store_;
  StateTree* tree_ = nullptr;
  Entries entries_;
  std::uint64_t cached_bytes_ = 0;  // an upper bound
  std::vector<Undo> undo_;
  std::vector<Entries::value_type*> touched_;
  std::optional<Error> failure_;
};

// A contract's part of the overlay as a StateReader; scan is not available.
class OverlayReader final : public contracts::StateReader {
 public:
  OverlayReader(StateOverlay& overlay, std::string contract)
      : overlay_(overlay), contract_(std::move(contract)) {}
  Result<std::optional<Bytes>> get(std::string_view key) const override;
  Status scan(std::string_view prefix, std::string_view from,
              const std::function<bool(std::string_view key, ByteView value)>& visit) const override;

 private:
  StateOverlay& overlay_;
  const std::string contract_;
};

// "over-cost".
Error over_cost_error(std::uint64_t cost_max);

// What one call sees, metered (docs/formats.md, "Cost").
class CallContext final : public contracts::Context {
 public:
  CallContext(StateOverlay& overlay, std::string_view contract, const contracts::Caller& caller,
              const contracts::CallPlace& place, std::uint64_t cost_max);

  const contracts::Caller& caller() const override { return caller_; }
  const contracts::CallPlace& place() const override { return place_; }
  Result<std::optional<Bytes>> get(std::string_view key) override;
  Result<std::optional<Bytes>> get_own(std::string_view key) override;
  Result<std::optional<Bytes>> get_head(std::string_view key, std::string_view entity) override;
  Status put(std::string_view key, Bytes value) override;
  Status create(std::string_view key, Bytes value) override;
  Status erase(std::string_view key) override;
  Status emit(contracts::Event event) override;

  // "over-cost" once the limit is passed; then every access answers it.
  Status charge(std::uint64_t cost) override;
  bool over_cost() const { return over_cost_; }
  std::uint64_t cost() const { return cost_; }
  std::vector<contracts::Event> take_events() { return std::move(events_); }

 private:
  const std::string& full_key(std::string_view key);
  Status charge_write(std::string_view key, ByteView value);
  Result<std::optional<Bytes>> charged(Result<const Bytes*> found);

  StateOverlay& overlay_;
  const contracts::Caller& caller_;
  const contracts::CallPlace& place_;
  const std::uint64_t cost_max_;
  std::uint64_t cost_ = 0;
  bool over_cost_ = false;
  std::vector<contracts::Event> events_;
  std::string key_;  // "<contract>/" and room for the key
  std::size_t prefix_size_;
};

}  // namespace jingchu::ledger
