// jingchu network join, rotate, promote: what a validator needs to come into a set that `jingchu governance
// propose` names: a home, or the next keys of one.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>

#include "cli/commands.h"
#include "cli/governance_view.h"
#include "cli/home_writer.h"
#include "cli/network_plan.h"
#include "contracts/governance/changes.h"
#include "ledger/genesis.h"
#include "node/config.h"
#include "node/identity.h"
#include "node/key_file.h"

namespace jingchu::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string directory;
  std::string genesis;
  std::string name;
  std::string division;
  std::string operator_id;
  std::string peers_listen;
  std::string api_listen = "127.0.0.1:7100";
  std::string algorithm = "ed25519";
  std::string passphrase_file;
  bool plain = false;
  NodeOptions node;
};

struct Pair {
  PrivateKey consensus;
  PrivateKey transport;
};

Pair generate(const std::string& algorithm) {
  return {PrivateKey::generate(*algorithm_from_name(algorithm)), PrivateKey::generate(Algorithm::kEd25519)};
}

std::string absolute_or_empty(const std::string& path) {
  return path.empty() ? path : fs::absolute(path).string();
}

// What `jingchu governance propose --add` reads.
nlohmann::ordered_json description(const Options& options, const Pair& keys) {
  return {{"name", options.name},
          {"division", options.division},
          {"operator_id", options.operator_id.empty() ? options.name : options.operator_id},
          {"consensus_key", to_string(keys.consensus.public_key())},
          {"transport_key", to_string(keys.transport.public_key())},
          {"address", options.peers_listen}};
}

// The chain's own rules, before anything is written that it would refuse.
Status check_description(const nlohmann::ordered_json& described) {
  const nlohmann::ordered_json change = {{"add", described}};
  const nlohmann::ordered_json proposal = {{"changes", nlohmann::ordered_json::array({change})}};
  const auto parsed = contracts::governance::parse_proposal(proposal.dump());
  if (parsed.ok()) return ok_status();
  // "/changes/0/add/division: expected ...": the field is all of the place that the reader has given.
  const Error& error = parsed.error();
  const std::size_t field = error.what.starts_with(error.where) ? error.where.rfind('/') + 1 : 0;
  return usage_error("the chain would refuse this validator: " + error.what.substr(field));
}

bool has_organization(const ledger::Genesis& genesis, const std::string& id) {
  const auto identity = genesis.contracts.find("identity");
  if (identity == genesis.contracts.end()) return false;
  const auto json = nlohmann::json::parse(identity->second, nullptr, false);
  const auto organizations = json.is_object() ? json.value("organizations", nlohmann::json()) : json;
  return std::any_of(organizations.begin(), organizations.end(), [&](const nlohmann::json& organization) {
    return organization.is_object() && organization.value("id", nlohmann::json()) == id;
  });
}

void note_operator(const Session& session, const ledger::Genesis& genesis, const std::string& id) {
  if (has_organization(genesis, id)) return;
  session.note("note: nobody could vote for this validator: genesis has no organization \"" + id +
               "\", and none is added later; name one that it has with --operator");
}

Result<ledger::Genesis> read_genesis(const Session& session, const std::string& path, std::string& text) {
  ASSIGN_OR_RETURN(const Bytes file, session.files.read(path, ledger::kGenesisBytesMax));
  text = jingchu::to_string(file);
  auto genesis = ledger::parse_genesis(file);
  if (genesis.ok()) return genesis;
  Error error = genesis.error();
  error.where = path + (error.where.empty() ? "" : " " + error.where);
  return error;
}

Result<ExitStatus> join(const Session& session, const Options& options) {
  ASSIGN_OR_RETURN(const node::Endpoint peers, node::parse_endpoint(options.peers_listen));
  ASSIGN_OR_RETURN(const node::Endpoint api, node::parse_endpoint(options.api_listen));
  std::string genesis_text;
  ASSIGN_OR_RETURN(const auto genesis, read_genesis(session, options.genesis, genesis_text));
  ASSIGN_OR_RETURN(const fs::path target, free_directory(options.directory));
  ASSIGN_OR_RETURN(const Protection protection,
                   choose_protection(session, options.passphrase_file, options.plain));
  const Pair keys = generate(options.algorithm);
  const ValidatorPlan plan{options.name, options.division, peers.host, peers.port, api.port};
  const auto described = description(options, keys);
  RETURN_IF_ERROR(check_description(described));
  note_operator(session, genesis, described.at("operator_id"));
  Staging staging(session.files, target);
  HomeWriter writer(session, staging.path(), protection, 2);
  RETURN_IF_ERROR(writer.directory("keys"));
  RETURN_IF_ERROR(writer.directory("data/log"));
  RETURN_IF_ERROR(writer.text("genesis.json", genesis_text));
  RETURN_IF_ERROR(
      writer.text("jingchud.toml", make_configuration(plan, absolute_or_empty(options.passphrase_file))));
  RETURN_IF_ERROR(writer.text("validator.json", described.dump(2) + "\n"));
  RETURN_IF_ERROR(writer.key("keys/consensus.json", keys.consensus));
  RETURN_IF_ERROR(writer.key("keys/transport.json", keys.transport));
  RETURN_IF_ERROR(writer.log("data/log", {genesis.chain_id, keys.consensus.public_key()}));
  RETURN_IF_ERROR(staging.keep());
  if (session.json) {
    session.print_json(described);
    return kOk;
  }
  session.console.out << "A home for " << options.name << " in " << options.directory << ".\n"
                      << "  jingchu governance propose --add " << options.directory
                      << "/validator.json    (an operator; then the others vote)\n"
                      << "  jingchud --home " << options.directory
                      << "    once it is accepted: it fetches the chain\n"
                      << "  jingchu governance ready --home " << options.directory
                      << " --submit-to URL-OF-A-VALIDATOR    once it is caught up\n";
  return kOk;
}

