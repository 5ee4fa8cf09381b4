// Proofs that an entity stands in the state tree, or that it does not (docs/formats.md, "State tree").
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "common/hash.h"
#include "common/result.h"

namespace jingchu::ledger {

Hash entity_path(std::string_view contract, std::string_view name);
Hash entity_leaf(const Hash& path, const Hash& value_hash);
Hash entity_node(const Hash& left, const Hash& right);

// Bit `depth` of a path, from the highest of its first byte on.
inline bool path_bit(const Hash& path, std::size_t depth) {
  return ((path[depth / 8] >> (7 - depth % 8)) & 1) != 0;
}

inline constexpr std::size_t kPathSiblingsMax = 256;

struct EntityLeaf {
  Hash path{};
  Hash value_hash{};  // SHA-256 of the head's value

  friend bool operator==(const EntityLeaf&, const EntityLeaf&) = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(path, value_hash);
  }
};

struct PathProof {
  std::vector<Hash> siblings;      // from the root down
  std::optional<EntityLeaf> leaf;  // what stands at their end
};

// The root that the proof leads to for `path`. Error kCaller "bad-path-proof": too many siblings, or the leaf
// of another entity whose path does not begin with as many of the same bits.
Result<Hash> root_of(const Hash& path, const PathProof& proof);

}  // namespace jingchu::ledger
