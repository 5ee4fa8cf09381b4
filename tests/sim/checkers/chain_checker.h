// What is delivered: one chain, in order, the same on every honest node, with the batches that its cuts name,
// held durably by f + 1 honest nodes; no transaction of an honest lane twice; roots as the execution stub
// gives them.
#pragma once

#include <set>
#include <vector>

#include "consensus/step.h"
#include "sim/checkers/certificate_checker.h"
#include "sim/checkers/durability_checker.h"

namespace jingchu::sim {

class ChainChecker {
 public:
  ChainChecker(const Setting& setting, const Knowledge& knowledge, const DurabilityChecker& durability,
               CertificateChecker& certificates);

  // The node begins again after `executed`, which its block store holds.
  void on_start(NodeIndex node, Height executed) { delivered_[node.value()] = executed; }
  void on_deliver(NodeIndex node, const consensus::FinalizedBlock& block);
  void on_executed(NodeIndex node, Height height, const Hash& root) const;

  // The true root of a height that somebody delivered, or null.
  const Hash* root(Height height) const;
  Height delivered(NodeIndex node) const { return delivered_[node.value()]; }
  Height height() const { return Height(chain_.size() - 1); }

 private:
  struct Link {
    consensus::Header header;
    Hash hash{};
    Hash root{};
    std::vector<Hash> tips;
  };
  void check_finality(const std::string& where, const consensus::FinalizedBlock& block);
  void check_content(const std::string& where, const consensus::FinalizedBlock& block,
                     const Link& parent) const;
  void extend(const std::string& where, const consensus::FinalizedBlock& block);
  void check_transactions(const std::string& where, const consensus::BatchPointer& batch);

  const Setting& setting_;
  const Knowledge& knowledge_;
  const DurabilityChecker& durability_;
  CertificateChecker& certificates_;
  std::vector<Link> chain_;        // by height, from genesis
  std::vector<Height> delivered_;  // by node
  std::set<Bytes> transactions_;   // of honest lanes
};

}  // namespace jingchu::sim
