// The validators' keys behind the seam of consensus/verify.h: a keyed hash for speed, or real Ed25519.
#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "consensus/validator_set.h"
#include "consensus/verify.h"

namespace jingchu::sim {

class KeyRing {
 public:
  // Keys of `validators` nodes, the same for every run.
  KeyRing(std::size_t validators, bool real);
  ~KeyRing();

  const consensus::ValidatorSet& validators() const { return validators_; }
  const consensus::Signer& signer(NodeIndex index) const { return *signers_[index.value()]; }
  const consensus::SignatureChecker& checker() const { return *checker_; }

 private:
  consensus::ValidatorSet validators_;
  std::vector<std::unique_ptr<consensus::Signer>> signers_;
  std::unique_ptr<consensus::SignatureChecker> checker_;
};

}  // namespace jingchu::sim
