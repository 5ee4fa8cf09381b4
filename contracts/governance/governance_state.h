// The state of the module "governance". Numbers in keys are 16 hexadecimal digits.
//   head              -> Head
//   epoch/<epoch>     -> the epoch from which the set of this epoch counts
//   set/<epoch>       -> Members, under the epoch from which they count
//   key/<key text>    -> the name of the member whose key this is, or once was
//   open              -> list of OpenProposal, ascending by id
//   proposal/<id>     -> Proposal
//   ballot/<id>       -> Ballot
//   pending           -> Pending; absent if no change is pending
#pragma once

#include "contracts/governance/governance.h"
#include "contracts/recorded.h"

namespace jingchu::contracts::governance {

using ProposalId = std::uint64_t;  // the first is 1

struct Head {
  Hash chain_id{};
  Epoch latest;          // the last epoch whose set is decided
  Epoch latest_since;    // the epoch from which that set counts
  ProposalId proposals;  // made so far

  template <class Archive>
  void serialize(Archive& archive) {
    archive(chain_id, latest, latest_since, proposals);
  }
};

struct OpenProposal {
  ProposalId id = 0;
  std::string organization;
  Height expires;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(id, organization, expires);
  }
};
using OpenProposals = std::vector<OpenProposal>;

struct Proposal {
  std::string json;  // the payload exactly as it was sent
  Recorded recorded;
  Height expires;                     // the last height at which it may be voted on
  std::optional<ProposalId> cancels;  // the pending change that it is to cancel

  template <class Archive>
  void serialize(Archive& archive) {
    archive(json, recorded, expires, cancels);
  }
};

enum class ProposalState : std::uint8_t {
  kOpen = 1,
  kAccepted = 2,   // and pending
  kTaken = 3,      // into a set, or, of a cancellation, into effect
  kRejected = 4,   // acceptance became impossible
  kStale = 5,      // accepted when it did not fit the latest set any more
  kExpired = 6,    // not decided in time
  kWithdrawn = 7,  // its organization proposed something else
  kCancelled = 8,  // accepted, and cancelled while it was pending
};
inline bool is_valid(ProposalState state) {
  return state >= ProposalState::kOpen && state <= ProposalState::kCancelled;
}
std::string_view to_string(ProposalState state);

struct OrganizationVote {
  std::string organization;
  bool yes = false;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(organization, yes);
  }
};

struct Ballot {
  ProposalState state = ProposalState::kOpen;
  std::vector<OrganizationVote> votes;  // ascending by organization
  std::optional<Height> decided;
  std::optional<Epoch> counts_from;  // kTaken: the first epoch of its set

  template <class Archive>
  void serialize(Archive& archive) {
    archive(state, votes, decided, counts_from);
  }
};

struct Pending {
  ProposalId proposal = 0;
  Members members;
  Height accepted;
  std::vector<std::string> ready;  // names, ascending

  bool is_ready(const std::string& name) const;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(proposal, members, accepted, ready);
  }
};

// Keys of the state.
std::string epoch_key(Epoch epoch);
std::string set_key(Epoch since);
std::string used_key(const PublicKey& key);
std::string proposal_key(ProposalId id);
std::string ballot_key(ProposalId id);
inline constexpr std::string_view kProposalPrefix = "proposal/";
inline constexpr std::string_view kHeadKey = "head";
inline constexpr std::string_view kOpenKey = "open";
inline constexpr std::string_view kPendingKey = "pending";

// Records that must be there: "not-begun" without a head, else an Error of ours.
Result<Head> read_head(const StateReader& state);
Result<Members> read_set(const StateReader& state, Epoch since);
Result<Ballot> read_ballot(const StateReader& state, ProposalId id);
// Records that may be there.
Result<std::optional<Proposal>> find_proposal(const StateReader& state, ProposalId id);
Result<std::optional<Pending>> find_pending_change(const StateReader& state);
Result<OpenProposals> read_open(const StateReader& state);
Result<std::optional<std::string>> find_owner(const StateReader& state, const PublicKey& key);

// What the votes of a ballot come to among the validators of `members`.
struct Tally {
  std::size_t yes = 0;
  std::size_t no = 0;
  std::size_t quorum = 0;
  std::size_t validators = 0;

  bool accepts() const { return yes >= quorum; }
  bool can_accept() const { return validators - no >= quorum; }
};
Tally tally_of(const Ballot& ballot, const Members& members);

// Closes what expired before `height`, and what `withdraws` selects; leaves the list as it then is.
Status close_proposals(Context& context, OpenProposals& open, Height height,
                       std::string_view withdrawing_organization = {});
Status close_ballot(Context& context, ProposalId id, ProposalState state, Height height,
                    std::optional<Epoch> counts_from = {});

}  // namespace jingchu::contracts::governance
