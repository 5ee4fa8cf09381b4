// The nodes' and the clients' keys: real Ed25519 pairs, as contracts verify what they sign. What consensus
// and clients sign is signed behind the seam of consensus/verify.h: a keyed hash for speed, or real.
#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "consensus/validator_set.h"
#include "consensus/verify.h"
#include "node/identity.h"

namespace jingchu::sim {

// A node's first pair of keys is of generation 0; each later one is another's.
using Generation = std::uint32_t;

class KeyRing {
 public:
  // The same for every run. `validators` are those of genesis.
  KeyRing(std::size_t validators, std::size_t clients, bool real);
  ~KeyRing();

  const consensus::ValidatorSet& validators() const { return validators_; }
  // Of any node, with its keys of that generation; made when they are first asked for.
  const consensus::Validator& validator(NodeIndex index, Generation generation) const {
    return pair(index, generation).validator;
  }
  const consensus::Signer& signer(NodeIndex index, Generation generation = 0) const {
    return *pair(index, generation).signer;
  }
  // The same pair as a home has it.
  node::NodeKeys home_keys(NodeIndex index, Generation generation) const;
  const consensus::SignatureChecker& checker() const { return *checker_; }

  struct Client {
    PublicKey key;
    std::unique_ptr<consensus::Signer> signer;
  };
  const Client& client(std::size_t number) const { return clients_[number]; }

 private:
  struct Pair {
    consensus::Validator validator;
    std::unique_ptr<consensus::Signer> signer;
  };
  Client make(const std::string& name) const;
  const Pair& pair(NodeIndex index, Generation generation) const;

  bool real_;
  consensus::ValidatorSet validators_;
  mutable std::map<std::pair<NodeIndex, Generation>, Pair> pairs_;
  std::vector<Client> clients_;
  std::unique_ptr<consensus::SignatureChecker> checker_;
};

}  // namespace jingchu::sim
