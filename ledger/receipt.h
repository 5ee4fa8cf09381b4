// Receipts and the roots that commit to them (docs/formats.md, "Receipts and roots"). One receipt stands for
// one call.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/hash.h"
#include "common/ids.h"
#include "contracts/context.h"

namespace jingchu::ledger {

inline constexpr std::string_view kOk = "ok";
inline constexpr std::string_view kRolledBack = "rolled-back";    // another call of the transaction failed
inline constexpr std::string_view kNotExecuted = "not-executed";  // a call before it failed
inline constexpr std::string_view kOverCost = "over-cost";
inline constexpr std::string_view kQueueFull =
    "queue-full";  // the queue of waiting transactions is at its bound

struct Receipt {
  Hash transaction_id{};
  std::uint32_t call_index = 0;
  Height height;
  std::string code;     // kOk, the type of the error, or one of the above
  std::string message;  // the error in words; empty if ok
  std::string where;    // JSON Pointer into the payload; may be empty
  std::uint64_t cost = 0;
  std::vector<contracts::Event> events;

  friend bool operator==(const Receipt&, const Receipt&) = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(transaction_id, call_index, height, code, message, where, cost, events);
  }
};

// The Merkle leaf of a receipt; the receipts root is merkle::root of a block's, in the order of execution.
Hash receipt_leaf(const Receipt& receipt);

// The Merkle leaf of a block in the history tree: {height, block hash, receipts root}.
Hash history_leaf(Height height, const Hash& block_hash, const Hash& receipts_root);

// The roots after a block.
struct Roots {
  Hash entities{};  // of the state tree
  Hash checksum{};  // of the whole state
  Hash receipts{};
  Hash history{};

  // H("jingchu/state", entities root, checksum).
  Hash state() const;
  // H("jingchu/executed", state root, receipts root, history root): what later headers carry.
  Hash executed() const;

  friend bool operator==(const Roots&, const Roots&) = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(entities, checksum, receipts, history);
  }
};

}  // namespace jingchu::ledger
