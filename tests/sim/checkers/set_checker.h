// Which validators an epoch has: derived a second time, from the receipts of the governance module alone. A
// set is taken only when a quorum of its own members attested that they are ready, for the second epoch
// after.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "ledger/executor.h"
#include "node/epoch.h"
#include "sim/checkers/setting.h"

namespace jingchu::sim {

class SetChecker {
 public:
  // Whether a key of a node is that of a home in the place of a lost one.
  using IsReplacement = std::function<bool(NodeIndex node, const PublicKey& consensus_key)>;
  SetChecker(const Setting& setting, const node::Members& genesis, IsReplacement is_replacement);

  // The next block of the chain.
  void on_executed(const ledger::ExecutedBlock& result);
  // What a node derived.
  void on_epoch(const node::EpochPlan& plan);

 private:
  struct Member {
    std::string consensus_key;
    std::string transport_key;
    friend bool operator==(const Member&, const Member&) = default;
  };
  using Named = std::vector<std::pair<std::string, Member>>;
  struct Pending {
    Named members;
    std::set<std::string> ready;
  };

  void on_call(const ledger::Call& call, const contracts::Event& event);
  Named changed(const std::string& payload) const;
  void close(Epoch epoch);
  void check(Epoch epoch);
  void count_changes(const Named& before, const Named& after);

  const Setting& setting_;
  IsReplacement is_replacement_;
  std::map<Epoch, Named> sets_;                     // that are decided
  std::map<Epoch, Named> derived_;                  // by a node
  std::map<std::uint64_t, std::string> proposals_;  // their payloads, by id
  std::optional<Pending> pending_;
};

}  // namespace jingchu::sim
