// jingchu governance check
#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/governance_change.h"
#include "cli/governance_check.h"
#include "cli/governance_commands.h"
#include "cli/query_target.h"
#include "cli/status_table.h"

namespace jingchu::cli {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

struct Options {
  std::uint64_t proposal = 0;
  ChangeOptions change;
  std::vector<std::string> urls;
  NodeOptions node;
};

Result<NodeClient> client_of(const Options& options, const std::string& url) {
  NodeOptions node = options.node;
  node.url = url;
  return NodeClient::make(node);
}

std::string text(const json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() && found->is_string() ? found->get<std::string>()
                                                                           : std::string();
}

bool is_well(const json& status) {
  const auto is_null = [&](const char* name) { return !status.contains(name) || status[name].is_null(); };
  return status.is_object() && status.value("caught_up", json(false)) == true && is_null("stopped") &&
         is_null("failure");
}

// What one node says of itself and of its peers.
void add_sightings(const json& status, std::map<std::string, Sighting>& seen) {
  Sighting& own = seen[text(status, "name")];
  own.connected = true;
  own.caught_up = is_well(status);
  if (!status.is_object() || !status.contains("peers") || !status["peers"].is_array()) return;
  for (const json& peer : status["peers"]) {
    const bool connected = peer.is_object() && peer.value("connected", json(false)) == true;
    if (connected) seen[text(peer, "name")].connected = true;
  }
}

Result<std::string> payload_to_check(const Session& session, const Options& options, const NodeClient& node) {
  if ((options.proposal != 0) != options.change.empty()) {
    return usage_error(options.proposal != 0 ? "give the number of a proposal or a change, not both"
                                             : "there is nothing to check",
                       "give --add, --remove or --replace, or the number of a proposal");
  }
  if (options.proposal != 0) {
    ASSIGN_OR_RETURN(const ProposalView view, read_proposal(node, options.proposal));
    return view.change;
  }
  ASSIGN_OR_RETURN(const ordered_json payload, change_payload(session, options.change));
  return payload.dump();
}

// Whether the organization has a member that may vote. Members come in pages.
Result<bool> has_admin(const NodeClient& node, const std::string& organization) {
  for (std::string after;;) {
    ASSIGN_OR_RETURN(const std::string target,
                     query_target("identity/organizations/" + organization + "/members?limit=200" +
                                  (after.empty() ? "" : "&after=" + after)));
    const auto page = node.get_json(target);
    if (!page.ok() && page.error().type == "not-found") return false;
    if (!page.ok()) return page.error();
    if (!page->is_object() || !page->contains("members") || !(*page)["members"].is_array()) {
      return peer_error("malformed-answer", node.url() + target + " lists no members");
    }
    for (const json& member : (*page)["members"]) {
      if (!member.is_object() || member.value("active", json(false)) != true) continue;
      const json roles = member.value("roles", json::array());
      if (std::find(roles.begin(), roles.end(), json("admin")) != roles.end()) return true;
    }
    const std::string next = text(*page, "next");
    if (next.empty() || next == after) return false;
    after = next;
  }
}

Status find_operators(const NodeClient& node, CheckInput& input) {
  std::set<std::string> asked;
  for (const Member& member : input.after) {
    if (!asked.insert(member.operator_id).second) continue;
    ASSIGN_OR_RETURN(const bool can_vote, has_admin(node, member.operator_id));
    if (!can_vote) input.operators_without_an_admin.insert(member.operator_id);
  }
  return ok_status();
}

ordered_json as_json(const SetNumbers& numbers) {
  return {{"validators", numbers.validators},
          {"quorum", numbers.quorum},
          {"faults_tolerated", numbers.faults},
          {"reachable_and_caught_up", numbers.counting}};
}

ordered_json as_json(const CheckReport& report) {
  ordered_json members = ordered_json::array();
  for (const CheckedMember& member : report.members) {
    members.push_back({{"name", member.name},
                       {"change", to_string(member.change)},
                       {"counts", member.counts},
                       {"seen", member.seen}});
  }
  return {{"ok", report.refusals.empty()},  {"before", as_json(report.before)},
          {"after", as_json(report.after)}, {"members", std::move(members)},
          {"refusals", report.refusals},    {"warnings", report.warnings}};
}

void print_numbers(std::ostream& out, const char* title, const SetNumbers& numbers) {
  out << title << numbers.validators << " validators, quorum " << numbers.quorum << ", bears "
      << numbers.faults << (numbers.faults == 1 ? " fault, " : " faults, ") << numbers.counting
      << " reachable and caught up\n";
}

void print_text(const Session& session, const CheckReport& report) {
  std::ostream& out = session.console.out;
  print_numbers(out, "today:  ", report.before);
  print_numbers(out, "then:   ", report.after);
  for (const CheckedMember& member : report.members) {
    out << "  " << member.name << "  " << to_string(member.change) << "  " << member.seen << "\n";
  }
  for (const std::string& line : report.warnings) out << "note: " << line << "\n";
  for (const std::string& line : report.refusals) out << "REFUSED: " << line << "\n";
  if (report.refusals.empty()) out << "nothing speaks against this change\n";
}

// The nodes that answered, in the order of the command line; all on one chain.
struct Answers {
  std::vector<NodeStatus> nodes;
  std::optional<NodeClient> first;
};
Result<Answers> ask_all(const Session& session, const Options& options) {
  std::vector<std::string> urls = options.urls;
  if (urls.empty()) urls.push_back(options.node.url);
  Answers answers;
  bool first_is_well = false;
  for (const std::string& url : urls) {
    ASSIGN_OR_RETURN(NodeClient node, client_of(options, url));
    NodeStatus answer{url, node.get_json("/v1/status")};
    if (!answer.status.ok()) {
      session.note(url + ": " + answer.status.error().what);
      if (urls.size() == 1) return answer.status.error();
      continue;
    }
    // What the chain holds is asked of one that is not behind.
    const bool well = is_well(*answer.status);
    if (!answers.first || (well && !first_is_well)) {
      answers.first = std::move(node);
      first_is_well = well;
    }
    answers.nodes.push_back(std::move(answer));
  }
  if (!answers.first) return environment_error("http-unreachable", "none of the nodes can be reached");
  const auto problems = disagreements(answers.nodes);
  if (!problems.empty()) {
    return caller_error("nodes-disagree", problems.front(), "mend this before the validators are changed");
  }
  return answers;
}

Result<ExitStatus> check(const Session& session, const Options& options) {
  ASSIGN_OR_RETURN(const Answers answers, ask_all(session, options));
  const NodeClient& node = *answers.first;
  ASSIGN_OR_RETURN(const std::string payload, payload_to_check(session, options, node));
  ASSIGN_OR_RETURN(const GovernanceView view, read_governance(node));
  CheckInput input;
  input.before = view.latest;
  ASSIGN_OR_RETURN(input.after, changed_set(view.latest, payload));
  for (const NodeStatus& answer : answers.nodes) add_sightings(*answer.status, input.seen);
  if (view.pending && view.pending->proposal == options.proposal) input.attested = view.pending->ready;
  RETURN_IF_ERROR(find_operators(node, input));
  const CheckReport report = check_change(input);
  if (session.json) {
    session.print_json(as_json(report));
  } else {
    print_text(session, report);
  }
  return report.refusals.empty() ? kOk : kRefused;
}

}  // namespace

void add_governance_check(CLI::App& governance, Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(
      governance, "check",
      "Try a change without making it: quorum and faults before and after, who of the new set is reachable "
      "and caught up. Exit status 1 if it would lose the quorum",
      "  jingchu governance check --add hefei.json --node http://127.0.0.1:7100,http://10.0.0.9:7100\n"
      "  jingchu governance check --remove enshi --remove jingmen\n"
      "  jingchu governance check 3 --json");
  command->add_option("proposal", options->proposal, "The number of a proposal, instead of a change")
      ->check(CLI::Range(std::uint64_t{1}, ~std::uint64_t{0} >> 1));
  add_change_options(command, options->change);
  command
      ->add_option(
          "--node", options->urls,
          "URL of a node's API; give those that join, too. May be given again, or several with commas")
      ->envname("JINGCHU_NODE")
      ->delimiter(',')
      ->allow_extra_args(false);
  add_tls_options(command, options->node);
  add_json_flag(command, session);
  on_run(command, session, [&session, options] { return check(session, *options); });
}

}  // namespace jingchu::cli
