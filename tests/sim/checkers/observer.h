// Sees every input to and output of every node and hands it to the checkers. What Byzantine nodes do is only
// noted; the rules bind the honest ones.
#pragma once

#include "consensus/core.h"
#include "sim/checkers/chain_checker.h"
#include "sim/checkers/liveness_checker.h"
#include "sim/checkers/proposal_checker.h"
#include "sim/checkers/set_checker.h"

namespace jingchu::sim {

class World;

class Observer {
 public:
  explicit Observer(World& world);

  void on_start(NodeIndex node, Height executed, const std::vector<consensus::Record>& records);
  void on_durable(NodeIndex node, const std::vector<consensus::Record>& records);
  void on_send(NodeIndex node, const consensus::Outgoing& outgoing);
  void on_deliver(NodeIndex node, const consensus::FinalizedBlock& block);
  void on_executed(NodeIndex node, const consensus::FinalizedBlock& block,
                   const ledger::ExecutedBlock& result, const StoreDigest& digest);
  // Its store is that of a snapshot of this height now.
  void on_restored(NodeIndex node, Height height, const Hash& root, const StoreDigest& digest);
  std::optional<Height> executed_at(const Hash& transaction_id) const {
    return execution_.executed_at(transaction_id);
  }
  // What it executed and reported is gone with its disk.
  void on_database_lost(NodeIndex node) { executed_[node.value()] = Height(); }
  // All it had is gone, its keys with it.
  void on_home_lost(NodeIndex node);
  // A key's log is gone, and the key with it.
  void on_log_lost(NodeIndex node) { epochs_.on_log_lost(node); }
  // Some node is the first to begin it, with what it derived of it.
  void on_epoch(const node::EpochPlan& plan) { sets_.on_epoch(plan); }
  // Its log was damaged: it never comes back.
  void on_retired(NodeIndex node) { liveness_.on_retired(node); }
  void on_evidence(NodeIndex node, const consensus::Evidence& evidence);
  void on_notice(NodeIndex node, const consensus::Notice& notice);
  void on_status(NodeIndex node, const consensus::CoreStatus& status);
  void on_heal();
  bool satisfied() const;
  Height height() const { return chain_.height(); }

 private:
  void note(NodeIndex from, const consensus::Message& message);
  void note(NodeIndex from, const consensus::Certificate& certificate);
  void note_ballot(Epoch epoch, const consensus::Ballot& ballot, std::uint64_t signers);
  void note_executed(NodeIndex node, const ChainChecker::Link& link);
  void note_record(NodeIndex node, const consensus::Record& record);
  // Every honest node whose key its epoch's set lists votes there.
  bool everyone_votes() const;
  void check_begun(NodeIndex node, Epoch epoch);

  World& world_;
  EpochCheckers epochs_;
  const Setting& setting_;  // of epoch 0
  SetChecker sets_;
  ExecutionChecker execution_;
  ChainChecker chain_;
  LivenessChecker liveness_;
  std::vector<Height> executed_;  // by node, durably
};

}  // namespace jingchu::sim
