// Headers and statuses that the tests of the rules give to a core. Node 0 of four; node 1 leads view 1, node
// 2 view 2, node 3 view 3, node 0 view 4.
#pragma once

#include "support.h"

namespace jingchu::consensus::testing {

// Node 0 of four. Node 1 leads view 1, node 2 view 2, node 3 view 3, node 0 view 4.
inline Header timely(const Fixture& given, std::uint64_t view, const Header& parent, const Bench& bench) {
  Header header = given.header(view, parent);
  header.time_ms = std::max(bench.now.wall_ms, parent.time_ms + 1);
  return header;
}
inline Hash hash_of_header(const Fixture& given, const Header& header) {
  return block_hash(given.chain_id, header);
}

// The status of a peer that stores `watermarks`.
inline LaneStatus status_of(const Fixture& given, Cut watermarks, std::uint64_t view = 1) {
  LaneStatus status;
  status.view = View(view);
  status.watermarks = std::move(watermarks);
  status.executed_root = given.genesis.executed_root;
  return status;
}

}  // namespace jingchu::consensus::testing
