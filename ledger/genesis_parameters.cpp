#include "ledger/genesis_parameters.h"

#include <array>

#include "contracts/governance/governance.h"

namespace jingchu::ledger {
namespace {

using consensus::Parameters;

constexpr std::uint64_t kMiB = 1 << 20;

constexpr std::array kTable = std::to_array<GenesisParameter>({
    {"delay_ms", &Parameters::delay_ms, 1, 10'000},
    {"timer_cap_ms", &Parameters::timer_cap_ms, 10, 600'000},
    {"idle_ms", &Parameters::idle_ms, 1, 60'000},
    {"block_interval_ms", &Parameters::block_interval_ms, 1, 60'000},
    {"precision_ms", &Parameters::precision_ms, 1, 60'000},
    {"time_delay_ms", &Parameters::time_delay_ms, 1, 600'000},
    {"status_interval_ms", &Parameters::status_interval_ms, 1, 10'000},
    {"status_minimum_ms", &Parameters::status_minimum_ms, 1, 10'000},
    {"standstill_ms", &Parameters::standstill_ms, 10, 60'000},
    {"execution_lag_max", &Parameters::execution_lag_max, 1, 1'024},
    {"future_views", &Parameters::future_views, 1, 4'096},
    {"block_batches_max", &Parameters::block_batches_max, 1, 65'536},
    {"block_bytes_max", &Parameters::block_bytes_max, 4'096, 256 * kMiB},
    {"block_transactions_max", &Parameters::block_transactions_max, 1, 1'000'000},
    {"batch_bytes_max", &Parameters::batch_bytes_max, 1'024, 8 * kMiB},
    {"lane_bytes_max", &Parameters::lane_bytes_max, 4'096, 1'024 * kMiB},
    {"resend_bytes_max", &Parameters::resend_bytes_max, 65'536, 256 * kMiB},
    {"epoch_blocks", &Parameters::epoch_blocks, 4, 1'000'000'000},
    {"validity_window", &Rules::validity_window, 10, 100'000},
    {"call_cost_max", &Rules::call_cost_max, 10'000, 1'000'000'000'000},
    {"block_cost_max", &Rules::block_cost_max, 10'000, 1'000'000'000'000},
    {"transaction_bytes_max", &TransactionLimits::bytes_max, 1'024, 8 * kMiB},
    {"transaction_calls_max", &TransactionLimits::calls_max, 1, 65'536},
});

// The part of the numbers that a member pointer of type `Value Owner::*` points into.
template <class Numbers, class Value, class Owner>
auto& target(Numbers& numbers, Value Owner::*member) {
  if constexpr (std::is_same_v<Owner, Parameters>) {
    return numbers.parameters.*member;
  } else if constexpr (std::is_same_v<Owner, Rules>) {
    return numbers.rules.*member;
  } else {
    return numbers.rules.transaction.*member;
  }
}

}  // namespace

std::uint64_t GenesisParameter::read(const GenesisNumbers& numbers) const {
  return std::visit([&](auto pointer) { return std::uint64_t{target(numbers, pointer)}; }, member);
}

void GenesisParameter::write(GenesisNumbers& numbers, std::uint64_t value) const {
  std::visit(
      [&](auto pointer) {
        auto& place = target(numbers, pointer);
        place = static_cast<std::remove_reference_t<decltype(place)>>(value);
      },
      member);
}

std::span<const GenesisParameter> genesis_parameters() {
  return kTable;
}

Status check_together(const GenesisNumbers& numbers, std::size_t validators) {
  const auto& [parameters, rules] = numbers;
  struct Rule {
    bool holds;
    std::string_view name;
    std::string_view what;
  };
  const Rule kRules[] = {
      {parameters.timer_cap_ms >= 4 * parameters.delay_ms, "timer_cap_ms",
       "it must be at least 4 * delay_ms"},
      {parameters.status_minimum_ms <= parameters.status_interval_ms, "status_minimum_ms",
       "it must be at most status_interval_ms"},
      {parameters.block_batches_max >= validators, "block_batches_max",
       "it must be at least the number of validators, or a lane would have no share"},
      {parameters.block_bytes_max >= parameters.batch_bytes_max, "block_bytes_max",
       "it must be at least batch_bytes_max, or a batch would fit in no block"},
      {parameters.block_transactions_max >= parameters.batch_bytes_max / kTransactionBytesMin,
       "block_transactions_max",
       "it must be at least batch_bytes_max / 178, or a batch would fit in no block"},
      {parameters.lane_bytes_max >= 2 * parameters.batch_bytes_max, "lane_bytes_max",
       "it must be at least 2 * batch_bytes_max"},
      {rules.transaction.bytes_max <= parameters.batch_bytes_max, "transaction_bytes_max",
       "it must be at most batch_bytes_max, or a transaction would fit in no batch"},
      {rules.call_cost_max >= contracts::governance::kCallCostMax, "call_cost_max",
       "it must be at least 1000000, or no call could change the validators"},
      {rules.block_cost_max >= rules.call_cost_max, "block_cost_max", "it must be at least call_cost_max"},
  };
  for (const auto& rule : kRules) {
    if (rule.holds) continue;
    return environment_error("bad-genesis", std::string(rule.what), {},
                             "/parameters/" + std::string(rule.name));
  }
  return ok_status();
}

}  // namespace jingchu::ledger
