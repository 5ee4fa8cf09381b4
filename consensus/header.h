// The block header: what is proposed, voted for and finalized. It orders batches by a cut across the lanes
// and carries the root of an earlier execution (docs/protocol.md, "Messages"; bytes in docs/formats.md,
// "Header").
#pragma once

#include <cstdint>
#include <vector>

#include "common/hash.h"
#include "common/ids.h"

namespace jingchu::consensus {

inline constexpr std::uint16_t kProtocolVersion = 1;

// How far a lane is cut: the batch `sequence` with this tip, and all before it. Sequence 0 with the zero
// hash: none.
struct CutEntry {
  Sequence sequence;
  Hash tip{};

  friend bool operator==(const CutEntry&, const CutEntry&) = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(sequence, tip);
  }
};
using Cut = std::vector<CutEntry>;  // one entry for each validator

struct Header {
  std::uint16_t protocol_version = kProtocolVersion;
  Epoch epoch;
  View view;
  Height height;
  View parent_view;
  Hash parent_hash{};
  Cut cut;
  std::uint64_t time_ms = 0;
  Height executed_height;
  Hash executed_root{};
  Hash validators_hash{};
  Hash next_validators_hash{};

  friend bool operator==(const Header&, const Header&) = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(protocol_version, epoch, view, height, parent_view, parent_hash, cut, time_ms, executed_height,
            executed_root, validators_hash, next_validators_hash);
  }
};

// H("jingchu/header", chain id, header).
Hash block_hash(const Hash& chain_id, const Header& header);

}  // namespace jingchu::consensus
