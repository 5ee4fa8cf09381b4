// The genesis file: who validates, by which parameters, and what each contract starts with. Its bytes' hash
// is the chain id, so two networks can never be confused (docs/formats.md, "Chain id").
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/bytes.h"
#include "common/result.h"
#include "consensus/epoch.h"
#include "consensus/header.h"
#include "consensus/parameters.h"
#include "consensus/validator_set.h"
#include "ledger/transaction.h"

namespace jingchu::ledger {

inline constexpr std::size_t kGenesisBytesMax = 16 << 20;
inline constexpr std::size_t kValidatorsMax = 100;

struct GenesisValidator {
  std::string name;      // "wuhan": [a-z0-9-], 1 to 64 characters
  std::string division;  // GB/T 2260 code of the division it serves: six digits
  PublicKey consensus_key;
  PublicKey transport_key;  // Ed25519
  std::string address;      // "host:port"
};

// Has a session but no vote.
struct GenesisFollower {
  std::string name;
  PublicKey transport_key;
  std::string address;  // may be empty: it dials, nobody dials it
};

// The ledger's own parameters, equal on every validator.
struct Rules {
  std::uint64_t validity_window = 1'000;  // W: heights that a transaction may be valid ahead
  std::uint64_t call_cost_max = 2'000'000;
  std::uint64_t block_cost_max = 100'000'000;
  TransactionLimits transaction;  // "transaction_bytes_max", "transaction_calls_max"

  friend bool operator==(const Rules&, const Rules&) = default;
};

struct Genesis {
  std::string name;
  std::uint64_t time_ms = 0;
  std::vector<GenesisValidator> validators;
  std::vector<GenesisFollower> followers;
  consensus::Parameters parameters;
  Rules rules;
  std::map<std::string, std::string, std::less<>> contracts;  // contract name -> its JSON text
  Hash chain_id{};                                            // of the file it was read from

  consensus::ValidatorSet validator_set() const;  // of epochs 0 and 1
  consensus::EpochSchedule epochs() const { return consensus::EpochSchedule(parameters.epoch_blocks); }
  // The genesis block; `executed_root` is that of the genesis state (Executor::genesis_root()).
  consensus::Header header(const Hash& executed_root) const;
};

// Strict: unknown, missing and duplicate fields are refused, every value has bounds under which the protocol
// works. Errors (fault kEnvironment, type "bad-genesis") name the JSON Pointer in `where`.
Result<Genesis> parse_genesis(ByteView file);

// The file for a new network; parse_genesis() of it gives the same values. chain_id is not looked at.
std::string write_genesis(const Genesis& genesis);

}  // namespace jingchu::ledger
