// What the simulated clients ask the real contracts for: deposits of evidence, captures of provenance events,
// changes of members; some of them in vain.
#pragma once

#include <string>

#include "ledger/transaction.h"
#include "sim/keys.h"
#include "sim/random.h"

namespace jingchu::sim {

// One organization: client 0 is its admin, the next five submit, the others are not members yet. Behind them
// the admins of the organizations that operate the nodes, one each.
inline constexpr std::size_t kClients = 9;
inline constexpr std::size_t kMembersAtGenesis = 6;
inline std::size_t operator_of(NodeIndex node) {
  return kClients + node.value();
}

std::string identity_genesis(const KeyRing& keys, std::size_t nodes);
// Calls of one transaction of `client`, and what a failing one undoes.
void fill_calls(Random& random, const KeyRing& keys, std::size_t client, ledger::Transaction& transaction);

}  // namespace jingchu::sim
