#include "ledger/call_check.h"

#include "ledger/state.h"

namespace jingchu::ledger {
namespace {

Status at(Error error, std::string where) {
  error.where = std::move(where);
  return error;
}

Status check_call(const Call& call, const std::string& place,
                  std::span<const contracts::Contract* const> contracts, std::uint64_t call_cost_max) {
  const contracts::Contract* contract = contracts::find_contract(contracts, call.contract);
  if (contract == nullptr) return at(contracts::unknown_contract(call.contract), place + "/contract");
  if (contracts::CostTable::entry(call.payload.size()) > call_cost_max) {
    return at(over_cost_error(call_cost_max), place + "/payload");
  }
  const Status fits = contract->check(call.method, call.payload);
  if (fits.ok()) return fits;
  const Error& error = fits.error();
  const bool of_method = error.type == "unknown-method";
  return at(error, place + (of_method ? "/method" : "/payload#" + error.where));
}

}  // namespace

Status check_calls(const std::vector<Call>& calls, std::span<const contracts::Contract* const> contracts,
                   std::uint64_t call_cost_max) {
  for (std::size_t i = 0; i < calls.size(); ++i) {
    RETURN_IF_ERROR(check_call(calls[i], "/calls/" + std::to_string(i), contracts, call_cost_max));
  }
  return ok_status();
}

}  // namespace jingchu::ledger
