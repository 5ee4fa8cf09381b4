#include "cli/network_plan.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/hubei_divisions.h"
#include "cli/session.h"
#include "node/config.h"

namespace jingchu::cli {
namespace {

constexpr std::uint16_t kApiPortOffset = 100;
constexpr std::uint32_t kLabDelayMs = 15;

constexpr OrganizationPlan sample(const char* id, const char* name) {
  return {id, name};
}

std::vector<OrganizationPlan> sample_organizations() {
  return {sample("qianjiang-crayfish",
                 "潜江小龙虾水产示例公司 (Qianjiang Crayfish, an aquatic-products company)"),
          sample("wuhan-court", "武汉司法存证示例办公室 (Wuhan Court Evidence Office)"),
          sample("enshi-tea", "恩施茶叶示例合作社 (Enshi Tea Cooperative)")};
}

// "Wuhan" and "武汉" are the validator "wuhan".
std::string validator_name(const std::string& given) {
  std::string name = given;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const Division* division = find_division(name);
  return division != nullptr ? std::string(division->name) : name;
}

bool is_plain_name(const std::string& name) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), fits);
}

Status check_names(const std::vector<std::string>& names, const std::string& option) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (!is_plain_name(name)) {
      return usage_error(option + ": \"" + name + "\" is not a name: 1 to 64 characters out of a-z 0-9 -");
    }
    if (!seen.insert(name).second) return usage_error(option + ": \"" + name + "\" is given twice");
  }
  return ok_status();
}

Result<std::vector<OrganizationPlan>> plan_organizations(const std::vector<std::string>& ids) {
  RETURN_IF_ERROR(check_names(ids, "--organizations"));
  const auto samples = sample_organizations();
  if (ids.empty()) return samples;
  std::vector<OrganizationPlan> organizations;
  for (const std::string& id : ids) {
    const auto known =
        std::find_if(samples.begin(), samples.end(), [&](const auto& s) { return s.id == id; });
    organizations.push_back(known != samples.end() ? *known : OrganizationPlan{id, id});
  }
  return organizations;
}

Status check_sizes(const NetworkOptions& options, std::size_t count) {
  if (count == 0 || count > ledger::kValidatorsMax) {
    return usage_error("--validators takes 1 to " + std::to_string(ledger::kValidatorsMax) + " names");
  }
  if (options.hosts.size() != 1 && options.hosts.size() != count) {
    return usage_error("--host takes one host for all validators, or one for each of the " +
                       std::to_string(count));
  }
  if (options.base_port == 0 || options.base_port + kApiPortOffset + count > 65536) {
    return usage_error("--base-port " + std::to_string(options.base_port) +
                       " leaves no room for ports up to " +
                       std::to_string(options.base_port + kApiPortOffset + count - 1));
  }
  return ok_status();
}

// Each validator brings an organization of its name, which operates it.
Status check_operators(const std::vector<std::string>& validators,
                       const std::vector<OrganizationPlan>& organizations) {
  for (const auto& organization : organizations) {
    if (std::find(validators.begin(), validators.end(), organization.id) == validators.end()) continue;
    return usage_error(
        "\"" + organization.id + "\" is the organization that operates the validator of this name",
        "name the validator or the organization otherwise");
  }
  return ok_status();
}

nlohmann::ordered_json member(const PublicKey& key, const std::string& name,
                              const std::vector<std::string>& roles) {
  return {{"key", to_string(key)}, {"name", name}, {"roles", roles}};
}

std::string identity_json(const NetworkPlan& plan, const std::vector<ValidatorKeys>& validators,
                          const std::vector<OrganizationKeys>& clients) {
  nlohmann::ordered_json organizations = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < plan.organizations.size(); ++i) {
    const auto& organization = plan.organizations[i];
    organizations.push_back({{"id", organization.id},
                             {"name", organization.name},
                             {"members",
                              {member(clients[i].admin, "admin", {"admin", "submitter"}),
                               member(clients[i].submitter, "submitter", {"submitter"})}}});
  }
  for (std::size_t i = 0; i < plan.validators.size(); ++i) {
    const std::string& name = plan.validators[i].name;
    organizations.push_back({{"id", name},
                             {"name", "operator of " + name},
                             {"members", nlohmann::ordered_json::array({member(validators[i].operator_admin,
                                                                               "operator", {"admin"})})}});
  }
  return nlohmann::ordered_json{{"organizations", organizations}}.dump();
}

