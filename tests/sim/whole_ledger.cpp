#include "sim/whole_ledger.h"

#include "common/codec.h"
#include "consensus/mutant.h"
#include "contracts/context_reader.h"
#include "contracts/governance/governance_state.h"
#include "node/admission.h"
#include "node/store_answers.h"

namespace jingchu::sim {
namespace {

namespace governance = contracts::governance;

Status attest_for_all(contracts::Context& context) {
  ASSIGN_OR_RETURN(auto pending, governance::find_pending_change(contracts::ContextReader(context)));
  if (!pending) return ok_status();
  pending->ready.clear();
  for (const auto& member : pending->members) pending->ready.push_back(member.name);
  return context.put(governance::kPendingKey, encode(*pending));
}

ledger::ValidatorSets governed_sets() {
  auto sets = node::governed_sets();
  if (!consensus::mutant(consensus::Mutant::kReadinessIgnored)) return sets;
  sets.close = [close = sets.close](contracts::Context& context, Epoch closing) -> Status {
    RETURN_IF_ERROR(attest_for_all(context));
    return close(context, closing);
  };
  return sets;
}

}  // namespace

Status WholeLedger::open() {
  ASSIGN_OR_RETURN(executor_, ledger::Executor::open({.genesis = genesis_,
                                                      .store = database_.get(),
                                                      .contracts = contracts::registry(),
                                                      .authorize = node::caller_of,
                                                      .validator_sets = governed_sets()}));
  synced_ = executor_->height();
  return ok_status();
}

Result<node::EpochPlan> WholeLedger::epoch() const {
  return node::plan_epoch(genesis_, *database_);
}

Result<consensus::Recovered> WholeLedger::recovered() const {
  ASSIGN_OR_RETURN(const auto plan, node::plan_epoch(genesis_, *database_));
  return node::recovered(plan, genesis_, *database_);
}

void WholeLedger::crash(Random& random) {
  executor_.reset();
  database_->crash(random);
}

Result<ledger::ExecutedBlock> WholeLedger::execute(const consensus::FinalizedBlock& block) {
  return executor_->execute(block);
}

Status WholeLedger::sync() {
  RETURN_IF_ERROR(executor_->sync());
  synced_ = executor_->height();
  return ok_status();
}

std::vector<consensus::Message> WholeLedger::answer(const consensus::ServeFromStore& request) const {
  return node::answers_from_store(blocks_, request);
}

}  // namespace jingchu::sim
