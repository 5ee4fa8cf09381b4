// Proposals above the last final block, by hash and by view. In each view the first proposal is the one that
// may be voted for; another is kept only because a certificate names it.
#pragma once

#include <map>
#include <unordered_map>
#include <vector>

#include "consensus/messages.h"

namespace jingchu::consensus {

struct Block {
  Proposal proposal;
  Hash hash{};
  std::uint64_t received_us = 0;
  std::uint64_t received_wall_ms = 0;  // 0: read from the log, so its time was not checked
  bool recorded = false;               // its ProposalRecord is in the log or in this turn's group
  std::uint64_t recorded_turn = 0;     // whose sync makes the record durable
  bool refused = false;                // objectively invalid
  bool untimely = false;               // its time did not fit at receipt (R13)
  const Header& header() const { return proposal.header; }
};

class BlockTree {
 public:
  // A block that is already held stays as it is. `first`: it may be voted for.
  Block& add(Block block, bool first);

  Block* find(const Hash& hash);
  const Block* find(const Hash& hash) const;
  // The proposal of a view that may be voted for, or null.
  Block* first_of(View view);

  // The tips of a lane that the blocks here lead to.
  std::vector<Hash> tips_of(std::size_t lane) const;

  // Forgets the blocks of views up to `view`.
  void prune(View view);
  std::size_t size() const { return blocks_.size(); }

 private:
  std::unordered_map<Hash, Block, HashOfHash> blocks_;
  std::map<View, Hash> firsts_;
  std::multimap<View, Hash> by_view_;
};

}  // namespace jingchu::consensus
