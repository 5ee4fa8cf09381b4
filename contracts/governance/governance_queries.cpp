#include "contracts/governance/governance_queries.h"

#include <charconv>

#include "common/quorum.h"
#include "contracts/paging.h"

namespace jingchu::contracts::governance {
namespace {

// Of the payloads on one page, which then ends, after one at least: a proposal may be large.
constexpr std::size_t kPageBytesMax = 256 << 10;

void write_member(JsonWriter& writer, const Member& member, const Pending* pending) {
  writer.begin_object()
      .member("name", member.name)
      .member("division", member.division)
      .member("operator_id", member.operator_id)
      .member("consensus_key", to_string(member.consensus_key))
      .member("transport_key", to_string(member.transport_key))
      .member("address", member.address);
  if (pending != nullptr) writer.member("ready", pending->is_ready(member.name));
  writer.end_object();
}

// The members of an object: how many are a quorum, the hash, the validators.
void write_members(JsonWriter& writer, const Members& members, const Pending* pending = nullptr) {
  writer.member("quorum", std::uint64_t{quorum(members.size())})
      .member("validators_hash", to_hex(validators_hash(members)))
      .key("validators")
      .begin_array();
  for (const auto& member : members) write_member(writer, member, pending);
  writer.end_array();
}

Status write_set(JsonWriter& writer, const StateReader& state, Epoch epoch) {
  ASSIGN_OR_RETURN(const auto members, find_set(state, epoch));
  if (!members)
    return our_error("lost-record", "the set of epoch " + to_string(epoch) + " is not in the state");
  write_members(writer, *members);
  return ok_status();
}

void write_pending(JsonWriter& writer, const Pending& pending, Epoch latest) {
  writer.begin_object()
      .member("proposal", pending.proposal)
      .member("accepted_at", pending.accepted.value())
      .member("earliest_epoch", latest.next().value())
      .member("ready", std::uint64_t{pending.ready.size()});
  write_members(writer, pending.members, &pending);
  writer.end_object();
}

void write_tally(JsonWriter& writer, const Ballot& ballot, const Members& members) {
  const Tally tally = tally_of(ballot, members);
  writer.key("tally")
      .begin_object()
      .member("yes", std::uint64_t{tally.yes})
      .member("no", std::uint64_t{tally.no})
      .member("quorum", std::uint64_t{tally.quorum})
      .member("validators", std::uint64_t{tally.validators})
      .end_object();
}

void write_proposal(JsonWriter& writer, ProposalId id, const Proposal& proposal, const Ballot& ballot,
                    const Members& latest) {
  writer.begin_object()
      .member("proposal", id)
      .member("state", to_string(ballot.state))
      .member("expires_at", proposal.expires.value());
  if (proposal.cancels) writer.member("cancels", *proposal.cancels);
  if (ballot.decided) writer.member("decided_at", ballot.decided->value());
  if (ballot.counts_from) writer.member("from_epoch", ballot.counts_from->value());
  writer.key("votes").begin_array();
  for (const auto& vote : ballot.votes) {
    writer.begin_object()
        .member("organization", vote.organization)
        .member("vote", vote.yes ? "yes" : "no")
        .end_object();
  }
  writer.end_array();
  if (ballot.state == ProposalState::kOpen) write_tally(writer, ballot, latest);
  writer.key("change").raw(proposal.json).key("recorded");
  write_recorded(writer, proposal.recorded);
  writer.end_object();
}

Result<Members> latest_members(const StateReader& state) {
  ASSIGN_OR_RETURN(const auto head, read_head(state));
  return read_set(state, head.latest_since);
}

Result<std::vector<std::pair<ProposalId, Proposal>>> read_page(const StateReader& state, const Page& page,
                                                               ProposalId last) {
  std::vector<std::pair<ProposalId, Proposal>> proposals;
  std::size_t bytes = 0;
  for (ProposalId id = page.after + 1; id <= last && proposals.size() < page.limit; ++id) {
    ASSIGN_OR_RETURN(auto proposal, find_proposal(state, id));
    if (!proposal) return our_error("lost-record", "proposal " + std::to_string(id) + " is not in the state");
    bytes += proposal->json.size();
    if (!proposals.empty() && bytes > kPageBytesMax) break;
    proposals.emplace_back(id, std::move(*proposal));
  }
  return proposals;
}

Error unknown_chain() {
  return caller_error("not-found", "this chain was made without governance: its validators do not change");
}

}  // namespace

Result<std::string> query_validators(const StateReader& state) {
  const auto head = read_head(state);
  if (!head.ok()) return head.error().type == "not-begun" ? unknown_chain() : head.error();
  ASSIGN_OR_RETURN(const auto pending, find_pending_change(state));
  JsonWriter writer;
  writer.begin_object()
      .member("latest_decided_epoch", head->latest.value())
      .key("latest")
      .begin_object()
      .member("from_epoch", head->latest_since.value());
  RETURN_IF_ERROR(write_set(writer, state, head->latest));
  writer.end_object().key("previous");
  if (head->latest_since == Epoch(0)) {
    writer.null();
  } else {
    writer.begin_object().member("to_epoch", head->latest_since.previous().value());
    RETURN_IF_ERROR(write_set(writer, state, head->latest_since.previous()));
    writer.end_object();
  }
  writer.key("pending");
  if (pending) {
    write_pending(writer, *pending, head->latest);
  } else {
    writer.null();
  }
  return writer.end_object().take();
}

Result<std::string> query_proposals(const StateReader& state, const QueryParameters& parameters) {
  ASSIGN_OR_RETURN(const Page page, page_of(parameters));
  const auto head = read_head(state);
  if (!head.ok()) return head.error().type == "not-begun" ? unknown_chain() : head.error();
  ASSIGN_OR_RETURN(const auto latest, latest_members(state));
  ASSIGN_OR_RETURN(const auto proposals, read_page(state, page, head->proposals));
  JsonWriter writer;
  writer.begin_object().member("count", head->proposals).key("proposals").begin_array();
  for (const auto& [id, proposal] : proposals) {
    ASSIGN_OR_RETURN(const auto ballot, read_ballot(state, id));
    write_proposal(writer, id, proposal, ballot, latest);
  }
  writer.end_array();
  if (!proposals.empty() && proposals.back().first < head->proposals) {
    writer.member("next", proposals.back().first);
  }
  return writer.end_object().take();
}

Result<std::string> query_proposal(const StateReader& state, const QueryParameters& parameters) {
  ASSIGN_OR_RETURN(const std::string text, parameter(parameters, "id"));
  ProposalId id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size()) {
    return caller_error("invalid-parameter", "id: expected the number of a proposal", {}, "id");
  }
  ASSIGN_OR_RETURN(const auto proposal, find_proposal(state, id));
  if (!proposal) return not_found("proposal", text);
  ASSIGN_OR_RETURN(const auto ballot, read_ballot(state, id));
  ASSIGN_OR_RETURN(const auto latest, latest_members(state));
  JsonWriter writer;
  write_proposal(writer, id, *proposal, ballot, latest);
  return writer.take();
}

}  // namespace jingchu::contracts::governance
