// Which chain a node is on, and how high it is: what a client must know to build a transaction.
#pragma once

#include "cli/node_client.h"
#include "cli/session.h"
#include "ledger/genesis.h"

namespace jingchu::cli {

struct Chain {
  ledger::Genesis genesis;  // with its chain id, computed here from the bytes
  Height height;            // of the node when it was asked
};

// Asks the node for its genesis and status. With `genesis_file` the node must be on the chain of that file:
// "wrong-network" otherwise.
Result<Chain> find_chain(const Session& session, const NodeClient& node, const std::string& genesis_file);

// The last height at which a transaction built now may execute. `valid_for` 0: nine tenths of the window that
// the rules allow, which leaves room for nodes that are a little behind. "bad-usage" beyond the window.
Result<Height> choose_valid_until(const Chain& chain, std::uint64_t valid_for);

}  // namespace jingchu::cli
