#include "contracts/governance/governance.h"

#include <algorithm>
#include <array>

#include "common/codec.h"
#include "common/quorum.h"
#include "contracts/arguments.h"
#include "contracts/context_reader.h"
#include "contracts/governance/changes.h"
#include "contracts/governance/governance_queries.h"
#include "contracts/governance/governance_state.h"
#include "contracts/governance/governance_tables.h"

namespace jingchu::contracts {
namespace {

using namespace governance;  // NOLINT: the module's own parts

// More than the f of 100 validators, so that proposals of the faulty leave room.
constexpr std::size_t kOpenProposalsMax = 64;

Status check_proposal(std::string_view payload) {
  const auto document = parse_proposal(payload);
  return document.ok() ? ok_status() : Status(document.error());
}

constexpr std::array<Method, 3> kMethods = {{
    {"propose", "an operator proposes to change the set of validators", check_proposal},
    {"vote", "an operator votes on a proposal", check_arguments<kVoteTable>},
    {"ready", "a member of the accepted set attests that it is ready", check_arguments<kReadyTable>},
}};

constexpr std::array<Query, 3> kQueries = {{
    {"validators", "validators", "the latest set of validators, the one before, and the pending one"},
    {"proposals", "proposals", "all proposals, oldest first; ?limit and ?after=<id>"},
    {"proposal", "proposals/{id}", "one proposal and its votes"},
}};

// The latest set, if the caller operates a member of it.
Result<Members> members_for_operator(Context& context, const Head& head) {
  ASSIGN_OR_RETURN(auto members, read_set(ContextReader(context), head.latest_since));
  const auto& caller = context.caller();
  const bool operates = std::any_of(members.begin(), members.end(), [&](const Member& member) {
    return !caller.organization.empty() && member.operator_id == caller.organization;
  });
  if (operates && std::binary_search(caller.roles.begin(), caller.roles.end(), "admin")) return members;
  return caller_error("not-permitted",
                      "only an admin of an organization that operates a validator decides here",
                      operates ? "let an admin of " + caller.organization + " sign the transaction"
                               : "governance/validators lists the operators");
}

Status add_proposal(Context& context, Head& head, const Proposal& proposal) {
  const ProposalId id = ++head.proposals;
  ASSIGN_OR_RETURN(auto open, read_open(ContextReader(context)));
  RETURN_IF_ERROR(close_proposals(context, open, context.place().height, context.caller().organization));
  if (open.size() >= kOpenProposalsMax) {
    return caller_error("too-many-proposals", std::to_string(open.size()) + " proposals are open already",
                        "propose again when some of them are decided or have expired");
  }
  open.push_back({id, context.caller().organization, proposal.expires});
  RETURN_IF_ERROR(context.put(kOpenKey, encode(open)));
  RETURN_IF_ERROR(context.put(proposal_key(id), encode(proposal)));
  RETURN_IF_ERROR(context.put(ballot_key(id), encode(Ballot())));
  RETURN_IF_ERROR(context.put(kHeadKey, encode(head)));
  JsonWriter writer;
  writer.begin_object()
      .member("proposal", id)
      .member("organization", context.caller().organization)
      .member("expires_at", proposal.expires.value())
      .end_object();
  return context.emit({"proposed", writer.take()});
}

// The pending change that a cancellation is for.
Result<ProposalId> pending_to_cancel(const StateReader& state) {
  ASSIGN_OR_RETURN(const auto pending, find_pending_change(state));
  if (pending) return pending->proposal;
  return caller_error("nothing-pending", "no accepted change is pending that could be cancelled",
                      "vote no on a proposal that is still open", "/cancel");
}

Status propose(Context& context, std::string_view payload) {
  ASSIGN_OR_RETURN(const JsonDocument document, parse_proposal(payload));
  const ContextReader state(context);
  ASSIGN_OR_RETURN(auto head, read_head(state));
  ASSIGN_OR_RETURN(const auto members, members_for_operator(context, head));
  const auto valid_for = document.root().find("valid_for");
  Proposal proposal{std::string(payload),
                    recorded_now(context),
                    context.place().height + (valid_for ? integer_of(*valid_for) : kValidForDefault),
                    {}};
  if (document.root().find("cancel")) {
    ASSIGN_OR_RETURN(proposal.cancels, pending_to_cancel(state));
  } else {
    ASSIGN_OR_RETURN(const auto applied, apply_changes(state, members, document.root()));
    if (applied.refusal) return *applied.refusal;
  }
  return add_proposal(context, head, proposal);
}

Result<ProposalState> accept_cancellation(Context& context, const Proposal& proposal) {
  ASSIGN_OR_RETURN(const auto pending, find_pending_change(ContextReader(context)));
  if (!pending || pending->proposal != *proposal.cancels) return ProposalState::kStale;
  RETURN_IF_ERROR(context.erase(kPendingKey));
  RETURN_IF_ERROR(
      close_ballot(context, pending->proposal, ProposalState::kCancelled, context.place().height));
  return ProposalState::kTaken;
}

Result<ProposalState> accept_changes(Context& context, ProposalId id, const Proposal& proposal,
                                     const Members& members) {
  const ContextReader state(context);
  ASSIGN_OR_RETURN(const auto pending, find_pending_change(state));
  if (pending) {
    return caller_error("change-pending",
                        "this vote would accept the proposal while the change of proposal " +
                            std::to_string(pending->proposal) + " is pending",
                        "vote again when that change is taken or cancelled", "/proposal");
  }
  ASSIGN_OR_RETURN(const JsonDocument document, parse_proposal(proposal.json));
  ASSIGN_OR_RETURN(auto applied, apply_changes(state, members, document.root()));
  if (applied.refusal) return ProposalState::kStale;
  const Pending accepted{id, std::move(applied.members), context.place().height, {}};
  RETURN_IF_ERROR(context.put(kPendingKey, encode(accepted)));
  return ProposalState::kAccepted;
}

// The proposal, if it can be voted on.
Result<Proposal> proposal_to_vote(Context& context, ProposalId id, const Ballot& ballot,
                                  const JsonValue& payload) {
  ASSIGN_OR_RETURN(auto proposal, find_proposal(ContextReader(context), id));
  if (!proposal) return our_error("lost-record", "a ballot without its proposal");
  const auto number = "proposal " + std::to_string(id);
  if (ballot.state != ProposalState::kOpen) {
    return caller_error("proposal-closed",
                        number + " is " + std::string(to_string(ballot.state)) + " already", {}, "/proposal");
  }
  if (proposal->expires < context.place().height) {
    return caller_error("proposal-expired",
                        number + " could be voted on up to height " + to_string(proposal->expires),
                        "propose it again", "/proposal");
  }
  const auto seen = payload.find("proposal_sha256");
  if (seen && array_from_hex<32>(seen->text()) != sha256(as_bytes(proposal->json))) {
    return caller_error("other-proposal", number + " is another one than the vote is for",
                        "look at it again, at more than one node", "/proposal_sha256");
  }
  return std::move(*proposal);
}

void cast(Ballot& ballot, const std::string& organization, bool yes) {
  auto at = std::find_if(ballot.votes.begin(), ballot.votes.end(),
                         [&](const OrganizationVote& vote) { return vote.organization >= organization; });
  if (at == ballot.votes.end() || at->organization != organization) {
    at = ballot.votes.insert(at, {organization, yes});
  }
  at->yes = yes;
}

Result<ProposalState> decide(Context& context, ProposalId id, const Proposal& proposal, const Tally& tally,
                             const Members& members) {
  if (!tally.can_accept()) return ProposalState::kRejected;
  if (!tally.accepts()) return ProposalState::kOpen;
  return proposal.cancels ? accept_cancellation(context, proposal)
                          : accept_changes(context, id, proposal, members);
}

Status remove_from_open(Context& context, ProposalId id) {
  ASSIGN_OR_RETURN(auto open, read_open(ContextReader(context)));
  std::erase_if(open, [&](const OpenProposal& proposal) { return proposal.id == id; });
  return context.put(kOpenKey, encode(open));
}

Status emit_vote(Context& context, ProposalId id, std::string_view vote, const Tally& tally,
                 ProposalState state) {
  JsonWriter writer;
  writer.begin_object()
      .member("proposal", id)
      .member("organization", context.caller().organization)
      .member("vote", vote)
      .member("yes", std::uint64_t{tally.yes})
      .member("no", std::uint64_t{tally.no})
      .member("quorum", std::uint64_t{tally.quorum})
      .member("state", to_string(state))
      .end_object();
  return context.emit({"voted", writer.take()});
}

Status vote(Context& context, std::string_view payload) {
  ASSIGN_OR_RETURN(const JsonDocument document, parse_arguments(payload, kVoteTable));
  const ContextReader state(context);
  ASSIGN_OR_RETURN(const auto head, read_head(state));
  ASSIGN_OR_RETURN(const auto members, members_for_operator(context, head));
  const ProposalId id = integer_of(*document.root().find("proposal"));
  if (id == 0 || id > head.proposals) {
    return caller_error("unknown-proposal", "there is no proposal " + std::to_string(id),
                        "governance/proposals lists them", "/proposal");
  }
  ASSIGN_OR_RETURN(auto ballot, read_ballot(state, id));
  ASSIGN_OR_RETURN(const auto proposal, proposal_to_vote(context, id, ballot, document.root()));
  const auto word = text_or(document.root(), "vote");
  cast(ballot, context.caller().organization, word == "yes");
  const Tally tally = tally_of(ballot, members);
  ASSIGN_OR_RETURN(ballot.state, decide(context, id, proposal, tally, members));
  if (ballot.state != ProposalState::kOpen) {
    ballot.decided = context.place().height;
    RETURN_IF_ERROR(remove_from_open(context, id));
  }
  RETURN_IF_ERROR(context.put(ballot_key(id), encode(ballot)));
  return emit_vote(context, id, word, tally, ballot.state);
}

// The member of the pending set that `payload` says is ready, if its attestation is right and the first.
Result<std::string> attesting_member(Context& context, const Head& head, const Pending& pending,
                                     const JsonValue& payload) {
  const std::string name(text_or(payload, "validator"));
  const auto member = std::find_if(pending.members.begin(), pending.members.end(),
                                   [&](const Member& entry) { return entry.name == name; });
  if (member == pending.members.end()) {
    return caller_error("unknown-validator", "the pending set has no validator \"" + name + "\"",
                        "governance/validators lists its members", "/validator");
  }
  if (pending.is_ready(name)) {
    return caller_error("duplicate-readiness", name + " has attested that it is ready already", {},
                        "/validator");
  }
  RETURN_IF_ERROR(context.charge(CostTable::kSignature));
  const auto signature = array_from_hex<64>(text_or(payload, "signature"));
  const auto message = readiness_bytes(head.chain_id, pending.proposal, pending.members, name);
  if (signature && verify(member->consensus_key, message, *signature)) return name;
  return caller_error("bad-signature",
                      "the signature is not that of the consensus key which " + name +
                          " has in the pending set, over this proposal of this chain",
                      "sign with jingchu governance ready at that validator", "/signature");
}

Status attest(Context& context, std::string_view payload) {
  ASSIGN_OR_RETURN(const JsonDocument document, parse_arguments(payload, kReadyTable));
  const ContextReader state(context);
  ASSIGN_OR_RETURN(const auto head, read_head(state));
  ASSIGN_OR_RETURN(auto pending, find_pending_change(state));
  const ProposalId id = integer_of(*document.root().find("proposal"));
  if (!pending || pending->proposal != id) {
    return caller_error("not-pending", "the change of proposal " + std::to_string(id) + " is not pending",
                        "governance/validators shows which change is", "/proposal");
  }
  ASSIGN_OR_RETURN(const auto name, attesting_member(context, head, *pending, document.root()));
  auto& ready = pending->ready;
  ready.insert(std::lower_bound(ready.begin(), ready.end(), name), name);
  RETURN_IF_ERROR(context.put(kPendingKey, encode(*pending)));
  JsonWriter writer;
  writer.begin_object()
      .member("proposal", id)
      .member("validator", name)
      .member("ready", std::uint64_t{ready.size()})
      .member("quorum", std::uint64_t{quorum(pending->members.size())})
      .end_object();
  return context.emit({"ready", writer.take()});
}

class GovernanceContract final : public Contract {
 public:
  std::string_view name() const override { return "governance"; }
  std::span<const Method> methods() const override { return kMethods; }
  std::span<const Query> queries() const override { return kQueries; }

  Status call(Context& context, std::string_view method, ByteView payload) const override {
    if (method == "propose") return propose(context, as_text(payload));
    if (method == "vote") return vote(context, as_text(payload));
    if (method == "ready") return attest(context, as_text(payload));
    return unknown_method(*this, method);
  }

  Result<std::string> query(const StateReader& state, std::string_view query,
                            const QueryParameters& parameters) const override {
    if (query == "validators") return query_validators(state);
    if (query == "proposals") return query_proposals(state, parameters);
    if (query == "proposal") return query_proposal(state, parameters);
    return unknown_query(*this, query);
  }
};

}  // namespace

Bytes governance::readiness_bytes(const Hash& chain_id, std::uint64_t proposal, const Members& pending,
                                  const std::string& name) {
  return encode(std::string("jingchu/readiness"), chain_id, proposal, validators_hash(pending), name);
}

const Contract& governance_contract() {
  static const GovernanceContract contract;
  return contract;
}

}  // namespace jingchu::contracts