Error has_next_keys(const std::string& where) {
  return caller_error(
      "next-keys-exist", "there are next keys already, and no key is overwritten",
      "use them; the node puts them in place when their epoch begins. Remove the directory only "
      "if no set lists them",
      where);
}

Result<ExitStatus> rotate(const Session& session, const Options& options) {
  ASSIGN_OR_RETURN(const node::Config config, node::load_config(session.files, options.directory));
  std::string genesis_text;
  ASSIGN_OR_RETURN(const auto genesis, read_genesis(session, config.path(config.genesis), genesis_text));
  if (config.consensus_key.empty()) {
    return caller_error("no-consensus-key",
                        "this is the home of a follower, whose one key is that of genesis",
                        "give the home of a validator", options.directory);
  }
  const std::string keys_directory = config.path(node::kNextKeysDirectory);
  const std::string log_directory = config.path(config.data) + "/" + node::kNextLogDirectory;
  for (const std::string& taken :
       {keys_directory, config.path(node::kPromotedKeysDirectory), log_directory}) {
    if (session.files.exists(taken)) return has_next_keys(taken);
  }
  const std::string passphrase_file =
      config.passphrase_file.empty() ? std::string() : config.path(config.passphrase_file);
  ASSIGN_OR_RETURN(const Protection protection,
                   choose_protection(session, passphrase_file, passphrase_file.empty()));
  const Pair keys = generate(options.algorithm);
  // The log first: keys without it would only observe.
  RETURN_IF_ERROR(session.files.make_directories(log_directory));
  HomeWriter log(session, config.path(config.data), protection, 2);
  RETURN_IF_ERROR(log.log(node::kNextLogDirectory, {genesis.chain_id, keys.consensus.public_key()}));
  Staging staging(session.files, fs::path(keys_directory));
  HomeWriter writer(session, staging.path(), protection, 2);
  RETURN_IF_ERROR(writer.directory("."));
  RETURN_IF_ERROR(writer.key("consensus.json", keys.consensus));
  RETURN_IF_ERROR(writer.key("transport.json", keys.transport));
  RETURN_IF_ERROR(staging.keep());
  const std::string consensus = to_string(keys.consensus.public_key());
  const std::string transport = to_string(keys.transport.public_key());
  if (session.json) {
    session.print_json({{"consensus_key", consensus}, {"transport_key", transport}});
    return kOk;
  }
  session.console.out << "The next keys of " << options.directory << ".\n"
                      << "  jingchu governance propose --replace NAME --consensus-key " << consensus
                      << " --transport-key " << transport << "\n"
                      << "  jingchu governance ready --home " << options.directory
                      << " --consensus-key-file keys/next/consensus.json    once it is accepted\n"
                      << "Start the node again now, so that it knows them; it changes to them by itself.\n";
  return kOk;
}

// The present keys are destroyed: that no epoch needs them any more is the network's to say. (Without this,
// operators of a network that stands still could destroy keys that its set still lists, and with them its
// quorum.)
Status check_in_force(const Session& session, const Options& options, const std::string& next_keys) {
  ASSIGN_OR_RETURN(const PublicKey key, node::read_public_key(session.files, next_keys + "/transport.json"));
  ASSIGN_OR_RETURN(const NodeClient node, NodeClient::make(options.node));
  ASSIGN_OR_RETURN(const auto status, node.get_json("/v1/status"));
  ASSIGN_OR_RETURN(const GovernanceView view, read_governance(node));
  const auto has_key = [&](const Member& member) { return member.transport_key == key; };
  const bool is_listed = std::any_of(view.latest.begin(), view.latest.end(), has_key);
  const auto epoch = status.find("epoch");
  const bool has_begun = epoch != status.end() && epoch->is_number_unsigned() && *epoch >= view.from_epoch;
  if (is_listed && has_begun) return ok_status();
  return caller_error(
      "not-in-force",
      "the node at " + node.url() + " works in no epoch whose set lists the next keys, " + to_string(key) +
          ": the present ones are needed",
      "have them listed (jingchu governance propose --replace), or ask a node that is caught up; "
      "nothing was changed",
      next_keys);
}

