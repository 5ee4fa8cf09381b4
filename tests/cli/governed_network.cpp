#include "tests/cli/governed_network.h"

#include "contracts/governance/governance.h"
#include "node/key_file.h"

namespace jingchu::cli {

using nlohmann::json;

GovernedNetwork::GovernedNetwork() : chain_(contracts::governance_contract()) {
  const Ran made = run_command({"network", "init", "--validators", "a,b,c,d", "--dir", net_, "--plain-keys"});
  CHECK(made.status == kOk);
  const std::string file = read_file(net_ + "/genesis.json");
  const auto genesis = ledger::parse_genesis(as_bytes(file)).value();
  organizations_ = json::parse(file).at("contracts").at("identity").at("organizations");
  contracts::governance::Members members;
  for (const auto& validator : genesis.validators) {
    members.push_back({validator.name, validator.division, validator.name, validator.consensus_key,
                       validator.transport_key, validator.address});
  }
  CHECK(contracts::governance::begin(chain_.context, genesis.chain_id, members).ok());
  node_ = std::make_unique<FakeNode>(file);
  for (const json& organization : organizations_) {
    json listed = json::array();
    for (json member : organization.at("members")) {
      member["active"] = true;
      listed.push_back(member);
    }
    node_->serve("/v1/identity/organizations/" + organization.at("id").get<std::string>() + "/members",
                 json({{"members", listed}}).dump());
  }
  serve_queries();
}

Ran GovernedNetwork::run(std::vector<std::string> arguments) const {
  arguments.insert(arguments.end(), {"--node", node_->url()});
  return run_command(std::move(arguments));
}

Ran GovernedNetwork::run_as(const std::string& validator, std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), "governance");
  arguments.insert(arguments.end(), {"--key", operator_key(validator), "--wait"});
  return run(std::move(arguments));
}

std::string GovernedNetwork::operator_key(const std::string& validator) const {
  return net_ + "/clients/" + validator + "-operator.json";
}

std::string GovernedNetwork::describe(const std::string& name, int port) const {
  json member = {{"name", name},
                 {"division", ""},
                 {"operator_id", "a"},
                 {"address", "127.0.0.1:" + std::to_string(port)}};
  CHECK(system_files().make_directories(path(name) + "/keys").ok());
  for (const std::string kind : {"consensus", "transport"}) {
    const auto key = PrivateKey::generate(Algorithm::kEd25519);
    const std::string file = path(name) + "/keys/" + kind + ".json";
    CHECK(node::write_key_file(system_files(), file, key, node::KeyProtection::kPlain, {}).ok());
    member[kind + "_key"] = to_string(key.public_key());
  }
  return directory_.write(name + ".json", member.dump());
}

contracts::Caller GovernedNetwork::caller_of(const PublicKey& key) const {
  for (const json& organization : organizations_) {
    for (const json& member : organization.at("members")) {
      if (member.at("key") == to_string(key)) return {key, organization.at("id"), member.at("roles")};
    }
  }
  return {key, {}, {}};
}

std::string GovernedNetwork::apply() {
  std::string outcome = "ok";
  const auto submitted = node_->submitted();
  for (; applied_ < submitted.size(); ++applied_) {
    const auto& transaction = submitted[applied_];
    chain_.context.caller_value = caller_of(transaction.sender);
    for (const auto& call : transaction.calls) {
      CHECK(call.contract == "governance");
      const auto status = chain_.call(call.method, as_text(call.payload));
      if (!status.ok() && outcome == "ok") outcome = status.error().type;
    }
  }
  serve_queries();
  return outcome;
}

void GovernedNetwork::close_epoch(std::uint64_t closing) {
  CHECK(contracts::governance::close_epoch(chain_.context, Epoch(closing)).ok());
  serve_queries();
}

void GovernedNetwork::show_status(const json& status) {
  node_->serve("/v1/status", status.dump());
}

void GovernedNetwork::serve_queries() {
  node_->serve("/v1/governance/validators", *chain_.query("validators", {}));
  const std::string all = *chain_.query("proposals", {{"limit", "200"}});
  node_->serve("/v1/governance/proposals", all);
  const json proposals = json::parse(all).at("proposals");
  for (const json& proposal : proposals) {
    const std::string id = proposal.at("proposal").dump();
    node_->serve("/v1/governance/proposals/" + id, *chain_.query("proposal", {{"id", id}}));
  }
}

}  // namespace jingchu::cli
