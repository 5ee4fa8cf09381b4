// After healing every honest node gains ten blocks, and every batch that an honest validator had durably
// sealed by then is delivered, within 3n view timers.
#pragma once

#include <map>
#include <set>

#include "sim/checkers/chain_checker.h"

namespace jingchu::sim {

class LivenessChecker {
 public:
  LivenessChecker(const Setting& setting, const ChainChecker& chain) : setting_(setting), chain_(chain) {}

  void on_sealed(const consensus::BatchPointer& batch);
  void on_deliver(const consensus::FinalizedBlock& block);
  void on_heal();
  bool satisfied() const;
  // What is still missing, for a person.
  std::string missing() const;
  std::uint64_t bound_us() const;

 private:
  const Setting& setting_;
  const ChainChecker& chain_;
  std::set<Hash> delivered_;
  std::map<Hash, std::string> waiting_;  // batches that were sealed before healing, and their names
  bool healed_ = false;
  Height target_;
};

}  // namespace jingchu::sim
