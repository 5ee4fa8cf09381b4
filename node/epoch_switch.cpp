// The node's way from one epoch to the next: another core, other peers, perhaps other keys.
#include <boost/asio/post.hpp>
#include <utility>

#include "common/clock.h"
#include "node/node.h"

namespace jingchu::node {
namespace {

bool touches_governance(const ledger::ExecutedBlock& block) {
  const auto name = contracts::governance_contract().name();
  for (const auto& executed : block.transactions) {
    for (const auto& call : executed.transaction->transaction.calls) {
      if (call.contract == name) return true;
    }
  }
  return false;
}

}  // namespace

Result<std::unique_ptr<consensus::Core>> Node::make_core(const consensus::Core* before) {
  ASSIGN_OR_RETURN(auto found, recovered(plan_, genesis_, *store_));
  const auto self = identity().validator;
  // Who does not validate keeps them for the epoch in which it does: the log may be ahead of the database.
  if (self) found.records = std::exchange(log_records_, {});
  if (before != nullptr) {
    found.turns = before->turns();
    // An alarm is about our key or our state, which a new epoch does not mend.
    found.stopped = before->status().stopped;
  }
  auto config = core_config(plan_, genesis_, self);
  config.has_left = identity().has_left;
  return consensus::Core::create(std::move(config), self ? signer_.get() : nullptr, std::move(found));
}

Result<PeerDirectory> Node::make_directory() const {
  return PeerDirectory::make(plan_, genesis_, config_.peers_known,
                             {identity().name, keys().transport->public_key()});
}

consensus::Verifier Node::make_verifier() const {
  return {genesis_.chain_id, plan_.epoch, plan_.validators, consensus::real_signatures()};
}

void Node::on_blocks(const std::vector<ledger::ExecutedBlock>& blocks) {
  bool is_governed = false;
  for (const auto& block : blocks) {
    driver_->take(consensus::Executed{block.height, block.executed_root});
    is_governed = is_governed || touches_governance(block);
  }
  Status changed = ok_status();
  if (blocks.back().height >= plan_.last_height) {
    auto plan = plan_epoch(genesis_, *store_);
    changed = plan.ok() ? change_epoch(std::move(*plan)) : Status(plan.error());
  } else {
    // Who is accepted to come may already connect.
    if (is_governed) changed = refresh(plan_, *store_);
    if (is_governed && changed.ok()) changed = change_peers();
    if (is_governed && changed.ok()) tell_sessions();
    rotate_log();
  }
  if (!changed.ok()) fail(changed.error());
}

// The last block of the epoch before is executed and durable with its finalization, which is its closing
// proof: only now is anything of the next epoch signed.
Status Node::change_epoch(EpochPlan plan) {
  if (choose_keys(plan, all_keys_) != chosen_keys_) {
    log_.info("this node's next keys come into force; it opens itself again",
              {{"epoch", plan.epoch.value()}});
    has_other_keys_ = true;
    driver_->halt();
    request_stop();
    return ok_status();
  }
  const bool has_same_members = plan.members == plan_.members;
  plan_ = std::move(plan);
  ASSIGN_OR_RETURN(Identity self, find_identity(plan_, genesis_, keys(), config_.name));
  {
    const std::lock_guard lock(view_mutex_);
    identity_ = self;
    validator_names_.clear();
    for (const auto& member : plan_.members) validator_names_.push_back(member.name);
  }
  if (!has_same_members) clock_watch_->enter_epoch(self.validator);
  RETURN_IF_ERROR(misbehaviour_->enter(plan_));
  log_.info("a new epoch", {{"epoch", plan_.epoch.value()},
                            {"above", plan_.base.height.value()},
                            {"validators", plan_.members.size()},
                            {"role", self.role}});
  if (auto live = driver_->core().live_records(); !live.empty()) log_records_ = std::move(live);
  const auto uncut = driver_->core().own_uncut_batches();
  ASSIGN_OR_RETURN(auto core, make_core(&driver_->core()));
  driver_ = std::make_unique<ConsensusDriver>(std::move(core), consensus_ports());
  if (self.validator) {
    const auto live = driver_->core().live_records();
    rotation_.rotated(live);
    durable_log_->rotate(live);
  }
  RETURN_IF_ERROR(change_peers());
  driver_->start();
  tell_sessions();
  if (!self.validator) {
    // Nobody will order what waits here: its senders hear so now, and can go to another validator.
    for (const auto& id : admission_->abandon()) waiters_.notify(id);
    return ok_status();
  }
  // What the old epoch did not order goes into batches of the new one.
  for (const auto& batch : uncut) admission_->give_back(batch->batch.transactions);
  if (admission_->waiting_count() > 0) seal_soon();
  return ok_status();
}

Status Node::change_peers() {
  ASSIGN_OR_RETURN(auto directory, make_directory());
  ASSIGN_OR_RETURN(const auto numbers, peers_->update(directory.peers()));
  directory.assign(numbers);
  traffic_->enter(make_verifier(), std::move(directory));
  return ok_status();
}

// What comes and goes from here on is told by on_peer.
void Node::tell_sessions() {
  for (const auto& peer : peers_->status()) {
    const auto index = traffic_->index_of(peer.number);
    if (index && !peer.connected) driver_->take(consensus::PeerLost{*index});
  }
}

}  // namespace jingchu::node
