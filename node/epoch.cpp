#include "node/epoch.h"

#include "consensus/epoch.h"
#include "consensus/mutant.h"
#include "ledger/state.h"

namespace jingchu::node {
namespace {

namespace governance = contracts::governance;
using consensus::mutant;
using consensus::Mutant;

// More than execution_lag_max, whose roots headers may still name.
constexpr std::size_t kRootsBeyondLag = 64;

Members genesis_members(const ledger::Genesis& genesis) {
  Members members;
  for (const auto& validator : genesis.validators) {
    members.push_back({validator.name, validator.division, validator.name, validator.consensus_key,
                       validator.transport_key, validator.address});
  }
  return members;
}

ledger::CommittedState governance_state(const ledger::KeyValueStore& store) {
  return {store, std::string(contracts::governance_contract().name())};
}

Result<Members> set_of(const ledger::KeyValueStore& store, Epoch epoch) {
  ASSIGN_OR_RETURN(auto members, governance::find_set(governance_state(store), epoch));
  if (members) return std::move(*members);
  return store.report(
      environment_error("storage-corrupted", "the state has no validators for epoch " + to_string(epoch),
                        "check the disk; move the database away and start again: the node fetches the chain "
                        "from its peers"));
}

// Without its lists: after a snapshot was restored, all that is there of the last block.
Result<ledger::StoredBlock> last_block(const ledger::KeyValueStore& store) {
  const ledger::BlockStore blocks(store);
  ASSIGN_OR_RETURN(const auto head, blocks.head());
  if (!head) return our_error("no-genesis", "the store holds no genesis yet");
  ASSIGN_OR_RETURN(auto last, blocks.closing(head->height));
  if (last) return std::move(*last);
  return store.report(environment_error("storage-corrupted", "the last block is missing", "check the disk"));
}

}  // namespace

consensus::ValidatorSet validator_set(const Members& members) {
  std::vector<consensus::Validator> set;
  for (const auto& member : members) {
    set.push_back({member.name, member.consensus_key, member.transport_key});
  }
  return consensus::ValidatorSet(std::move(set));
}

Result<consensus::ValidatorSet> validators_of(const ledger::KeyValueStore& store, Epoch epoch) {
  ASSIGN_OR_RETURN(const auto members, set_of(store, epoch));
  return validator_set(members);
}

ledger::ValidatorSets governed_sets() {
  return {.begin =
              [](contracts::Context& context, const ledger::Genesis& genesis) {
                return governance::begin(context, genesis.chain_id, genesis_members(genesis));
              },
          .close = [](contracts::Context& context, Epoch closing) -> Status {
            ASSIGN_OR_RETURN([[maybe_unused]] const auto members, governance::close_epoch(context, closing));
            return ok_status();
          },
          .contract = std::string(contracts::governance_contract().name())};
}

Result<EpochPlan> plan_epoch(const ledger::Genesis& genesis, const ledger::KeyValueStore& store) {
  ASSIGN_OR_RETURN(auto last, last_block(store));
  const auto epochs = genesis.epochs();
  EpochPlan plan;
  plan.epoch = epochs.after(last.header.height);
  plan.last_height = epochs.last(plan.epoch);
  ASSIGN_OR_RETURN(plan.members, set_of(store, plan.epoch));
  RETURN_IF_ERROR(refresh(plan, store));
  plan.validators = validator_set(plan.members);
  plan.next_validators_hash = validator_set(plan.next).hash();
  if (plan.epoch == Epoch()) {
    ASSIGN_OR_RETURN(const auto head, ledger::BlockStore(store).head());
    plan.base = genesis.header(head->genesis_root);
    return plan;
  }
  ASSIGN_OR_RETURN(plan.before, set_of(store, plan.epoch.previous()));
  if (mutant(Mutant::kSetOfBefore)) plan.validators = validator_set(*plan.before);
  const Height base = epochs.last(plan.epoch.previous());
  ASSIGN_OR_RETURN(const auto block, ledger::BlockStore(store).closing(base));
  if (!block) return our_error("no-base", "the last block of the epoch before is not stored");
  const std::size_t lanes = mutant(Mutant::kBaseOfSetBefore) ? plan.before->size() : plan.validators.size();
  plan.base = consensus::base_of(plan.epoch, block->header, block->roots.executed(), lanes);
  plan.base_hash = block->hash;
  return plan;
}

Status refresh(EpochPlan& plan, const ledger::KeyValueStore& store) {
  ASSIGN_OR_RETURN(plan.next, set_of(store, plan.epoch.next()));
  ASSIGN_OR_RETURN(plan.pending, governance::find_pending(governance_state(store)));
  return ok_status();
}

Result<consensus::Recovered> recovered(const EpochPlan& plan, const ledger::Genesis& genesis,
                                       const ledger::KeyValueStore& store) {
  ASSIGN_OR_RETURN(auto found, ledger::BlockStore(store).recovered(genesis.parameters.execution_lag_max +
                                                                   kRootsBeyondLag));
  if (found.executed.height != plan.base.height) return found;
  // What finalized the base belongs to the epoch before.
  found.executed = plan.base;
  found.finalization.reset();
  found.path.clear();
  return found;
}

consensus::CoreConfig core_config(const EpochPlan& plan, const ledger::Genesis& genesis,
                                  std::optional<NodeIndex> self) {
  return {.chain_id = genesis.chain_id,
          .epoch = plan.epoch,
          .validators = plan.validators,
          .self = self,
          .parameters = genesis.parameters,
          .base = plan.base,
          .base_hash = plan.base_hash,
          .last_height = plan.last_height,
          .next_validators_hash = plan.next_validators_hash};
}

}  // namespace jingchu::node
