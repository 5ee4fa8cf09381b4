// What the state tree says of one entity, and how it is proven (docs/formats.md, "State tree"): hashes and
// the check of a path; no storage.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "common/hash.h"
#include "common/result.h"

namespace jingchu::ledger {

// H("jingchu/entity", contract, name): where the entity stands, read from the first byte's highest bit on.
Hash entity_path(std::string_view contract, std::string_view name);
// Appends what that is the hash of.
void write_entity_path(Bytes& text, std::string_view contract, std::string_view name);
// They tell leaves from nodes, so that neither can pass for the other.
inline constexpr std::uint8_t kEntityLeafPrefix = 0;
inline constexpr std::uint8_t kEntityNodePrefix = 1;
// The hash of a subtree with exactly one entity: SHA-256(00 || path || value hash), whatever its depth.
Hash entity_leaf(const Hash& path, const Hash& value_hash);
// The hash of a subtree with more than one: SHA-256(01 || left || right).
Hash entity_node(const Hash& left, const Hash& right);

// Bit `depth` of a path.
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
  std::optional<EntityLeaf> leaf;  // what stands at its end: the entity's, another's, or nothing

  friend bool operator==(const PathProof&, const PathProof&) = default;
};

// The root that the proof leads to for `path`. Error of fault kCaller, type "bad-path-proof": too many
// siblings, or another's leaf that does not share the path's first bits, as many as there are siblings.
Result<Hash> root_of(const Hash& path, const PathProof& proof);

}  // namespace jingchu::ledger
