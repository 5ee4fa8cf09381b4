#include "tests/ledger/governed_modules.h"

#include <algorithm>

#include "common/codec.h"
#include "contracts/context_reader.h"
#include "contracts/governance/governance_state.h"
#include "contracts/identity/identity.h"

namespace jingchu::ledger::test {
namespace {

namespace governance = contracts::governance;

governance::Member member_of(const GenesisValidator& validator) {
  return {validator.name,          validator.division,      validator.name,
          validator.consensus_key, validator.transport_key, validator.address};
}

governance::Member newcomer(std::uint8_t seed) {
  const std::string name = "seed-" + std::to_string(seed);
  return {name,
          "420100",
          name,
          fixed_key(seed).public_key(),
          fixed_key(static_cast<std::uint8_t>(seed + 50)).public_key(),
          "127.0.0.1:" + std::to_string(7000 + seed)};
}

// As if it had been proposed, accepted, and attested by all.
Status accept(contracts::Context& context, governance::ProposalId id, governance::Members members) {
  governance::Pending pending;
  pending.proposal = id;
  for (const auto& member : members) pending.ready.push_back(member.name);
  std::sort(pending.ready.begin(), pending.ready.end());
  pending.members = std::move(members);
  RETURN_IF_ERROR(context.put(governance::ballot_key(id), encode(governance::Ballot())));
  return context.put(governance::kPendingKey, encode(pending));
}

Status change_sets(contracts::Context& context, Epoch closing) {
  ASSIGN_OR_RETURN(auto members, governance::read_set(contracts::ContextReader(context),
                                                      Epoch(closing == Epoch(2) ? 2 : 0)));
  if (closing == Epoch(0)) {
    members.push_back(newcomer(104));
    return accept(context, 1, std::move(members));
  }
  if (closing == Epoch(2)) {
    members.front() = newcomer(105);
    return accept(context, 2, std::move(members));
  }
  return ok_status();
}

Result<contracts::Caller> authorize_real(const contracts::StateReader& identity, const PublicKey& key) {
  ASSIGN_OR_RETURN(const auto member, contracts::find_member(identity, key));
  RETURN_IF_ERROR(contracts::authorize(member));
  return contracts::Caller{key, member->organization, member->roles};
}

}  // namespace

Genesis genesis_of_modules() {
  Genesis genesis = small_genesis();
  genesis.parameters.epoch_blocks = 4;
  genesis.rules.validity_window = 10;
  genesis.parameters.execution_lag_max = 4;
  genesis.contracts["identity"] =
      R"({"organizations":[{"id":"hubei-aquatic","name":"one","members":[{"key":")" +
      to_string(fixed_key(1).public_key()) + R"(","name":"client","roles":["submitter"]}]}]})";
  genesis.chain_id = sha256(as_bytes(write_genesis(genesis)));
  return genesis;
}

Modules governed_modules() {
  Modules modules;
  modules.contracts = contracts::registry();
  modules.authorize = authorize_real;
  modules.validator_sets.begin = [](contracts::Context& context, const Genesis& genesis) {
    governance::Members members;
    for (const auto& validator : genesis.validators) members.push_back(member_of(validator));
    return governance::begin(context, genesis.chain_id, members);
  };
  modules.validator_sets.close = [](contracts::Context& context, Epoch closing) -> Status {
    RETURN_IF_ERROR(change_sets(context, closing));
    ASSIGN_OR_RETURN([[maybe_unused]] const auto members, governance::close_epoch(context, closing));
    return ok_status();
  };
  return modules;
}

Result<consensus::ValidatorSet> governed_set(const KeyValueStore& store, Epoch epoch) {
  ASSIGN_OR_RETURN(const auto members, governance::find_set(CommittedState(store, "governance"), epoch));
  std::vector<consensus::Validator> set;
  for (const auto& member : members.value())
    set.push_back({member.name, member.consensus_key, member.transport_key});
  return consensus::ValidatorSet(std::move(set));
}

}  // namespace jingchu::ledger::test
