// Running one transaction: who sends it, its calls under on_error, their cost and receipts.
#include <algorithm>

#include "ledger/executor_work.h"

namespace jingchu::ledger {
namespace {

constexpr std::size_t kCallersMax = 100'000;

std::uint64_t entry_cost(const Call& call, std::uint64_t cost_max) {
  return std::min(cost_max, contracts::CostTable::entry(call.payload.size()));
}

void refuse(Receipt& receipt, const Error& error) {
  receipt.code = error.type;
  receipt.message = error.what;
  receipt.where = error.where;
}

// The transaction is undone: its earlier calls did nothing in the end, the later ones do not run.
void undo_others(std::vector<Receipt>& receipts, std::size_t failed) {
  const std::string message = "call " + std::to_string(failed) + " failed";
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    if (i == failed) continue;
    receipts[i].code = i < failed ? kRolledBack : kNotExecuted;
    receipts[i].message = message;
    receipts[i].events.clear();
  }
}

}  // namespace

Result<bool> Executor::run_transaction(Work& work, const Candidate& candidate) {
  const auto& transaction = *candidate.transaction;
  const auto savepoint = overlay_.savepoint();
  const contracts::CallPlace place{work.height(), work.block.header.time_ms, transaction.id, 0};
  ASSIGN_OR_RETURN(auto receipts, receipts_of(transaction, place));
  forget_callers_after(transaction.transaction);
  std::uint64_t cost = 0;
  for (const auto& receipt : receipts) cost += receipt.cost;
  // The first one always runs: a transaction dearer than a block would otherwise wait for ever.
  if (work.result.cost != 0 && cost > config_.genesis.rules.block_cost_max - work.result.cost) {
    overlay_.roll_back(savepoint);
    return false;
  }
  work.result.cost = std::min(work.result.cost + cost, config_.genesis.rules.block_cost_max);
  record(work, candidate, std::move(receipts));
  return true;
}

Result<std::vector<Receipt>> Executor::receipts_of(const PreparedTransaction& transaction,
                                                   const contracts::CallPlace& place) {
  const auto& caller = caller_of(transaction.transaction.sender);
  std::vector<Receipt> receipts;
  if (caller.ok()) {
    receipts = run_calls(transaction, *caller, place);
  } else {
    for (const auto& call : transaction.transaction.calls) {
      auto& receipt = receipts.emplace_back();
      receipt.cost = entry_cost(call, config_.genesis.rules.call_cost_max);
      refuse(receipt, caller.error());
    }
  }
  if (overlay_.failure()) return *overlay_.failure();
  return receipts;
}

std::vector<Receipt> Executor::run_calls(const PreparedTransaction& transaction,
                                         const contracts::Caller& caller, contracts::CallPlace place) {
  const auto& calls = transaction.transaction.calls;
  const auto beginning = overlay_.savepoint();
  std::vector<Receipt> receipts(calls.size());
  for (std::uint32_t i = 0; i < calls.size(); ++i) {
    place.call_index = i;
    const auto before = overlay_.savepoint();
    receipts[i] = run_call(calls[i], caller, place);
    if (receipts[i].code == kOk) continue;
    if (transaction.transaction.on_error == OnError::kProceed) {
      overlay_.roll_back(before);
      continue;
    }
    overlay_.roll_back(beginning);
    undo_others(receipts, i);
    break;
  }
  return receipts;
}

Receipt Executor::run_call(const Call& call, const contracts::Caller& caller,
                           const contracts::CallPlace& place) {
  Receipt receipt;
  const contracts::Contract* contract = contracts::find_contract(config_.contracts, call.contract);
  if (contract == nullptr) {
    refuse(receipt, contracts::unknown_contract(call.contract));
    receipt.cost = entry_cost(call, config_.genesis.rules.call_cost_max);
    return receipt;
  }
  CallContext context(overlay_, call.contract, caller, place, config_.genesis.rules.call_cost_max);
  Status outcome = context.charge(contracts::CostTable::entry(call.payload.size()));
  if (outcome.ok()) outcome = contract->call(context, call.method, call.payload);
  // Also where the contract swallowed the refusal.
  if (outcome.ok() && context.over_cost()) outcome = context.charge(1);
  receipt.cost = context.cost();
  if (outcome.ok()) {
    receipt.code = kOk;
    receipt.events = context.take_events();
  } else {
    refuse(receipt, outcome.error());
  }
  return receipt;
}

const Result<contracts::Caller>& Executor::caller_of(const PublicKey& key) {
  auto known = callers_.find(key);
  if (known == callers_.end()) {
    if (callers_.size() >= kCallersMax) callers_.clear();
    known = callers_.emplace(key, config_.authorize(OverlayReader(overlay_, config_.identity_contract), key))
                .first;
  }
  return known->second;
}

void Executor::forget_callers_after(const Transaction& transaction) {
  const auto touches = [&](const Call& call) { return call.contract == config_.identity_contract; };
  if (std::any_of(transaction.calls.begin(), transaction.calls.end(), touches)) callers_.clear();
}

}  // namespace jingchu::ledger
