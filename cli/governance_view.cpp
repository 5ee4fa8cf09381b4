#include "cli/governance_view.h"

#include "contracts/arguments.h"
#include "contracts/json.h"

namespace jingchu::cli {
namespace {

using contracts::JsonDocument;
using contracts::JsonValue;

constexpr std::size_t kPage = 200;

Error malformed(const std::string& what) {
  return peer_error("malformed-answer", "the node's answer about governance has no good " + what);
}

Result<JsonValue> field(const JsonValue& object, std::string_view name, contracts::JsonKind kind) {
  const auto found = object.find(name);
  if (!found || found->kind() != kind) return malformed(std::string(name));
  return *found;
}

Result<std::string> text(const JsonValue& object, std::string_view name) {
  ASSIGN_OR_RETURN(const auto value, field(object, name, contracts::JsonKind::kString));
  return std::string(value.text());
}

Result<std::uint64_t> number(const JsonValue& object, std::string_view name) {
  ASSIGN_OR_RETURN(const auto value, field(object, name, contracts::JsonKind::kNumber));
  if (value.text().find_first_not_of("0123456789") != std::string_view::npos) {
    return malformed(std::string(name));
  }
  return contracts::integer_of(value);
}

Result<PublicKey> key(const JsonValue& object, std::string_view name) {
  ASSIGN_OR_RETURN(const auto value, text(object, name));
  auto parsed = public_key_from_text(value);
  if (!parsed.ok()) return malformed(std::string(name));
  return parsed;
}

Result<Member> member(const JsonValue& object) {
  Member one;
  ASSIGN_OR_RETURN(one.name, text(object, "name"));
  ASSIGN_OR_RETURN(one.division, text(object, "division"));
  ASSIGN_OR_RETURN(one.operator_id, text(object, "operator_id"));
  ASSIGN_OR_RETURN(one.consensus_key, key(object, "consensus_key"));
  ASSIGN_OR_RETURN(one.transport_key, key(object, "transport_key"));
  ASSIGN_OR_RETURN(one.address, text(object, "address"));
  return one;
}

Result<Members> members(const JsonValue& set) {
  ASSIGN_OR_RETURN(const auto list, field(set, "validators", contracts::JsonKind::kArray));
  if (list.size() == 0 || list.size() > contracts::governance::kMembersMax) return malformed("validators");
  Members all;
  for (const JsonValue entry : list) {
    ASSIGN_OR_RETURN(Member one, member(entry));
    all.push_back(std::move(one));
  }
  return all;
}

Result<PendingView> pending(const JsonValue& set) {
  PendingView view;
  ASSIGN_OR_RETURN(view.proposal, number(set, "proposal"));
  ASSIGN_OR_RETURN(view.members, members(set));
  const JsonValue list = *set.find("validators");
  for (const JsonValue entry : list) {
    const auto ready = entry.find("ready");
    if (ready && ready->is_true()) view.ready.insert(std::string(contracts::text_or(entry, "name")));
  }
  return view;
}

std::string tally(const JsonValue& proposal) {
  const auto counts = proposal.find("tally");
  if (!counts) return {};
  return std::string(contracts::text_or(*counts, "yes")) + " yes, " +
         std::string(contracts::text_or(*counts, "no")) + " no, " +
         std::string(contracts::text_or(*counts, "quorum")) + " needed";
}

Result<ProposalView> proposal(const JsonValue& value) {
  ProposalView view;
  ASSIGN_OR_RETURN(view.id, number(value, "proposal"));
  ASSIGN_OR_RETURN(view.state, text(value, "state"));
  ASSIGN_OR_RETURN(view.expires_at, number(value, "expires_at"));
  ASSIGN_OR_RETURN(const auto change, field(value, "change", contracts::JsonKind::kObject));
  view.change = change.source();
  ASSIGN_OR_RETURN(const auto recorded, field(value, "recorded", contracts::JsonKind::kObject));
  ASSIGN_OR_RETURN(view.organization, text(recorded, "organization"));
  ASSIGN_OR_RETURN(const auto votes, field(value, "votes", contracts::JsonKind::kArray));
  for (const JsonValue vote : votes) {
    view.votes.push_back(std::string(contracts::text_or(vote, "organization")) + " " +
                         std::string(contracts::text_or(vote, "vote")));
  }
  view.tally = tally(value);
  return view;
}

Result<JsonDocument> parse_object(const std::string& body) {
  auto document = JsonDocument::parse(body);
  if (!document.ok() || !document->root().is_object()) return malformed("JSON");
  return document;
}

std::string describe_replacement(const JsonValue& body) {
  std::string line = "replace " + std::string(contracts::text_or(body, "name")) + ":";
  for (const JsonValue field : body) {
    if (field.key() != "name") line += " " + std::string(field.key()) + " " + std::string(field.text());
  }
  return line;
}

std::string describe_one(const JsonValue& change) {
  if (const auto removed = change.find("remove")) return "remove " + std::string(removed->text());
  if (const auto replaced = change.find("replace")) return describe_replacement(*replaced);
  const auto added = change.find("add");
  if (!added) return std::string(change.source());
  return "add " + std::string(contracts::text_or(*added, "name")) + " at " +
         std::string(contracts::text_or(*added, "address")) + ", operated by " +
         std::string(contracts::text_or(*added, "operator_id")) + ", consensus key " +
         std::string(contracts::text_or(*added, "consensus_key"));
}

}  // namespace

Result<GovernanceView> parse_governance(const std::string& body) {
  ASSIGN_OR_RETURN(const JsonDocument document, parse_object(body));
  const JsonValue root = document.root();
  GovernanceView view;
  ASSIGN_OR_RETURN(view.latest_decided_epoch, number(root, "latest_decided_epoch"));
  ASSIGN_OR_RETURN(const auto latest, field(root, "latest", contracts::JsonKind::kObject));
  ASSIGN_OR_RETURN(view.from_epoch, number(latest, "from_epoch"));
  ASSIGN_OR_RETURN(view.latest, members(latest));
  const auto next = root.find("pending");
  if (!next || !next->is_object()) return view;
  ASSIGN_OR_RETURN(view.pending, pending(*next));
  return view;
}

Result<ProposalView> parse_proposal_view(const std::string& body) {
  ASSIGN_OR_RETURN(const JsonDocument document, parse_object(body));
  return proposal(document.root());
}

Result<GovernanceView> read_governance(const NodeClient& node) {
  ASSIGN_OR_RETURN(const std::string body, node.get("/v1/governance/validators"));
  return parse_governance(body);
}

Result<ProposalView> read_proposal(const NodeClient& node, std::uint64_t id) {
  ASSIGN_OR_RETURN(const std::string body, node.get("/v1/governance/proposals/" + std::to_string(id)));
  ASSIGN_OR_RETURN(auto view, parse_proposal_view(body));
  if (view.id != id) return malformed("proposal " + std::to_string(id));
  return view;
}

Result<std::vector<ProposalView>> read_proposals(const NodeClient& node) {
  std::vector<ProposalView> all;
  for (std::uint64_t after = 0;;) {
    ASSIGN_OR_RETURN(const std::string body,
                     node.get("/v1/governance/proposals?limit=" + std::to_string(kPage) +
                              "&after=" + std::to_string(after)));
    ASSIGN_OR_RETURN(const JsonDocument document, parse_object(body));
    ASSIGN_OR_RETURN(const auto list, field(document.root(), "proposals", contracts::JsonKind::kArray));
    for (const JsonValue entry : list) {
      ASSIGN_OR_RETURN(ProposalView view, proposal(entry));
      if (view.id <= after) return malformed("order of proposals");
      after = view.id;
      all.push_back(std::move(view));
    }
    if (list.size() == 0 || !document.root().find("next")) return all;
  }
}

std::vector<std::string> describe_change(const std::string& payload) {
  const auto document = JsonDocument::parse(payload);
  if (!document.ok()) return {payload};
  std::vector<std::string> lines;
  const JsonValue root = document->root();
  if (root.find("cancel")) lines.push_back("cancel the pending change");
  if (const auto changes = root.find("changes")) {
    const JsonValue list = *changes;
    for (const JsonValue change : list) lines.push_back(describe_one(change));
  }
  if (const auto note = contracts::text_or(root, "note"); !note.empty()) {
    lines.push_back("note: " + std::string(note));
  }
  return lines;
}

}  // namespace jingchu::cli
