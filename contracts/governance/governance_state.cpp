#include "contracts/governance/governance_state.h"

#include <algorithm>

#include "common/codec.h"
#include "common/quorum.h"
#include "contracts/context_reader.h"

namespace jingchu::contracts::governance {
namespace {

std::string digits(std::uint64_t number) {
  std::uint8_t big_endian[8];
  for (int i = 0; i < 8; ++i) big_endian[i] = static_cast<std::uint8_t>(number >> (56 - 8 * i));
  return to_hex(big_endian);
}

template <class T>
Result<std::optional<T>> find(const StateReader& state, std::string_view key) {
  ASSIGN_OR_RETURN(const auto stored, state.get(key));
  if (!stored) return std::optional<T>();
  ASSIGN_OR_RETURN(T value, decode<T>(*stored));
  return std::optional(std::move(value));
}

template <class T>
Result<T> read(const StateReader& state, const std::string& key) {
  ASSIGN_OR_RETURN(auto found, find<T>(state, key));
  if (!found) return our_error("lost-record", "governance: \"" + key + "\" is not in the state");
  return std::move(*found);
}

}  // namespace

std::string_view to_string(ProposalState state) {
  switch (state) {
    case ProposalState::kOpen:
      return "open";
    case ProposalState::kAccepted:
      return "accepted";
    case ProposalState::kTaken:
      return "taken";
    case ProposalState::kRejected:
      return "rejected";
    case ProposalState::kStale:
      return "stale";
    case ProposalState::kExpired:
      return "expired";
    case ProposalState::kWithdrawn:
      return "withdrawn";
    case ProposalState::kCancelled:
      return "cancelled";
  }
  return "unknown";
}

bool Pending::is_ready(const std::string& name) const {
  return std::binary_search(ready.begin(), ready.end(), name);
}

std::string epoch_key(Epoch epoch) {
  return "epoch/" + digits(epoch.value());
}
std::string set_key(Epoch since) {
  return "set/" + digits(since.value());
}
std::string used_key(const PublicKey& key) {
  return "key/" + to_string(key);
}
std::string proposal_key(ProposalId id) {
  return std::string(kProposalPrefix) + digits(id);
}
std::string ballot_key(ProposalId id) {
  return "ballot/" + digits(id);
}

Result<Head> read_head(const StateReader& state) {
  ASSIGN_OR_RETURN(auto head, find<Head>(state, kHeadKey));
  if (head) return std::move(*head);
  return caller_error("not-begun", "this chain was made without governance: its validators do not change");
}

Result<Members> read_set(const StateReader& state, Epoch since) {
  return read<Members>(state, set_key(since));
}

Result<Ballot> read_ballot(const StateReader& state, ProposalId id) {
  return read<Ballot>(state, ballot_key(id));
}

Result<std::optional<Proposal>> find_proposal(const StateReader& state, ProposalId id) {
  return find<Proposal>(state, proposal_key(id));
}

Result<std::optional<Pending>> find_pending_change(const StateReader& state) {
  return find<Pending>(state, kPendingKey);
}

Result<OpenProposals> read_open(const StateReader& state) {
  ASSIGN_OR_RETURN(auto open, find<OpenProposals>(state, kOpenKey));
  return open ? std::move(*open) : OpenProposals();
}

Result<std::optional<std::string>> find_owner(const StateReader& state, const PublicKey& key) {
  ASSIGN_OR_RETURN(const auto stored, state.get(used_key(key)));
  if (!stored) return std::optional<std::string>();
  return std::optional(std::string(as_text(*stored)));
}

Tally tally_of(const Ballot& ballot, const Members& members) {
  Tally tally{0, 0, quorum(members.size()), members.size()};
  for (const auto& member : members) {
    const auto vote = std::lower_bound(
        ballot.votes.begin(), ballot.votes.end(), member.operator_id,
        [](const OrganizationVote& entry, const std::string& id) { return entry.organization < id; });
    if (vote == ballot.votes.end() || vote->organization != member.operator_id) continue;
    ++(vote->yes ? tally.yes : tally.no);
  }
  return tally;
}

Status close_ballot(Context& context, ProposalId id, ProposalState state, Height height,
                    std::optional<Epoch> counts_from) {
  ASSIGN_OR_RETURN(auto ballot, read_ballot(ContextReader(context), id));
  ballot.state = state;
  ballot.decided = height;
  ballot.counts_from = counts_from;
  return context.put(ballot_key(id), encode(ballot));
}

Status close_proposals(Context& context, OpenProposals& open, Height height,
                       std::string_view withdrawing_organization) {
  OpenProposals remaining;
  for (auto& proposal : open) {
    const bool expired = proposal.expires < height;
    if (expired || proposal.organization == withdrawing_organization) {
      RETURN_IF_ERROR(close_ballot(context, proposal.id,
                                   expired ? ProposalState::kExpired : ProposalState::kWithdrawn, height));
    } else {
      remaining.push_back(std::move(proposal));
    }
  }
  open = std::move(remaining);
  return ok_status();
}

}  // namespace jingchu::contracts::governance
