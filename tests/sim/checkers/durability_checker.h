// Durable before sent: behind every vote, proposal, batch and report of an honest node stands what its
// simulated disk held at the moment of sending (docs/protocol.md, "Durable before sent").
#pragma once

#include <set>
#include <vector>

#include "consensus/durable.h"
#include "sim/checkers/knowledge.h"

namespace jingchu::sim {

class DurabilityChecker {
 public:
  DurabilityChecker(const Setting& setting, const Knowledge& knowledge)
      : setting_(setting), knowledge_(knowledge), disks_(setting.nodes) {
    for (Disk& disk : disks_) disk.executed = setting.genesis.height;
  }

  // A node begins with this: what was durable must be there still.
  void on_start(NodeIndex node, const std::vector<consensus::Record>& records) const;
  void on_durable(NodeIndex node, const consensus::Record& record);
  // Also what a restart finds that was not known to be synced.
  void on_executed(NodeIndex node, const consensus::Header& header, const std::vector<Hash>& tips);
  // Its log is gone, and the key with it.
  void on_log_lost(NodeIndex node);
  // A ballot of the honest `signer`, seen for the first time.
  void on_ballot(const consensus::Ballot& ballot, NodeIndex signer);
  void on_send(NodeIndex node, const consensus::Message& message);

  bool holds(NodeIndex node, const Hash& tip) const { return disks_[node.value()].batches.contains(tip); }
  // How many honest nodes hold the batch.
  std::size_t holders(const Hash& tip) const;
  Height executed(NodeIndex node) const { return disks_[node.value()].executed; }

 private:
  struct Disk {
    std::set<consensus::Ballot> ballots;
    std::set<Hash> proposals;
    std::set<Hash> batches;
    Height executed;
    View executed_view;
  };
  void check_block(const consensus::Ballot& ballot, NodeIndex signer);
  void check_status(NodeIndex node, const consensus::LaneStatus& status);

  const Setting& setting_;
  const Knowledge& knowledge_;
  std::vector<Disk> disks_;
};

}  // namespace jingchu::sim
