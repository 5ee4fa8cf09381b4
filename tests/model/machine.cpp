#include "model/machine.h"

namespace jingchu::model {

using namespace consensus;

std::vector<Outgoing> Machine::start(Now now) {
  Recovered recovered = base_;
  recovered.records = log_;
  auto created = Core::create(given_.config(self_), given_.signers[self_].get(), std::move(recovered));
  if (!created.ok()) {
    error_ = "no restart: " + created.error().what;
    return {};
  }
  core_ = std::move(created).value();
  return collect(core_->start(now));
}

std::vector<Outgoing> Machine::give(Now now, Input input) {
  return collect(core_->step(now, std::move(input)));
}

std::vector<Outgoing> Machine::collect(Output output) {
  if (output.turn != 0) groups_.push_back({output.turn, std::move(output.persist), std::move(output.held)});
  std::move(output.deliver.begin(), output.deliver.end(), std::back_inserter(delivered_));
  if (!core_->status().stopped.empty()) error_ = "stopped: " + core_->status().stopped;
  return std::move(output.send);
}

std::vector<Outgoing> Machine::sync(Now now) {
  Group group = std::move(groups_.front());
  groups_.pop_front();
  log_.insert(log_.end(), group.records.begin(), group.records.end());
  const SyncReceipt receipt = testing::TestLog::synced(group.turn);
  std::vector<Outgoing> released;
  for (Held& held : group.held) {
    for (Outgoing& outgoing : std::move(held).release(receipt)) released.push_back(std::move(outgoing));
  }
  for (Outgoing& outgoing : give(now, Synced{receipt})) released.push_back(std::move(outgoing));
  return released;
}

std::vector<Outgoing> Machine::crash_and_restart(Now now, std::size_t written) {
  for (std::size_t i = 0; i < written && i < groups_.size(); ++i)
    log_.insert(log_.end(), groups_[i].records.begin(), groups_[i].records.end());
  groups_.clear();
  delivered_.clear();
  return start(now);
}

std::vector<Outgoing> Machine::execute(Now now) {
  if (delivered_.empty()) return {};
  const FinalizedBlock block = std::move(delivered_.front());
  delivered_.pop_front();
  const Hash root = sha256(encode(base_.roots.back().second, block.hash));
  base_.executed = block.header;
  base_.finalization = block.finalization;
  base_.path = block.path;
  base_.roots.emplace_back(block.header.height, root);
  return give(now, Executed{block.header.height, root});
}

void Machine::rotate_log() {
  if (groups_.empty()) log_ = core_->live_records();
}

bool Machine::log_certifies(View view, unsigned kinds) const {
  if (base_.finalization && base_.finalization->ballot.view >= view) return true;
  const auto fits = [&](const Certificate& certificate) {
    return certificate.ballot.view == view &&
           (kinds >> static_cast<unsigned>(certificate.ballot.kind) & 1) != 0;
  };
  for (const Record& record : log_) {
    if (const auto* vote = std::get_if<VoteRecord>(&record)) {
      if (vote->reason && fits(*vote->reason)) return true;
    } else if (const auto* proposal = std::get_if<ProposalRecord>(&record)) {
      if (proposal->reason && fits(*proposal->reason)) return true;
      for (const Certificate& certificate : proposal->proposal.justification) {
        if (fits(certificate)) return true;
      }
    }
  }
  return false;
}

}  // namespace jingchu::model
