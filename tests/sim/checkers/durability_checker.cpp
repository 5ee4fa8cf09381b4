#include "sim/checkers/durability_checker.h"

namespace jingchu::sim {

using namespace consensus;

void DurabilityChecker::on_durable(NodeIndex node, const Record& record) {
  Disk& disk = disks_[node.value()];
  if (const auto* vote = std::get_if<VoteRecord>(&record)) {
    disk.ballots.insert(vote->vote.ballot);
  } else if (const auto* proposal = std::get_if<ProposalRecord>(&record)) {
    disk.proposals.insert(block_hash(setting_.chain_id, proposal->proposal.header));
  } else if (const auto* batch = std::get_if<BatchRecord>(&record)) {
    disk.batches.insert(batch->batch->tip);
  }
}

void DurabilityChecker::on_start(NodeIndex node, const std::vector<Record>& records) const {
  const Disk& disk = disks_[node.value()];
  std::set<Ballot> found;
  for (const Record& record : records) {
    const auto* vote = std::get_if<VoteRecord>(&record);
    if (vote != nullptr && vote->vote.epoch == setting_.epoch) found.insert(vote->vote.ballot);
  }
  // An epoch that was executed to its end needs no votes any more, even if the blocks are lost afterwards:
  // its node says that it forgot them.
  if (disk.executed >= setting_.last_height) return;
  // What was executed needs none either.
  for (const Ballot& ballot : disk.ballots) {
    if (ballot.view <= disk.executed_view || found.contains(ballot)) continue;
    setting_.fail("durable-vote-lost", name(node) + " forgot its " + std::string(to_string(ballot.kind)) +
                                           " in view " + to_string(ballot.view));
  }
}

void DurabilityChecker::on_executed(NodeIndex node, const Header& header, const std::vector<Hash>& tips) {
  Disk& disk = disks_[node.value()];
  if (header.height >= disk.executed) {
    disk.executed = header.height;
    disk.executed_view = header.view;
  }
  disk.batches.insert(tips.begin(), tips.end());
}

void DurabilityChecker::on_log_lost(NodeIndex node) {
  Disk lost;
  lost.executed = setting_.genesis.height;
  std::swap(disks_[node.value()], lost);
}

void DurabilityChecker::on_ballot(const Ballot& ballot, NodeIndex signer) {
  if (!disks_[signer.value()].ballots.contains(ballot)) {
    setting_.fail("vote-not-durable", name(signer) + " " + std::string(to_string(ballot.kind)) + " in view " +
                                          to_string(ballot.view) + " left before its record was synced");
  }
  if (ballot.kind != VoteKind::kNullify) check_block(ballot, signer);
}

void DurabilityChecker::check_block(const Ballot& ballot, NodeIndex signer) {
  const Disk& disk = disks_[signer.value()];
  const std::string where =
      name(signer) + " " + std::string(to_string(ballot.kind)) + " in view " + to_string(ballot.view);
  if (!disk.proposals.contains(ballot.hash)) setting_.fail("header-not-durable", where);
  const KnownHeader* header = knowledge_.header(ballot.hash);
  const KnownHeader* parent = header == nullptr ? nullptr : knowledge_.header(header->header.parent_hash);
  if (parent == nullptr || header->header.cut.size() != parent->header.cut.size()) return;
  for (std::size_t lane = 0; lane < parent->header.cut.size(); ++lane) {
    std::vector<Hash> tips;
    knowledge_.tips_between(parent->header.cut[lane], header->header.cut[lane], tips);
    for (const Hash& tip : tips) {
      if (!disk.batches.contains(tip)) {
        setting_.fail("batch-not-durable", where + ": lane " + std::to_string(lane) + ", " + short_hash(tip));
      }
    }
  }
}

void DurabilityChecker::on_send(NodeIndex node, const Message& message) {
  const Disk& disk = disks_[node.value()];
  if (const auto* proposal = std::get_if<Proposal>(&message)) {
    if (proposal->proposer != node) return;
    const std::string where = name(node) + " proposed in view " + to_string(proposal->header.view);
    if (!disk.proposals.contains(block_hash(setting_.chain_id, proposal->header))) {
      setting_.fail("proposal-not-durable", where);
    }
  } else if (const auto* batch = std::get_if<BatchPointer>(&message)) {
    if ((*batch)->batch.lane == node && !disk.batches.contains((*batch)->tip)) {
      setting_.fail("batch-not-durable",
                    name(node) + " sent its batch " + to_string((*batch)->batch.sequence));
    }
  } else if (const auto* status = std::get_if<LaneStatus>(&message)) {
    check_status(node, *status);
  }
}

void DurabilityChecker::check_status(NodeIndex node, const LaneStatus& status) {
  const Disk& disk = disks_[node.value()];
  if (status.executed_height > disk.executed) {
    setting_.fail("execution-not-durable", name(node) + " reported height " +
                                               to_string(status.executed_height) + ", its synced height is " +
                                               to_string(disk.executed));
  }
  for (std::size_t lane = 0; lane < status.watermarks.size(); ++lane) {
    const CutEntry& mark = status.watermarks[lane];
    if (mark.sequence != Sequence(0) && !disk.batches.contains(mark.tip)) {
      setting_.fail("watermark-not-durable",
                    name(node) + ": lane " + std::to_string(lane) + ", sequence " + to_string(mark.sequence));
    }
  }
}

std::size_t DurabilityChecker::holders(const Hash& tip) const {
  std::size_t count = 0;
  for (std::size_t i = 0; i < disks_.size(); ++i) {
    const NodeIndex node(static_cast<std::uint16_t>(i));
    if (setting_.is_honest(node) && holds(node, tip)) ++count;
  }
  return count;
}

}  // namespace jingchu::sim
