#include "cli/network_init.h"

#include <filesystem>

#include "cli/home_writer.h"

namespace jingchu::cli {
namespace {

namespace fs = std::filesystem;

struct HomeKeys {
  PrivateKey consensus;
  PrivateKey transport;
  PrivateKey operator_admin;
};

struct GeneratedKeys {
  std::vector<HomeKeys> validators;
  std::vector<std::pair<PrivateKey, PrivateKey>> organizations;  // admin, submitter
};

GeneratedKeys generate_keys(const NetworkOptions& options, const NetworkPlan& plan) {
  GeneratedKeys keys;
  for (std::size_t i = 0; i < plan.validators.size(); ++i) {
    keys.validators.push_back({PrivateKey::generate(options.consensus_algorithm),
                               PrivateKey::generate(Algorithm::kEd25519),
                               PrivateKey::generate(Algorithm::kEd25519)});
  }
  for (std::size_t i = 0; i < plan.organizations.size(); ++i) {
    keys.organizations.emplace_back(PrivateKey::generate(Algorithm::kEd25519),
                                    PrivateKey::generate(Algorithm::kEd25519));
  }
  return keys;
}

Status write_home(HomeWriter& writer, const ValidatorPlan& validator, const HomeKeys& keys,
                  const std::string& genesis, const Hash& chain_id, const std::string& passphrase_file) {
  const fs::path home = validator.name;
  RETURN_IF_ERROR(writer.directory(home / "keys"));
  RETURN_IF_ERROR(writer.directory(home / "data" / "log"));
  RETURN_IF_ERROR(writer.text(home / "genesis.json", genesis));
  RETURN_IF_ERROR(writer.text(home / "jingchud.toml", make_configuration(validator, passphrase_file)));
  RETURN_IF_ERROR(writer.key(home / "keys" / "consensus.json", keys.consensus));
  RETURN_IF_ERROR(writer.key(home / "keys" / "transport.json", keys.transport));
  return writer.log(home / "data" / "log", {chain_id, keys.consensus.public_key()});
}

Result<std::vector<std::string>> write_clients(HomeWriter& writer, const NetworkPlan& plan,
                                               const GeneratedKeys& keys) {
  std::vector<std::string> names;
  RETURN_IF_ERROR(writer.directory("clients"));
  for (std::size_t i = 0; i < plan.organizations.size(); ++i) {
    const std::string begin = "clients/" + plan.organizations[i].id;
    RETURN_IF_ERROR(writer.key(begin + "-admin.json", keys.organizations[i].first));
    RETURN_IF_ERROR(writer.key(begin + "-submitter.json", keys.organizations[i].second));
    names.insert(names.end(), {begin + "-admin.json", begin + "-submitter.json"});
  }
  for (std::size_t i = 0; i < plan.validators.size(); ++i) {
    RETURN_IF_ERROR(writer.key(operator_key_file(plan.validators[i]), keys.validators[i].operator_admin));
  }
  return names;
}

Result<std::string> genesis_text(const NetworkOptions& options, const NetworkPlan& plan,
                                 const GeneratedKeys& keys, std::uint64_t time_ms) {
  std::vector<ValidatorKeys> validators;
  for (const auto& home : keys.validators) {
    validators.push_back(
        {home.consensus.public_key(), home.transport.public_key(), home.operator_admin.public_key()});
  }
  std::vector<OrganizationKeys> clients;
  for (const auto& [admin, submitter] : keys.organizations) {
    clients.push_back({admin.public_key(), submitter.public_key()});
  }
  return ledger::write_genesis(make_genesis(options, plan, validators, clients, time_ms));
}

}  // namespace

Result<CreatedNetwork> create_network(const Session& session, const NetworkOptions& options,
                                      const Protection& protection, const std::string& passphrase_file) {
  CreatedNetwork created;
  ASSIGN_OR_RETURN(created.plan, plan_network(options));
  ASSIGN_OR_RETURN(const fs::path target, free_directory(options.directory));
  const GeneratedKeys keys = generate_keys(options, created.plan);
  ASSIGN_OR_RETURN(const std::string genesis,
                   genesis_text(options, created.plan, keys, session.clock.wall_ms()));
  // What the nodes are going to read must be acceptable to them before anything is written.
  ASSIGN_OR_RETURN(const ledger::Genesis parsed, ledger::parse_genesis(as_bytes(genesis)));
  created.chain_id = parsed.chain_id;

  std::error_code code;
  fs::create_directories(target.parent_path(), code);
  if (code) return cannot_write(target.parent_path().string(), code.message());
  Staging staging(session.files, target);
  const std::size_t key_count = 3 * keys.validators.size() + 2 * keys.organizations.size();
  HomeWriter writer(session, staging.path(), protection, key_count);
  RETURN_IF_ERROR(writer.directory("."));
  RETURN_IF_ERROR(writer.text("genesis.json", genesis));
  for (std::size_t i = 0; i < created.plan.validators.size(); ++i) {
    RETURN_IF_ERROR(write_home(writer, created.plan.validators[i], keys.validators[i], genesis,
                               created.chain_id, passphrase_file));
  }
  ASSIGN_OR_RETURN(created.client_keys, write_clients(writer, created.plan, keys));
  RETURN_IF_ERROR(staging.keep());
  return created;
}

}  // namespace jingchu::cli
