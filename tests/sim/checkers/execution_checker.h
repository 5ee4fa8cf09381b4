// What finalized blocks execute to: on a reference of its own that never crashes, whose results every honest
// node must have: root, receipts and the whole state. And what no execution may do: run a transaction twice,
// after its end, or without its sender's signature.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "sim/checkers/set_checker.h"
#include "sim/checkers/setting.h"
#include "sim/ledger.h"

namespace jingchu::sim {

class ExecutionChecker {
 public:
  // `is_signed` says whether the sender signed a transaction.
  ExecutionChecker(const Setting& setting, SetChecker& sets, std::unique_ptr<Ledger> reference,
                   std::function<bool(const ledger::Transaction&)> is_signed);

  // The next block of the chain; its root.
  Hash execute(const consensus::FinalizedBlock& block);
  void on_executed(NodeIndex node, const ledger::ExecutedBlock& result, const StoreDigest& digest) const;
  // Its store is that of a snapshot now: it must be what every node had at this height.
  void on_restored(NodeIndex node, Height height, const Hash& root, const StoreDigest& digest) const;
  // As an archive knows it.
  std::optional<Height> executed_at(const Hash& transaction_id) const;

 private:
  struct Expected {
    Hash root{};
    Hash receipts{};  // of all of them, in their order
    StoreDigest digest;
  };
  void check(const std::string& where, const ledger::ExecutedBlock& result);

  const Setting& setting_;
  SetChecker& sets_;
  std::unique_ptr<Ledger> reference_;
  std::function<bool(const ledger::Transaction&)> is_signed_;
  std::map<Height, Expected> expected_;
  std::map<Hash, Height> executed_;  // transactions
};

}  // namespace jingchu::sim
