// What the micro-benchmarks work on: a network whose member deposits evidence, and its transactions.
#pragma once

#include "cli/bench_payload.h"
#include "tests/ledger/fixture.h"
#include "tests/ledger/governed_modules.h"

namespace jingchu::ledger::bench {

inline constexpr std::size_t kRecordBytes = 300;

inline Genesis genesis() {
  Genesis genesis = test::genesis_of_modules();
  genesis.parameters.epoch_blocks = 100'000;  // no block of the load ends one
  genesis.rules.validity_window = 1'000;
  genesis.chain_id = sha256(as_bytes(write_genesis(genesis)));
  return genesis;
}

// Signed; `bundle` records, numbered from `number` on.
inline PreparedPointer deposit(const Genesis& genesis, std::uint64_t number, std::size_t bundle) {
  Transaction made;
  made.chain_id = genesis.chain_id;
  for (std::size_t i = 0; i < 8; ++i) made.nonce[i] = static_cast<std::uint8_t>(number >> (8 * i));
  made.valid_until = Height(900);
  for (std::size_t i = 0; i < bundle; ++i) {
    made.calls.push_back(test::call("deposit", cli::bench_payload({}, number + i, kRecordBytes), "evidence"));
  }
  static const PrivateKey kKey = test::fixed_key(1);
  sign(made, kKey);
  return prepare(std::move(made));
}

}  // namespace jingchu::ledger::bench
