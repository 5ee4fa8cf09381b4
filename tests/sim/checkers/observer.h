// Sees every input to and output of every node and hands it to the checkers. What Byzantine nodes do is only
// noted; the rules bind the honest ones.
#pragma once

#include "consensus/core.h"
#include "sim/checkers/certificate_checker.h"
#include "sim/checkers/chain_checker.h"
#include "sim/checkers/durability_checker.h"
#include "sim/checkers/knowledge.h"
#include "sim/checkers/liveness_checker.h"
#include "sim/checkers/proposal_checker.h"
#include "sim/checkers/vote_checker.h"

namespace jingchu::sim {

class World;

class Observer {
 public:
  explicit Observer(World& world);

  void on_start(NodeIndex node, Height executed, const std::vector<consensus::Record>& records);
  void on_durable(NodeIndex node, const std::vector<consensus::Record>& records);
  void on_send(NodeIndex node, const consensus::Outgoing& outgoing);
  void on_deliver(NodeIndex node, const consensus::FinalizedBlock& block);
  void on_executed(NodeIndex node, const consensus::FinalizedBlock& block, const Hash& root);
  void on_evidence(NodeIndex node, const consensus::Evidence& evidence);
  void on_notice(NodeIndex node, const consensus::Notice& notice);
  void on_status(NodeIndex node, const consensus::CoreStatus& status);
  void on_heal();
  bool satisfied() const { return liveness_.satisfied(); }
  Height height() const { return chain_.height(); }

 private:
  void note(NodeIndex from, const consensus::Message& message);
  void note(NodeIndex from, const consensus::Certificate& certificate);
  void note_ballot(const consensus::Ballot& ballot, std::uint64_t signers);

  World& world_;
  Setting setting_;
  Knowledge knowledge_;
  VoteChecker votes_;
  CertificateChecker certificates_;
  DurabilityChecker durability_;
  ChainChecker chain_;
  ProposalChecker proposals_;
  LivenessChecker liveness_;
};

}  // namespace jingchu::sim