bool is_address(const std::string& host) {
  const bool ipv6 = host.find(':') != std::string::npos;
  return ipv6 || host.find_first_not_of("0123456789.") == std::string::npos || host == "localhost";
}

std::string toml_text(const std::string& text) {
  return nlohmann::json(text).dump();
}

}  // namespace

Result<NetworkPlan> plan_network(const NetworkOptions& options) {
  std::vector<std::string> names;
  for (const std::string& given : options.validators) names.push_back(validator_name(given));
  RETURN_IF_ERROR(check_sizes(options, names.size()));
  RETURN_IF_ERROR(check_names(names, "--validators"));
  const bool takes_clients = std::find(names.begin(), names.end(), "clients") != names.end();
  if (takes_clients) return usage_error("--validators: \"clients\" is the directory of the client keys");
  if (options.name.empty() || options.name.size() > 64) return usage_error("--name takes 1 to 64 characters");
  NetworkPlan plan;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Division* division = find_division(names[i]);
    plan.validators.push_back({names[i], division != nullptr ? std::string(division->code) : std::string(),
                               options.hosts[options.hosts.size() == 1 ? 0 : i],
                               static_cast<std::uint16_t>(options.base_port + i),
                               static_cast<std::uint16_t>(options.base_port + kApiPortOffset + i)});
  }
  ASSIGN_OR_RETURN(plan.organizations, plan_organizations(options.organizations));
  RETURN_IF_ERROR(check_operators(names, plan.organizations));
  return plan;
}

ledger::Genesis make_genesis(const NetworkOptions& options, const NetworkPlan& plan,
                             const std::vector<ValidatorKeys>& keys,
                             const std::vector<OrganizationKeys>& clients, std::uint64_t time_ms) {
  CHECK(keys.size() == plan.validators.size() && clients.size() == plan.organizations.size());
  ledger::Genesis genesis;
  genesis.name = options.name;
  genesis.time_ms = time_ms;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const ValidatorPlan& validator = plan.validators[i];
    genesis.validators.push_back({validator.name, validator.division, keys[i].consensus, keys[i].transport,
                                  node::to_string(node::Endpoint{validator.host, validator.peer_port})});
  }
  if (options.lab) genesis.parameters.delay_ms = kLabDelayMs;
  if (options.epoch_blocks != 0) genesis.parameters.epoch_blocks = options.epoch_blocks;
  genesis.contracts["identity"] = identity_json(plan, keys, clients);
  return genesis;
}

std::string operator_key_file(const ValidatorPlan& validator) {
  return "clients/" + validator.name + "-operator.json";
}

std::string make_configuration(const ValidatorPlan& validator, const std::string& passphrase_file) {
  // A host name is listened for on every interface: the resolver may answer with an address that is not ours.
  const std::string peer_host = is_address(validator.host) ? validator.host : "0.0.0.0";
  const bool local = node::is_loopback(validator.host);
  std::string text =
      "# The validator " + validator.name + ". docs/operations.md, \"Configuration\", lists every key.\n";
  text += "[node]\nname = " + toml_text(validator.name) + "\n";
  text += "genesis = \"genesis.json\"\nconsensus_key = \"keys/consensus.json\"\n";
  text += "transport_key = \"keys/transport.json\"\ndata = \"data\"\n";
  if (!passphrase_file.empty()) text += "passphrase_file = " + toml_text(passphrase_file) + "\n";
  text +=
      "\n[peers]\nlisten = " + toml_text(node::to_string({peer_host, validator.peer_port})) + "\n\n[api]\n";
  if (!local)
    text += "# Plain HTTP is for loopback. To serve others: listen on their network, and certificate, key.\n";
  text +=
      "listen = " + toml_text(node::to_string({local ? validator.host : "127.0.0.1", validator.api_port})) +
      "\n";
  return text;
}

std::string api_url(const ValidatorPlan& validator) {
  const std::string host = node::is_loopback(validator.host) ? validator.host : "127.0.0.1";
  return "http://" + node::to_string(node::Endpoint{host, validator.api_port});
}

}  // namespace jingchu::cli
