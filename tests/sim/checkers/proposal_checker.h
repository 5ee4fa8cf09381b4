// An honest validator notarizes only what the rules allow: every field of the header is judged again here,
// from what was said and finalized in the run (docs/protocol.md, R2, R4, R5).
#pragma once

#include "sim/checkers/chain_checker.h"

namespace jingchu::sim {

class ProposalChecker {
 public:
  // Of one epoch.
  ProposalChecker(const CheckersOfEpoch& epoch, const ChainChecker& chain)
      : setting_(epoch.setting), knowledge_(epoch.knowledge), chain_(chain) {}

  // A Notarize of the honest `signer`, seen for the first time.
  void on_notarize(const consensus::Ballot& ballot, NodeIndex signer) const;

 private:
  // Each says what is wrong, or nothing.
  std::string wrong_identity(const consensus::Ballot& ballot, const KnownHeader& known) const;
  std::string wrong_parent(const consensus::Header& header, const consensus::Header& parent) const;
  std::string wrong_cut(const consensus::Header& header, const consensus::Header& parent) const;
  std::string wrong_execution(const consensus::Header& header, const consensus::Header& parent) const;
  std::string wrong_time(const consensus::Header& header, const consensus::Header& parent,
                         NodeIndex signer) const;

  const Setting& setting_;
  const Knowledge& knowledge_;
  const ChainChecker& chain_;
};

}  // namespace jingchu::sim
