#include "node/consensus_driver.h"

namespace jingchu::node {

void ConsensusDriver::start() {
  if (!halted_) carry_out(core_->start(ports_.now()));
}

void ConsensusDriver::take(consensus::Input input) {
  if (!halted_) carry_out(core_->step(ports_.now(), std::move(input)));
}

void ConsensusDriver::synced(const consensus::SyncReceipt& receipt) {
  while (!halted_ && !held_.empty() && held_.front().turn() <= receipt.turn()) {
    for (const auto& outgoing : std::move(held_.front()).release(receipt)) ports_.send(outgoing);
    held_.pop_front();
  }
  take(consensus::Synced{receipt});
}

void ConsensusDriver::carry_out(consensus::Output output) {
  if (!output.persist.empty()) ports_.persist(output.turn, std::move(output.persist));
  for (const auto& outgoing : output.send) ports_.send(outgoing);
  for (auto& held : output.held) held_.push_back(std::move(held));
  for (auto& block : output.deliver) ports_.deliver(std::move(block));
  for (const auto& request : output.serve) ports_.serve(request);
  for (const auto& evidence : output.evidence) ports_.evidence(evidence);
  for (const auto& notice : output.notices) ports_.notice(notice);
  ports_.arm(output.wake_at_us);
}

}  // namespace jingchu::node
