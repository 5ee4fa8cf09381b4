// jingchu governance ready
#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/chain.h"
#include "cli/governance_commands.h"
#include "cli/governance_view.h"
#include "cli/passphrase.h"
#include "cli/send_transaction.h"
#include "node/config.h"

namespace jingchu::cli {
namespace {

struct Options {
  std::string home;
  std::string consensus_key = "keys/consensus.json";
  std::string consensus_passphrase_file;
  std::string submit_to;
  SendOptions send;
};

std::string below_home(const Options& options, const std::string& path) {
  return path.starts_with("/") ? path : options.home + "/" + path;
}

// As the node itself finds it, unless it is given.
std::string passphrase_file(const Session& session, const Options& options) {
  if (!options.consensus_passphrase_file.empty()) return options.consensus_passphrase_file;
  const auto config = node::load_config(session.files, options.home);
  if (!config.ok() || config->passphrase_file.empty()) return {};
  return config->path(config->passphrase_file);
}

Result<Member> member_of_key(const GovernanceView& view, const PublicKey& key, const std::string& file) {
  if (!view.pending) {
    return caller_error("nothing-pending", "no accepted change waits for readiness",
                        "`jingchu governance show` tells what is proposed");
  }
  for (const Member& member : view.pending->members) {
    if (member.consensus_key == key) return member;
  }
  return caller_error("not-a-member",
                      "no member of the set that proposal " + std::to_string(view.pending->proposal) +
                          " makes has this key, " + to_string(key),
                      "give the key file of the new set with --consensus-key-file", file);
}

// A node that joins is asked whether it is caught up, but takes no transactions yet.
Status check_lane(const nlohmann::json& status, const NodeClient& node) {
  const auto role = status.find("role");
  if (role == status.end() || !role->is_string() || *role == "validator") return ok_status();
  return caller_error("no-lane",
                      "the node at " + node.url() + " validates nothing yet (" + role->get<std::string>() +
                          "), and the attestation gets into the chain only through a validator",
                      "name one with --submit-to URL; nothing was sent");
}

// An attestation is a promise: the node must have the chain, or the new set starts without it.
Status check_caught_up(const Session& session, const NodeClient& node, const nlohmann::json& status,
                       const std::string& name) {
  const bool stopped = status.contains("stopped") && !status["stopped"].is_null();
  const bool failed = status.contains("failure") && !status["failure"].is_null();
  const auto caught_up = status.find("caught_up");
  const bool ready = caught_up != status.end() && *caught_up == true && !stopped && !failed;
  const auto called = status.find("name");
  if (called == status.end() || *called != name) {
    session.note("note: the node at " + node.url() + " calls itself " +
                 (called == status.end() ? "nothing" : called->dump()) + ", not \"" + name +
                 "\"; ask the one that is to validate, with --node");
  }
  if (ready) return ok_status();
  return caller_error(
      "not-caught-up",
      "the node at " + node.url() + (stopped || failed ? " has stopped" : " is still behind"),
      "wait until `jingchu status --node " + node.url() + "` shows it as ok; nothing was sent");
}

// The home says which chain it is of, unless another file is given.
std::string genesis_file(const Session& session, const Options& options) {
  const std::string own = options.home + "/genesis.json";
  const bool given = !options.send.genesis_file.empty();
  return given || !session.files.exists(own) ? options.send.genesis_file : own;
}

Result<ExitStatus> ready(const Session& session, Options options) {
  options.send.genesis_file = genesis_file(session, options);
  const std::string file = below_home(options, options.consensus_key);
  ASSIGN_OR_RETURN(const PublicKey public_key, node::read_public_key(session.files, file));
  ASSIGN_OR_RETURN(const NodeClient node, NodeClient::make(options.send.node));
  ASSIGN_OR_RETURN(const Chain chain, find_chain(session, node, options.send.genesis_file));
  ASSIGN_OR_RETURN(const GovernanceView view, read_governance(node));
  ASSIGN_OR_RETURN(const Member member, member_of_key(view, public_key, file));
  if (view.pending->ready.contains(member.name)) {
    session.note(member.name + " has attested that it is ready already");
    if (session.json) session.print_json({{"validator", member.name}, {"status", "attested-already"}});
    return kOk;
  }
  ASSIGN_OR_RETURN(const auto status, node.get_json("/v1/status"));
  RETURN_IF_ERROR(check_caught_up(session, node, status, member.name));
  if (options.submit_to.empty()) {
    RETURN_IF_ERROR(check_lane(status, node));
  } else {
    options.send.node.url = options.submit_to;
  }
  ASSIGN_OR_RETURN(const PrivateKey consensus_key,
                   open_key(session, file, passphrase_file(session, options)));
  const Bytes bytes = contracts::governance::readiness_bytes(chain.genesis.chain_id, view.pending->proposal,
                                                             view.pending->members, member.name);
  const nlohmann::ordered_json payload = {{"proposal", view.pending->proposal},
                                          {"validator", member.name},
                                          {"signature", to_hex(consensus_key.sign(bytes))}};
  ASSIGN_OR_RETURN(const PrivateKey sender,
                   open_key(session, options.send.key_file, options.send.passphrase_file));
  return send_transaction(session, options.send, sender, {{"governance", "ready", to_bytes(payload.dump())}},
                          ExtraFields{{"proposal", view.pending->proposal}, {"validator", member.name}});
}

}  // namespace

void add_governance_ready(CLI::App& governance, Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(
      governance, "ready",
      "Attest that a validator of the accepted set is ready: signed by its consensus key, brought by any "
      "sender that the chain knows. The node must be caught up",
      "  jingchu governance ready --home hefei --node http://127.0.0.1:7104 --submit-to "
      "http://10.1.0.1:7100 \\\n      --key hefei-operator.json --wait\n"
      "  jingchu governance ready --home wuhan --consensus-key-file keys/next/consensus.json --key k.json "
      "--wait");
  command->add_option("--home", options->home, "Home of the validator")->required();
  command
      ->add_option("--consensus-key-file", options->consensus_key,
                   "The key that it has in the accepted set; a relative path begins at the home")
      ->capture_default_str();
  command->add_option("--consensus-passphrase-file", options->consensus_passphrase_file,
                      "Passphrase of that key; default: as the home's jingchud.toml has it, else asked");
  command->add_option(
      "--submit-to", options->submit_to,
      "URL of the validator that takes the attestation; default: --node, which must then be one");
  add_send_options(command, options->send);
  add_json_flag(command, session);
  on_run(command, session, [&session, options] { return ready(session, *options); });
}

}  // namespace jingchu::cli
