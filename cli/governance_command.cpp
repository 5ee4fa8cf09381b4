// jingchu governance show, propose, vote
#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/commands.h"
#include "cli/governance_change.h"
#include "cli/governance_commands.h"
#include "cli/governance_view.h"
#include "cli/passphrase.h"
#include "cli/send_transaction.h"

namespace jingchu::cli {
namespace {

using nlohmann::ordered_json;

constexpr const char* kTour =
    "  jingchu governance check --add hefei.json --node http://127.0.0.1:7100,http://10.0.0.9:7100\n"
    "  jingchu governance propose --add hefei.json --note 'a fifth' --key wuhan-operator.json --wait\n"
    "  jingchu governance vote 1 yes --key xiangyang-operator.json --wait     (a quorum of operators)\n"
    "  jingchu governance ready --home hefei --key any-client.json --wait     (a quorum of the new set)\n"
    "  jingchu governance show";

struct ShowOptions {
  std::string id;
  bool all = false;
  NodeOptions node;
};

void print_set(std::ostream& out, const Members& members, const PendingView* pending) {
  for (const Member& member : members) {
    out << "  " << member.name << "  " << member.address << "  operated by " << member.operator_id;
    if (pending != nullptr) out << (pending->ready.contains(member.name) ? "  ready" : "  not ready yet");
    out << "\n";
  }
}

void print_proposal(std::ostream& out, const ProposalView& proposal, std::uint64_t height) {
  const bool open = proposal.state == "open";
  const bool expired = open && height > proposal.expires_at;
  out << "proposal " << proposal.id << " of " << proposal.organization << ": "
      << (expired ? "expired" : proposal.state);
  if (open && !expired) out << " until height " << proposal.expires_at << ", " << proposal.tally;
  out << "\n";
  for (const std::string& line : describe_change(proposal.change)) out << "  " << line << "\n";
  for (const std::string& vote : proposal.votes) out << "  vote: " << vote << "\n";
}

Result<std::uint64_t> height_of(const NodeClient& node) {
  ASSIGN_OR_RETURN(const auto status, node.get_json("/v1/status"));
  const auto height = status.find("height");
  if (height != status.end() && height->is_number_unsigned()) return height->get<std::uint64_t>();
  return peer_error("malformed-answer", node.url() + "/v1/status names no height");
}

Result<ExitStatus> show_one(const Session& session, const NodeClient& node, std::uint64_t id) {
  if (session.json) {
    ASSIGN_OR_RETURN(const std::string body, node.get("/v1/governance/proposals/" + std::to_string(id)));
    session.console.out << body << "\n";
    return kOk;
  }
  ASSIGN_OR_RETURN(const ProposalView proposal, read_proposal(node, id));
  ASSIGN_OR_RETURN(const std::uint64_t height, height_of(node));
  print_proposal(session.console.out, proposal, height);
  return kOk;
}

Result<std::uint64_t> proposal_number(const std::string& text) {
  const bool digits =
      !text.empty() && text.size() <= 18 && text.find_first_not_of("0123456789") == std::string::npos;
  if (digits) return std::stoull(text);
  return usage_error("a proposal is named by its number", "jingchu governance show lists them");
}

Result<ExitStatus> show(const Session& session, const ShowOptions& options) {
  ASSIGN_OR_RETURN(const NodeClient node, NodeClient::make(options.node));
  if (!options.id.empty()) {
    ASSIGN_OR_RETURN(const std::uint64_t id, proposal_number(options.id));
    return show_one(session, node, id);
  }
  if (session.json) {
    ASSIGN_OR_RETURN(const std::string body, node.get("/v1/governance/validators"));
    session.console.out << body << "\n";
    return kOk;
  }
  ASSIGN_OR_RETURN(const GovernanceView view, read_governance(node));
  ASSIGN_OR_RETURN(const auto proposals, read_proposals(node));
  ASSIGN_OR_RETURN(const std::uint64_t height, height_of(node));
  std::ostream& out = session.console.out;
  out << "validators from epoch " << view.from_epoch << " on (decided up to epoch "
      << view.latest_decided_epoch << "):\n";
  print_set(out, view.latest, nullptr);
  if (view.pending) {
    out << "accepted by proposal " << view.pending->proposal
        << ", and taken when a quorum of these is ready:\n";
    print_set(out, view.pending->members, &*view.pending);
  }
  for (const ProposalView& proposal : proposals) {
    const bool current = proposal.state == "open" && height <= proposal.expires_at;
    if (options.all || current || proposal.state == "accepted") print_proposal(out, proposal, height);
  }
  return kOk;
}

struct ProposeOptions {
  ChangeOptions change;
  bool cancel = false;
  std::string note;
  std::uint64_t open_for = 0;
  SendOptions send;
};

Result<ExitStatus> propose(const Session& session, const ProposeOptions& options) {
  ordered_json payload = {{"cancel", true}};
  if (options.cancel != options.change.empty()) {
    return usage_error(options.cancel ? "--cancel stands alone: it changes no validator itself"
                                      : "there is nothing to propose",
                       "give --add, --remove or --replace, or --cancel");
  }
  if (!options.cancel) {
    ASSIGN_OR_RETURN(payload, change_payload(session, options.change));
  }
  if (!options.note.empty()) payload["note"] = options.note;
  if (options.open_for != 0) payload["valid_for"] = options.open_for;
  ASSIGN_OR_RETURN(const PrivateKey key,
                   open_key(session, options.send.key_file, options.send.passphrase_file));
  const std::string text = payload.dump();
  for (const std::string& line : describe_change(text)) session.note(line);
  return send_transaction(session, options.send, key, {{"governance", "propose", to_bytes(text)}});
}

struct VoteOptions {
  std::string id;
  std::string vote;
  SendOptions send;
};

// The vote names the proposal by its hash: if the node has shown another one than the chain has, it does not
// count.
Result<ExitStatus> vote(const Session& session, const VoteOptions& options) {
  ASSIGN_OR_RETURN(const std::uint64_t id, proposal_number(options.id));
  ASSIGN_OR_RETURN(const NodeClient node, NodeClient::make(options.send.node));
  ASSIGN_OR_RETURN(const ProposalView proposal, read_proposal(node, id));
  session.note(options.vote + " to proposal " + options.id + " of " + proposal.organization + ":");
  for (const std::string& line : describe_change(proposal.change)) session.note("  " + line);
  const ordered_json payload = {{"proposal", id},
                                {"vote", options.vote},
                                {"proposal_sha256", to_hex(sha256(as_bytes(proposal.change)))}};
  ASSIGN_OR_RETURN(const PrivateKey key,
                   open_key(session, options.send.key_file, options.send.passphrase_file));
  return send_transaction(session, options.send, key, {{"governance", "vote", to_bytes(payload.dump())}});
}

void add_show(CLI::App& governance, Session& session) {
  auto options = std::make_shared<ShowOptions>();
  CLI::App* command =
      add_command(governance, "show",
                  "The validators, the accepted change that waits for readiness, and the open proposals",
                  "  jingchu governance show\n  jingchu governance show 3 --json");
  command->add_option("proposal", options->id, "Only this proposal, by its number");
  command->add_flag("--all", options->all, "Also the proposals that were decided or have expired");
  add_node_options(command, options->node);
  add_json_flag(command, session);
  on_run(command, session, [&session, options] { return show(session, *options); });
}

void add_propose(CLI::App& governance, Session& session) {
  auto options = std::make_shared<ProposeOptions>();
  CLI::App* command = add_command(
      governance, "propose",
      "Propose a change, as an admin of an organization that operates a validator. It counts no vote of its "
      "own, and takes the place of the organization's open proposal",
      "  jingchu governance propose --add hefei.json --remove enshi --key wuhan-operator.json --wait\n"
      "  jingchu governance propose --replace enshi --address 10.4.0.1:7000 --key enshi-operator.json "
      "--wait\n"
      "  jingchu governance propose --cancel --note 'hefei has no power' --key wuhan-operator.json --wait");
  add_change_options(command, options->change);
  command->add_flag("--cancel", options->cancel, "Cancel the accepted change that waits for readiness");
  command->add_option("--note", options->note, "Why, in up to 2000 characters");
  command
      ->add_option("--open-for", options->open_for, "Blocks within which it may be voted on; default 1000000")
      ->check(CLI::Range(10, 10'000'000));
  add_send_options(command, options->send);
  add_json_flag(command, session);
  on_run(command, session, [&session, options] { return propose(session, *options); });
}

void add_vote(CLI::App& governance, Session& session) {
  auto options = std::make_shared<VoteOptions>();
  CLI::App* command = add_command(
      governance, "vote",
      "Vote on a proposal, once for every validator that your organization operates; may be changed until it "
      "is decided",
      "  jingchu governance vote 3 yes --key xiangyang-operator.json --wait");
  command->add_option("proposal", options->id, "Number of the proposal")->required();
  command->add_option("vote", options->vote, "yes or no")->required()->check(CLI::IsMember({"yes", "no"}));
  add_send_options(command, options->send);
  add_json_flag(command, session);
  on_run(command, session, [&session, options] { return vote(session, *options); });
}

}  // namespace

void add_governance_commands(CLI::App& app, Session& session) {
  CLI::App* governance =
      add_command(app, "governance", "Change the set of validators: propose, vote, attest readiness", kTour);
  governance->require_subcommand(1);
  add_show(*governance, session);
  add_governance_check(*governance, session);
  add_propose(*governance, session);
  add_vote(*governance, session);
  add_governance_ready(*governance, session);
}

}  // namespace jingchu::cli
