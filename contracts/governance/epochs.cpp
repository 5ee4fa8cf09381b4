// What genesis and the ends of epochs do to the state of this module.
#include "common/codec.h"
#include "common/quorum.h"
#include "contracts/context_reader.h"
#include "contracts/governance/governance_state.h"

namespace jingchu::contracts::governance {
namespace {

// What the hash of a set covers: a member without where it is and who operates it.
struct Identity {
  const Member& member;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(member.name, member.consensus_key, member.transport_key);
  }
};

Status record_keys(Context& context, const Member& member) {
  for (const auto* key : {&member.consensus_key, &member.transport_key}) {
    RETURN_IF_ERROR(context.put(used_key(*key), to_bytes(member.name)));
  }
  return ok_status();
}

Status write_set(Context& context, Epoch since, const Members& members) {
  for (const auto& member : members) RETURN_IF_ERROR(record_keys(context, member));
  return context.put(set_key(since), encode(members));
}

Status write_epoch(Context& context, Epoch epoch, Epoch since) {
  return context.put(epoch_key(epoch), encode(since));
}

Status take_pending(Context& context, const Pending& pending, Epoch counts_from) {
  RETURN_IF_ERROR(write_set(context, counts_from, pending.members));
  RETURN_IF_ERROR(context.erase(kPendingKey));
  return close_ballot(context, pending.proposal, ProposalState::kTaken, context.place().height, counts_from);
}

Status close_expired(Context& context) {
  ASSIGN_OR_RETURN(auto open, read_open(ContextReader(context)));
  const auto before = open.size();
  RETURN_IF_ERROR(close_proposals(context, open, context.place().height));
  return open.size() == before ? ok_status() : context.put(kOpenKey, encode(open));
}

}  // namespace

Hash validators_hash(const Members& members) {
  std::vector<Identity> identities;
  for (const auto& member : members) identities.push_back({member});
  return sha256(encode(std::string("jingchu/validators"), identities));
}

Status begin(Context& context, const Hash& chain_id, const Members& genesis) {
  const Epoch first(0);
  RETURN_IF_ERROR(write_set(context, first, genesis));
  RETURN_IF_ERROR(write_epoch(context, first, first));
  RETURN_IF_ERROR(write_epoch(context, first.next(), first));
  return context.put(kHeadKey, encode(Head{chain_id, first.next(), first, 0}));
}

Result<Members> close_epoch(Context& context, Epoch closing) {
  const ContextReader state(context);
  ASSIGN_OR_RETURN(auto head, read_head(state));
  if (closing.next() != head.latest) {
    return our_error("wrong-epoch", "epoch " + to_string(closing) +
                                        " was closed while the sets up to epoch " + to_string(head.latest) +
                                        " are decided");
  }
  RETURN_IF_ERROR(close_expired(context));
  ASSIGN_OR_RETURN(const auto pending, find_pending_change(state));
  head.latest = head.latest.next();
  if (pending && pending->ready.size() >= quorum(pending->members.size())) {
    head.latest_since = head.latest;
    RETURN_IF_ERROR(take_pending(context, *pending, head.latest));
  }
  RETURN_IF_ERROR(write_epoch(context, head.latest, head.latest_since));
  RETURN_IF_ERROR(context.put(kHeadKey, encode(head)));
  return read_set(state, head.latest_since);
}

Result<std::optional<Epoch>> find_since(const StateReader& state, Epoch epoch) {
  ASSIGN_OR_RETURN(const auto stored, state.get(epoch_key(epoch)));
  if (!stored) return std::optional<Epoch>();
  ASSIGN_OR_RETURN(const auto since, decode<Epoch>(*stored));
  return std::optional(since);
}

Result<std::optional<Members>> find_set(const StateReader& state, Epoch epoch) {
  ASSIGN_OR_RETURN(const auto since, find_since(state, epoch));
  if (!since) return std::optional<Members>();
  ASSIGN_OR_RETURN(auto members, read_set(state, *since));
  return std::optional(std::move(members));
}

Result<std::optional<Members>> find_pending(const StateReader& state) {
  ASSIGN_OR_RETURN(auto pending, find_pending_change(state));
  if (!pending) return std::optional<Members>();
  return std::optional(std::move(pending->members));
}

}  // namespace jingchu::contracts::governance
