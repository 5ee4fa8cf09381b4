// The module "governance": how the set of validators changes through finalized transactions. An organization
// that operates validators proposes a change, the operators vote, the members of the accepted set attest that
// they are ready, and the end of an epoch takes the set: set(e+2) follows from the state after the last block
// of epoch e alone (docs/protocol.md, "Epochs").
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/ids.h"
#include "contracts/contract.h"

namespace jingchu::contracts {

const Contract& governance_contract();

namespace governance {

// Of a set that a proposal may lead to; that of genesis may be smaller.
inline constexpr std::size_t kMembersMin = 4;
inline constexpr std::size_t kMembersMax = 100;

// No call of this module costs more, whatever the sets.
inline constexpr std::uint64_t kCallCostMax = 1'000'000;

// A validator as the state of this module holds it.
struct Member {
  std::string name;         // [a-z0-9-], 1 to 64 characters
  std::string division;     // GB/T 2260 code, six digits; may be empty
  std::string operator_id;  // the organization of the module identity whose admins vote for it
  PublicKey consensus_key;
  PublicKey transport_key;  // Ed25519
  std::string address;      // "host:port"

  friend bool operator==(const Member&, const Member&) = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, division, operator_id, consensus_key, transport_key, address);
  }
};

// The validators of an epoch, in the order that gives each its number.
using Members = std::vector<Member>;

// Genesis: `genesis` is set(0) and set(1). Called once, before any block.
Status begin(Context& context, const Hash& chain_id, const Members& genesis);

// Decides set(closing + 2): the pending set if a quorum of ITS members attested readiness, which ends the
// pending change, else set(closing + 1) again. Called once for each epoch, in their order, after its last
// block was executed; a call out of turn is an Error of ours that changes nothing.
Result<Members> close_epoch(Context& context, Epoch closing);

// The set of an epoch that is decided; nothing for later ones, and before begin().
Result<std::optional<Members>> find_set(const StateReader& state, Epoch epoch);

// The epoch from which the set of a decided epoch counts: 0, or one that differs from the epoch before it.
Result<std::optional<Epoch>> find_since(const StateReader& state, Epoch epoch);

// The set that was accepted and not yet taken: its members may already connect.
Result<std::optional<Members>> find_pending(const StateReader& state);

// H("jingchu/validators", members' names and keys): validators_hash of the headers of an epoch of this set.
Hash validators_hash(const Members& members);

// What a member of the pending set signs, with its consensus key of that set, to attest that it is ready.
Bytes readiness_bytes(const Hash& chain_id, std::uint64_t proposal, const Members& pending,
                      const std::string& name);

}  // namespace governance
}  // namespace jingchu::contracts
