#include "ledger/path_proof.h"

#include <array>
#include <string>

#include "common/codec.h"

namespace jingchu::ledger {

Hash entity_path(std::string_view contract, std::string_view name) {
  return sha256(encode(std::string("jingchu/entity"), std::string(contract), std::string(name)));
}

Hash entity_leaf(const Hash& path, const Hash& value_hash) {
  static constexpr std::array<std::uint8_t, 1> kLeaf = {0};
  return sha256({kLeaf, path, value_hash});
}

Hash entity_node(const Hash& left, const Hash& right) {
  static constexpr std::array<std::uint8_t, 1> kNode = {1};
  return sha256({kNode, left, right});
}

Result<Hash> root_of(const Hash& path, const PathProof& proof) {
  if (proof.siblings.size() > kPathSiblingsMax) {
    return caller_error("bad-path-proof",
                        "it has " + std::to_string(proof.siblings.size()) + " siblings, more than 256");
  }
  Hash hash = kZeroHash;
  if (proof.leaf) {
    for (std::size_t depth = 0; depth < proof.siblings.size(); ++depth) {
      if (path_bit(proof.leaf->path, depth) == path_bit(path, depth)) continue;
      return caller_error("bad-path-proof",
                          "the leaf's path differs in bit " + std::to_string(depth) + ", above its place");
    }
    hash = entity_leaf(proof.leaf->path, proof.leaf->value_hash);
  }
  for (std::size_t depth = proof.siblings.size(); depth-- > 0;) {
    const Hash& sibling = proof.siblings[depth];
    hash = path_bit(path, depth) ? entity_node(sibling, hash) : entity_node(hash, sibling);
  }
  return hash;
}

}  // namespace jingchu::ledger
