// What can be said of a transaction's calls before they execute: for admission, so that a sender who misspelt
// a name learns of it at once and not from a receipt. Needs no state. Execution is the authority and checks
// again: a batch of another validator may hold anything.
#pragma once

#include <span>

#include "contracts/contract.h"
#include "ledger/transaction.h"

namespace jingchu::ledger {

// Refuses a transaction with a call that can not succeed in any state. Fault kCaller: "unknown-contract",
// "unknown-method", "over-cost", or the method's own refusal of the payload ("malformed-json",
// "invalid-arguments"). `where` is the JSON Pointer into the envelope; for a place inside of a payload
// "/calls/0/payload#", followed by what the receipt would say ("/eventList/0/type").
Status check_calls(const std::vector<Call>& calls, std::span<const contracts::Contract* const> contracts,
                   std::uint64_t call_cost_max);

}  // namespace jingchu::ledger
