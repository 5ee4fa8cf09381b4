// All that a contract call may know and change: who calls, where in the chain, the module's own part of the
// state, and events for its receipt. Every access is metered: past the limit of a call each access answers an
// Error of type "over-cost", which the module returns as it is.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.h"
#include "common/hash.h"
#include "common/ids.h"
#include "common/result.h"
#include "common/signature.h"

namespace jingchu::contracts {

// Reads a module's state. Keys are the module's own: the prefix of the module is added and removed
// underneath.
class StateReader {
 public:
  virtual ~StateReader() = default;
  virtual Result<std::optional<Bytes>> get(std::string_view key) const = 0;
  // Visits the keys that begin with `prefix` and are >= `from`, in byte order, until `visit` answers false.
  // Not available inside a call (only get is): a call's cost must not depend on how much state there is.
  virtual Status scan(std::string_view prefix, std::string_view from,
                      const std::function<bool(std::string_view key, ByteView value)>& visit) const = 0;
};

// Prices of the deterministic cost of a call (docs/formats.md, "Cost").
struct CostTable {
  static constexpr std::uint64_t kPayloadByte = 1;
  static constexpr std::uint64_t kCall = 100;
  static constexpr std::uint64_t kRead = 50;
  static constexpr std::uint64_t kReadByte = 1;
  static constexpr std::uint64_t kWrite = 100;
  static constexpr std::uint64_t kWrittenByte = 2;
  static constexpr std::uint64_t kEventByte = 1;
  static constexpr std::uint64_t kSignature = 20'000;  // verified by the module itself

  // What a call costs before it does anything.
  static constexpr std::uint64_t entry(std::uint64_t payload_bytes) {
    return kCall + kPayloadByte * payload_bytes;
  }
};

struct Event {
  std::string name;  // "deposited"
  std::string json;  // one JSON object, canonical as the module wrote it

  friend bool operator==(const Event&, const Event&) = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, json);
  }
};

// Who signed the transaction, as the identity module knows them. Empty organization: unknown (genesis only).
struct Caller {
  PublicKey key;
  std::string organization;        // id of the organization
  std::vector<std::string> roles;  // sorted
};

// Where in the chain the call stands. Time is the block's, agreed on by the validators.
struct CallPlace {
  Height height;
  std::uint64_t block_time_ms = 0;
  Hash transaction_id{};
  std::uint32_t call_index = 0;
};

class Context {
 public:
  virtual ~Context() = default;
  virtual const Caller& caller() const = 0;
  virtual const CallPlace& place() const = 0;

  virtual Result<std::optional<Bytes>> get(std::string_view key) = 0;
  // Of a key that only calls of this transaction can have written, as one that is named by its id: as get(),
  // without a look into the store.
  virtual Result<std::optional<Bytes>> get_own(std::string_view key) = 0;
  // Of the head of this entity's history: as get(), only that most entities are new, and that is known
  // without a look into the store.
  virtual Result<std::optional<Bytes>> get_head(std::string_view key, std::string_view entity) = 0;
  virtual Status put(std::string_view key, Bytes value) = 0;
  // As put(), of a key that the state does not have and no call reads or writes again, such as that of the
  // next number: nobody looks whether it is there.
  virtual Status create(std::string_view key, Bytes value) = 0;
  virtual Status erase(std::string_view key) = 0;
  virtual Status emit(Event event) = 0;
  // For work that no access stands for, before it is done.
  virtual Status charge(std::uint64_t cost) = 0;
};

}  // namespace jingchu::contracts
