// Who may sign what: an honest validator notarizes once in a view, across restarts, and never both nullifies
// and finalizes it; all together never certify two contents where only one may be.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "sim/checkers/knowledge.h"

namespace jingchu::sim {

class VoteChecker {
 public:
  VoteChecker(const Setting& setting, const Knowledge& knowledge)
      : setting_(setting), knowledge_(knowledge), own_(setting.validators) {}

  // A ballot that `signer` is seen to have signed for the first time.
  void on_ballot(const consensus::Ballot& ballot, NodeIndex signer);

 private:
  struct OwnVotes {
    std::optional<Hash> notarized;
    std::optional<Hash> finalized;
    bool nullified = false;
  };
  struct Certified {
    std::optional<Hash> notarized;
    std::optional<Hash> finalized;
    bool nullified = false;
  };

  void check_signer(const consensus::Ballot& ballot, NodeIndex signer);
  void check_certified(const consensus::Ballot& ballot);

  const Setting& setting_;
  const Knowledge& knowledge_;
  std::vector<std::map<View, OwnVotes>> own_;
  std::map<View, Certified> certified_;
  std::map<Height, Hash> final_at_;
};

}  // namespace jingchu::sim
