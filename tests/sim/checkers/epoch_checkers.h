// The checkers of what is said and stored within one epoch: votes, certificates and lanes of another say
// nothing there.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "sim/checkers/certificate_checker.h"
#include "sim/checkers/durability_checker.h"
#include "sim/checkers/knowledge.h"
#include "sim/checkers/vote_checker.h"

namespace jingchu::sim {

struct CheckersOfEpoch {
  explicit CheckersOfEpoch(Setting a_setting)
      : setting(std::move(a_setting)),
        knowledge(setting),
        votes(setting, knowledge),
        certificates(setting),
        durability(setting, knowledge) {}
  CheckersOfEpoch(const CheckersOfEpoch&) = delete;
  CheckersOfEpoch& operator=(const CheckersOfEpoch&) = delete;

  const Setting setting;
  Knowledge knowledge;
  VoteChecker votes;
  CertificateChecker certificates;
  DurabilityChecker durability;
};

class EpochCheckers {
 public:
  // The setting of an epoch that a node has begun.
  using MakeSetting = std::function<Setting(Epoch)>;
  explicit EpochCheckers(MakeSetting make_setting) : make_setting_(std::move(make_setting)) {}

  CheckersOfEpoch& of(Epoch epoch) {
    auto& checkers = checkers_[epoch];
    if (!checkers) checkers = std::make_unique<CheckersOfEpoch>(make_setting_(epoch));
    return *checkers;
  }
  void on_log_lost(NodeIndex node) {
    for (auto& [epoch, checkers] : checkers_) checkers->durability.on_log_lost(node);
  }

 private:
  MakeSetting make_setting_;
  std::map<Epoch, std::unique_ptr<CheckersOfEpoch>> checkers_;
};

}  // namespace jingchu::sim
