#include "ledger/path_proof.h"

#include <string>

#include "common/codec.h"

namespace jingchu::ledger {
namespace {

bool share_first_bits(const Hash& a, const Hash& b, std::size_t bits) {
  for (std::size_t depth = 0; depth < bits; ++depth) {
    if (path_bit(a, depth) != path_bit(b, depth)) return false;
  }
  return true;
}

}  // namespace

void write_entity_path(Bytes& text, std::string_view contract, std::string_view name) {
  CanonicalOutput archive(text);
  archive(std::string_view("jingchu/entity"), contract, name);
}

Hash entity_path(std::string_view contract, std::string_view name) {
  thread_local Bytes text;
  text.clear();
  write_entity_path(text, contract, name);
  return sha256(text);
}

Hash entity_leaf(const Hash& path, const Hash& value_hash) {
  return sha256_pair(kEntityLeafPrefix, path, value_hash);
}

Hash entity_node(const Hash& left, const Hash& right) {
  return sha256_pair(kEntityNodePrefix, left, right);
}

Result<Hash> root_of(const Hash& path, const PathProof& proof) {
  if (proof.siblings.size() > kPathSiblingsMax) {
    return caller_error("bad-path-proof", "a path has at most " + std::to_string(kPathSiblingsMax) +
                                              " siblings; this one has " +
                                              std::to_string(proof.siblings.size()));
  }
  if (proof.leaf && !share_first_bits(proof.leaf->path, path, proof.siblings.size())) {
    return caller_error("bad-path-proof",
                        "the leaf at the end of the path does not begin with the path's first " +
                            std::to_string(proof.siblings.size()) + " bits");
  }
  Hash hash = proof.leaf ? entity_leaf(proof.leaf->path, proof.leaf->value_hash) : kZeroHash;
  for (std::size_t depth = proof.siblings.size(); depth-- > 0;) {
    const auto& sibling = proof.siblings[depth];
    hash = path_bit(path, depth) ? entity_node(sibling, hash) : entity_node(hash, sibling);
  }
  return hash;
}

}  // namespace jingchu::ledger
