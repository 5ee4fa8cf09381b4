// jingchu network, and jingchu network init
#include <CLI/CLI.hpp>
#include <filesystem>

#include "cli/commands.h"
#include "cli/network_init.h"

namespace jingchu::cli {
namespace {

struct Options {
  NetworkOptions network;
  std::string algorithm = "ed25519";
  std::string passphrase_file;
  bool plain = false;
};

nlohmann::ordered_json as_json(const NetworkOptions& options, const CreatedNetwork& created) {
  nlohmann::ordered_json validators = nlohmann::ordered_json::array();
  for (const ValidatorPlan& validator : created.plan.validators) {
    validators.push_back({{"name", validator.name},
                          {"division", validator.division},
                          {"home", options.directory + "/" + validator.name},
                          {"operator_key", options.directory + "/" + operator_key_file(validator)},
                          {"peer_port", validator.peer_port},
                          {"api", api_url(validator)}});
  }
  nlohmann::ordered_json clients = nlohmann::ordered_json::array();
  for (const std::string& file : created.client_keys) clients.push_back(options.directory + "/" + file);
  return {{"name", options.name},
          {"chain_id", to_hex(created.chain_id)},
          {"genesis", options.directory + "/genesis.json"},
          {"validators", validators},
          {"client_keys", clients}};
}

void print_text(const Session& session, const NetworkOptions& options, const CreatedNetwork& created) {
  std::ostream& out = session.console.out;
  out << "Network \"" << options.name << "\", chain id " << to_hex(created.chain_id) << "\n";
  for (const ValidatorPlan& validator : created.plan.validators) {
    out << "  jingchud --home " << options.directory << "/" << validator.name << "    API "
        << api_url(validator) << (validator.division.empty() ? "" : "    GB/T 2260 " + validator.division)
        << "\n";
  }
  out << "Client keys to submit with:\n";
  for (const std::string& file : created.client_keys) out << "  " << options.directory << "/" << file << "\n";
  out << "Keys of the operators, who decide which validators there are (jingchu governance):\n";
  for (const ValidatorPlan& validator : created.plan.validators) {
    out << "  " << options.directory << "/" << operator_key_file(validator) << "\n";
  }
}

void print_notes(const Session& session, const Options& options) {
  const std::size_t count = options.network.validators.size();
  if (count < 4) {
    session.note("note: " + std::to_string(count) +
                 " validators stand still when any one of them does; 4 bear one");
  }
  if (options.plain)
    session.note("note: the keys are not encrypted; for a network that matters use --passphrase-file");
}

Result<ExitStatus> init(const Session& session, Options options) {
  options.network.consensus_algorithm = *algorithm_from_name(options.algorithm);
  RETURN_IF_ERROR(plan_network(options.network));  // before anybody types a passphrase
  ASSIGN_OR_RETURN(const Protection chosen,
                   choose_protection(session, options.passphrase_file, options.plain));
  std::string passphrase_file;
  if (!options.passphrase_file.empty())
    passphrase_file = std::filesystem::absolute(options.passphrase_file).string();
  ASSIGN_OR_RETURN(const CreatedNetwork created,
                   create_network(session, options.network, chosen, passphrase_file));
  print_notes(session, options);
  if (session.json) {
    session.print_json(as_json(options.network, created));
  } else {
    print_text(session, options.network, created);
  }
  return kOk;
}

void add_place_options(CLI::App* command, NetworkOptions& network) {
  command
      ->add_option("--validators", network.validators,
                   "Names, separated by commas; divisions of Hubei get their GB/T 2260 codes")
      ->required()
      ->delimiter(',');
  command
      ->add_option("--dir", network.directory, "The directory to create; one that holds anything is refused")
      ->required();
  command->add_option("--name", network.name, "Name of the network")->capture_default_str();
  command->add_option("--host", network.hosts, "Where peers reach the validators: one host, or one for each")
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--base-port", network.base_port, "Peers listen at this port + i, the API at + 100 + i")
      ->capture_default_str();
}

}  // namespace

void add_network_commands(CLI::App& app, Session& session) {
  const std::string example =
      "  jingchu network init --validators wuhan,xiangyang,yichang,jingzhou --dir net --plain-keys --lab\n"
      "  jingchu network init --validators wuhan,yichang,enshi,suizhou --dir net \\\n"
      "      --host 10.1.0.1,10.2.0.1,10.3.0.1,10.4.0.1 --algorithm sm2 --passphrase-file node.pass";
  CLI::App* network =
      add_command(app, "network", "Create networks, homes that join one, and keys for a change", example);
  network->require_subcommand(1);
  auto options = std::make_shared<Options>();
  CLI::App* create = add_command(
      *network, "init",
      "Create a network: genesis, a home for each validator, keys for operators and sample clients", example);
  add_place_options(create, options->network);
  create->add_option("--algorithm", options->algorithm, "Of the consensus keys: ed25519 or sm2")
      ->check(CLI::IsMember({"ed25519", "sm2"}))
      ->capture_default_str();
  create
      ->add_option(
          "--organizations", options->network.organizations,
          "Ids of the organizations whose keys may submit, separated by commas; default: three samples")
      ->delimiter(',');
  create->add_option("--passphrase-file", options->passphrase_file,
                     "Encrypt every key with the first line of this file; the nodes read it, too");
  create->add_flag("--plain-keys", options->plain, "Write the keys unencrypted");
  create->add_option("--epoch-blocks", options->network.epoch_blocks,
                     "Blocks of an epoch: validators change at the end of one (default: 1000)");
  create->add_flag("--lab", options->network.lab, "Short timers, for one machine or one room");
  add_json_flag(create, session);
  on_run(create, session, [&session, options] { return init(session, *options); });
  add_join_commands(*network, session);
}

}  // namespace jingchu::cli
