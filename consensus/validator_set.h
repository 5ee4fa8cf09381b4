// The validators of an epoch, in the order that gives each its NodeIndex.
#pragma once

#include <string>
#include <vector>

#include "common/hash.h"
#include "common/ids.h"
#include "common/signature.h"
#include "consensus/mutant.h"
#include "consensus/quorum.h"

namespace jingchu::consensus {

struct Validator {
  std::string name;
  PublicKey consensus_key;
  PublicKey transport_key;  // Ed25519

  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, consensus_key, transport_key);
  }
};

class ValidatorSet {
 public:
  ValidatorSet() = default;
  explicit ValidatorSet(std::vector<Validator> validators) : validators_(std::move(validators)) {}

  std::size_t size() const { return validators_.size(); }
  std::size_t quorum() const {
    if (mutant(Mutant::kQuorumTwoThirds)) return 2 * faults_max(size()) + 1;
    return consensus::quorum(size());
  }
  std::size_t one_honest() const { return consensus::one_honest(size()); }
  bool contains(NodeIndex index) const { return index.value() < size(); }
  // index must be of the set.
  const Validator& operator[](NodeIndex index) const {
    CHECK(contains(index));
    return validators_[index.value()];
  }
  const std::vector<Validator>& all() const { return validators_; }

  // H("jingchu/validators", validators): what a header's validators_hash commits to.
  Hash hash() const;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(validators_);
  }

 private:
  std::vector<Validator> validators_;
};

}  // namespace jingchu::consensus
