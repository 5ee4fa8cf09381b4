// What `jingchu network init` is going to write, worked out and checked before anything is written: names,
// addresses, genesis and configuration. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/result.h"
#include "common/signature.h"
#include "ledger/genesis.h"

namespace jingchu::cli {

struct NetworkOptions {
  std::string directory;
  std::string name = "jingchu";
  std::vector<std::string> validators;
  std::vector<std::string> hosts = {"127.0.0.1"};  // one for all, or one for each validator
  std::uint16_t base_port = 7000;
  Algorithm consensus_algorithm = Algorithm::kEd25519;
  bool lab = false;
  std::uint64_t epoch_blocks = 0;          // 0: as genesis has it by default
  std::vector<std::string> organizations;  // empty: the samples
};

struct ValidatorPlan {
  std::string name;
  std::string division;  // GB/T 2260, empty outside Hubei
  std::string host;
  std::uint16_t peer_port = 0;
  std::uint16_t api_port = 0;
};

struct OrganizationPlan {
  std::string id;
  std::string name;
};

struct NetworkPlan {
  std::vector<ValidatorPlan> validators;
  std::vector<OrganizationPlan> organizations;
};

// Peers listen at base port + i, the API at base port + 100 + i. Divisions of Hubei may be given by their
// Chinese names. Errors: "bad-usage".
Result<NetworkPlan> plan_network(const NetworkOptions& options);

struct ValidatorKeys {
  PublicKey consensus;
  PublicKey transport;
  PublicKey operator_admin;  // of the organization that operates it, which has the validator's name
};

// Keys of an organization's two sample members.
struct OrganizationKeys {
  PublicKey admin;
  PublicKey submitter;
};

// The genesis of the planned network; `keys` and `clients` are in the order of the plan.
ledger::Genesis make_genesis(const NetworkOptions& options, const NetworkPlan& plan,
                             const std::vector<ValidatorKeys>& keys,
                             const std::vector<OrganizationKeys>& clients, std::uint64_t time_ms);

// Where below the network's directory the key of a validator's operator is.
std::string operator_key_file(const ValidatorPlan& validator);

// jingchud.toml of a validator. `passphrase_file` is absolute, or empty.
std::string make_configuration(const ValidatorPlan& validator, const std::string& passphrase_file);

// Where the API of a planned validator answers.
std::string api_url(const ValidatorPlan& validator);

}  // namespace jingchu::cli
