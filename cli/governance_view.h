// What a node answers about the set of validators and its changes, read strictly: a node may answer anything.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/node_client.h"
#include "contracts/governance/governance.h"

namespace jingchu::cli {

using contracts::governance::Member;
using contracts::governance::Members;

struct PendingView {
  std::uint64_t proposal = 0;
  Members members;
  std::set<std::string> ready;  // names of those that have attested
};

struct GovernanceView {
  std::uint64_t latest_decided_epoch = 0;
  std::uint64_t from_epoch = 0;  // the first epoch of the latest set
  Members latest;
  std::optional<PendingView> pending;
};

struct ProposalView {
  std::uint64_t id = 0;
  std::string state;
  std::string organization;  // that proposed it
  std::uint64_t expires_at = 0;
  std::string change;              // the payload of `propose`, byte for byte
  std::vector<std::string> votes;  // "wuhan yes"
  std::string tally;               // "2 yes, 1 no, 3 needed"; empty unless it is open
};

// Errors: "malformed-answer" and those of asking.
Result<GovernanceView> parse_governance(const std::string& body);
Result<ProposalView> parse_proposal_view(const std::string& body);
Result<GovernanceView> read_governance(const NodeClient& node);
Result<ProposalView> read_proposal(const NodeClient& node, std::uint64_t id);
// All of them, oldest first.
Result<std::vector<ProposalView>> read_proposals(const NodeClient& node);

// The payload of `propose` in words, a line for each change and for the note.
std::vector<std::string> describe_change(const std::string& payload);

}  // namespace jingchu::cli
