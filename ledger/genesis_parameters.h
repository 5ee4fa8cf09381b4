// The numbers of the genesis file by name, each with the bounds under which the protocol works. One table
// serves the reader and the writer.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include "consensus/parameters.h"
#include "ledger/genesis.h"

namespace jingchu::ledger {

struct GenesisNumbers {
  consensus::Parameters parameters;
  Rules rules;
};

struct GenesisParameter {
  std::string_view name;
  std::variant<std::uint32_t consensus::Parameters::*, std::uint64_t consensus::Parameters::*,
               std::uint64_t Rules::*, std::uint64_t TransactionLimits::*, std::uint32_t TransactionLimits::*>
      member;
  std::uint64_t least;
  std::uint64_t most;

  std::uint64_t read(const GenesisNumbers& numbers) const;
  void write(GenesisNumbers& numbers, std::uint64_t value) const;
};

std::span<const GenesisParameter> genesis_parameters();

// What must hold between them so that no block can stall; the Error's `where` names the first that is wrong.
Status check_together(const GenesisNumbers& numbers, std::size_t validators);

}  // namespace jingchu::ledger
