// At the end of a run: what `jingchu check` finds in the stores of honest nodes, that proofs of what they
// hold are accepted, and that the segments which nodes exported lead from genesis to the last of them.
#pragma once

#include <string>

#include "common/result.h"
#include "ledger/archive.h"
#include "ledger/proof.h"

namespace jingchu::sim {

class World;
class Node;

class StorageChecker {
 public:
  explicit StorageChecker(World& world) : world_(world) {}
  void run();

 private:
  void check(const Node& node);
  Status check_store(const Node& node);
  Status check_proofs(const Node& node);
  Status check_proof(const Result<ledger::ProofBundle>& bundle);
  Status check_archives();
  // Of any node that has it; empty: none.
  Bytes segment(Epoch epoch) const;

  World& world_;
};

}  // namespace jingchu::sim
