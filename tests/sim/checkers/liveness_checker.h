// After healing every honest node gains ten blocks, and every batch that an honest validator had durably
// sealed by then is delivered, within 3n view timers.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "sim/checkers/chain_checker.h"

namespace jingchu::sim {

class LivenessChecker {
 public:
  LivenessChecker(const Setting& setting, const ChainChecker& chain) : setting_(setting), chain_(chain) {}

  void on_sealed(const consensus::BatchPointer& batch);
  void on_deliver(const consensus::FinalizedBlock& block);
  // Its last block is final: what it did not order, it never will.
  void on_end(Epoch epoch);
  void on_heal();
  // Nothing is expected of it, nor of its lane, any more.
  void on_retired(NodeIndex node);
  // What it had sealed is gone with its home.
  void on_home_lost(NodeIndex node);
  bool satisfied() const;
  // What is still missing, for a person.
  std::string missing() const;
  std::uint64_t bound_us() const;

 private:
  const Setting& setting_;
  const ChainChecker& chain_;
  std::set<Hash> delivered_;
  struct Sealed {
    NodeIndex lane;
    Epoch epoch;
    Sequence sequence;
  };
  std::map<Hash, Sealed> waiting_;  // batches that were sealed before healing
  std::uint64_t retired_ = 0;       // a bit for each
  std::optional<Epoch> ended_;      // the last one
  bool healed_ = false;
  Height target_;
};

}  // namespace jingchu::sim
