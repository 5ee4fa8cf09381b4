// What is delivered: one chain, in order, the same on every honest node, with the batches that its cuts name,
// held durably by f + 1 honest nodes; roots as the reference gives them.
#pragma once

#include <vector>

#include "consensus/step.h"
#include "sim/checkers/epoch_checkers.h"
#include "sim/checkers/execution_checker.h"

namespace jingchu::sim {

class ChainChecker {
 public:
  struct Link {
    consensus::Header header;
    Hash hash{};
    Hash root{};
    std::vector<Hash> tips;
    std::uint64_t batch_bytes = 0;
  };

  ChainChecker(const Setting& setting, EpochCheckers& epochs, ExecutionChecker& execution);

  // The node begins again after `executed`, which its block store holds.
  void on_start(NodeIndex node, Height executed) { delivered_[node.value()] = executed; }
  void on_deliver(NodeIndex node, const consensus::FinalizedBlock& block);

  // The true root of a height that somebody delivered, or null.
  const Hash* root(Height height) const;
  // Of a height that somebody delivered.
  const Link& link(Height height) const { return chain_[height.value()]; }
  Height delivered(NodeIndex node) const { return delivered_[node.value()]; }
  Height height() const { return Height(chain_.size() - 1); }

 private:
  void check_finality(const std::string& where, const consensus::FinalizedBlock& block);
  void check_content(const std::string& where, const consensus::FinalizedBlock& block,
                     const consensus::Header& parent) const;
  void extend(const std::string& where, const consensus::FinalizedBlock& block);

  const Setting& setting_;
  EpochCheckers& epochs_;
  ExecutionChecker& execution_;
  std::vector<Link> chain_;        // by height, from genesis
  std::vector<Height> delivered_;  // by node
};

}  // namespace jingchu::sim
