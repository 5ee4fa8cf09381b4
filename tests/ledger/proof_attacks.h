// Bundles that somebody may try to pass off as proofs, each with the step that has to refuse it.
#pragma once

#include "ledger/proof_verify.h"
#include "tests/ledger/proof_chain.h"

namespace jingchu::ledger::test {

struct Attack {
  std::string name;
  ProofStep step;
  ProofReason reason;
  ProofBundle bundle;
};

std::vector<Attack> attacks(const ProofChain& chain);

struct Honest {
  std::string name;
  ProofBundle bundle;
};

// Under anchors of every epoch, of every kind of claim.
std::vector<Honest> honest_bundles(const ProofChain& chain);

}  // namespace jingchu::ledger::test