// For a node that its peers let in under its former keys no more, so that it cannot learn that they changed.
Result<ExitStatus> promote(const Session& session, const Options& options) {
  ASSIGN_OR_RETURN(const node::Config config, node::load_config(session.files, options.directory));
  const std::string next = config.path(node::kNextKeysDirectory);
  const bool has_begun = session.files.exists(config.path(node::kPromotedKeysDirectory));
  if (!has_begun && !session.files.exists(next)) {
    return caller_error("no-next-keys", "there are no next keys to put in place",
                        "`jingchu network rotate` makes them", next);
  }
  if (config.name.empty()) {
    return caller_error(
        "no-name", "the configuration has no node.name, by which the node is known until it has caught up",
        "set node.name to the validator's name; nothing was changed", options.directory);
  }
  ASSIGN_OR_RETURN(const auto lock, session.files.lock(config.path(config.data)));
  if (!has_begun) RETURN_IF_ERROR(check_in_force(session, options, next));
  RETURN_IF_ERROR(node::promote_next_keys(session.files, config));
  session.console.out
      << "The next keys of " << options.directory
      << " are in place; the former ones and their log are gone. Start the node: it catches up as "
         "an observer, and votes once it has reached the epoch that lists them.\n";
  return kOk;
}

}  // namespace

void add_join_commands(CLI::App& network, Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App* join_command = add_command(network, "join",
                                       "Make the home of a validator that is to join a network, or to come "
                                       "back with new keys after its data were "
                                       "lost",
                                       "  jingchu network join --genesis genesis.json --name ezhou "
                                       "--operator wuhan --address 10.5.0.1:7000 \\\n"
                                       "      --dir ezhou --passphrase-file node.pass");
  join_command->add_option("--genesis", options->genesis, "The network's genesis file")->required();
  join_command->add_option("--name", options->name, "Name of the validator")->required();
  join_command->add_option("--dir", options->directory, "The home to create")->required();
  join_command
      ->add_option("--address", options->peers_listen, "Where peers reach it and it listens, host:port")
      ->required();
  join_command->add_option("--api", options->api_listen, "Where its API listens, on loopback")
      ->capture_default_str();
  join_command->add_option("--division", options->division, "GB/T 2260 code that it serves");
  join_command->add_option("--operator", options->operator_id,
                           "The organization whose admins vote for it; default: its name");
  join_command->add_option("--algorithm", options->algorithm, "Of the consensus key: ed25519 or sm2")
      ->check(CLI::IsMember({"ed25519", "sm2"}))
      ->capture_default_str();
  join_command->add_option("--passphrase-file", options->passphrase_file,
                           "Encrypt the keys with the first line of this file; the node reads it, too");
  join_command->add_flag("--plain-keys", options->plain, "Write the keys unencrypted");
  add_json_flag(join_command, session);
  on_run(join_command, session, [&session, options] { return join(session, *options); });

  CLI::App* rotate_command = add_command(
      network, "rotate",
      "Make the next keys of a validator, protected as its present ones; the node changes to them when "
      "an epoch begins whose set lists them, and destroys the former ones",
      "  jingchu network rotate --home wuhan");
  rotate_command->add_option("--home", options->directory, "The validator's home")->required();
  rotate_command->add_option("--algorithm", options->algorithm, "Of the consensus key: ed25519 or sm2")
      ->check(CLI::IsMember({"ed25519", "sm2"}))
      ->capture_default_str();
  add_json_flag(rotate_command, session);
  on_run(rotate_command, session, [&session, options] { return rotate(session, *options); });

  CLI::App* promote_command =
      add_command(network, "promote",
                  "Put the next keys of a stopped validator in the place of its present ones, which are "
                  "destroyed with their log, once "
                  "the set in force lists them. Only for a node that was away for more than an epoch while "
                  "its keys changed; any other "
                  "does it by itself",
                  "  jingchu network promote --home wuhan --node https://xiangyang.example:7100");
  promote_command->add_option("--home", options->directory, "The validator's home")->required();
  add_node_options(promote_command, options->node);
  on_run(promote_command, session, [&session, options] { return promote(session, *options); });
}

}  // namespace jingchu::cli
