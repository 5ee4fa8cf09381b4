#include "node/identity.h"

#include "consensus/mutant.h"

namespace jingchu::node {

using consensus::mutant;
using consensus::Mutant;

namespace {

std::optional<std::size_t> index_in(const Members& members, const PublicKey& transport_key) {
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (members[i].transport_key == transport_key) return i;
  }
  return std::nullopt;
}

Result<Identity> find_role(const EpochPlan& plan, const ledger::Genesis& genesis, const NodeKeys& keys,
                           const std::string& name) {
  const PublicKey& transport = keys.transport->public_key();
  if (const auto index = index_in(plan.members, transport)) {
    const auto& member = plan.members[*index];
    if (keys.consensus && keys.consensus->public_key() == member.consensus_key) {
      return Identity{member.name, "validator", NodeIndex(static_cast<std::uint16_t>(*index))};
    }
    return environment_error("wrong-key",
                             "the transport key is validator " + member.name +
                                 "'s, but the consensus key is not the one that is listed for it",
                             "put the key that belongs to this validator into node.consensus_key");
  }
  for (const Members* members : {&plan.next, plan.pending ? &*plan.pending : nullptr}) {
    if (members == nullptr) continue;
    if (const auto index = index_in(*members, transport))
      return Identity{(*members)[*index].name, "next", {}};
  }
  for (const auto& follower : genesis.followers) {
    if (follower.transport_key == transport) return Identity{follower.name, "follower", {}};
  }
  // It may be listed later: it was, or will be.
  if (plan.before && index_in(*plan.before, transport)) {
    return Identity{(*plan.before)[*index_in(*plan.before, transport)].name, "observer", {}};
  }
  if (!name.empty()) return Identity{name, "observer", {}};
  return environment_error("wrong-key", "neither genesis nor the validators list this transport key",
                           "use the key and the genesis file of the same network; a node that is to join, or "
                           "whose keys have changed since genesis, has node.name in its configuration");
}

}  // namespace

std::size_t choose_keys(const EpochPlan& plan, const std::vector<NodeKeys>& keys) {
  if (mutant(Mutant::kNextKeysIgnored)) return 0;
  for (const Members* members : {&plan.members, &plan.next}) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (index_in(*members, keys[i].transport->public_key())) return i;
    }
  }
  return 0;
}

Result<Identity> find_identity(const EpochPlan& plan, const ledger::Genesis& genesis, const NodeKeys& keys,
                               const std::string& name) {
  ASSIGN_OR_RETURN(Identity identity, find_role(plan, genesis, keys, name));
  identity.has_left =
      !identity.validator && plan.before && index_in(*plan.before, keys.transport->public_key());
  return identity;
}

}  // namespace jingchu::node
