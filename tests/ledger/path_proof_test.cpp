// Paths of the state tree against its recursive definition.
#include "ledger/path_proof.h"

#include <doctest/doctest.h>

#include <map>

#include "common/codec.h"

namespace jingchu::ledger {
namespace {

using Leaves = std::map<Hash, Hash>;  // path -> value hash

bool bit(const Hash& path, std::size_t depth) {
  return (path[depth / 8] & 0x80 >> depth % 8) != 0;
}

Leaves half(const Leaves& leaves, std::size_t depth, bool side) {
  Leaves part;
  for (const auto& leaf : leaves) {
    if (bit(leaf.first, depth) == side) part.insert(leaf);
  }
  return part;
}

Hash root_by_definition(const Leaves& leaves, std::size_t depth = 0) {
  if (leaves.empty()) return kZeroHash;
  if (leaves.size() == 1) return entity_leaf(leaves.begin()->first, leaves.begin()->second);
  return entity_node(root_by_definition(half(leaves, depth, false), depth + 1),
                     root_by_definition(half(leaves, depth, true), depth + 1));
}

PathProof proof_by_definition(Leaves leaves, const Hash& path) {
  PathProof proof;
  for (std::size_t depth = 0; leaves.size() > 1; ++depth) {
    proof.siblings.push_back(root_by_definition(half(leaves, depth, !bit(path, depth)), depth + 1));
    leaves = half(leaves, depth, bit(path, depth));
  }
  if (!leaves.empty()) proof.leaf = EntityLeaf{leaves.begin()->first, leaves.begin()->second};
  return proof;
}

Hash numbered(int number) {
  return entity_path("evidence", std::to_string(number));
}

TEST_CASE("hashes of the tree are those of the page") {
  CHECK(entity_path("evidence", "a") ==
        sha256(encode(std::string("jingchu/entity"), std::string("evidence"), std::string("a"))));
  Bytes bytes(1, 0);
  bytes.resize(33, 1);
  bytes.resize(65, 2);
  Hash ones{}, twos{};
  ones.fill(1);
  twos.fill(2);
  CHECK(entity_leaf(ones, twos) == sha256(bytes));
  bytes[0] = 1;
  CHECK(entity_node(ones, twos) == sha256(bytes));
}

TEST_CASE("every path of a tree leads to its root, there or absent, and any other value does not") {
  for (const int count : {0, 1, 2, 3, 7, 40}) {
    Leaves leaves;
    for (int i = 0; i < count; ++i) leaves[numbered(i)] = numbered(1'000 + i);
    const auto root = root_by_definition(leaves);
    for (int i = 0; i < count + 40; ++i) {
      const auto path = numbered(i);
      const auto proof = proof_by_definition(leaves, path);
      CHECK((proof.leaf && proof.leaf->path == path) == (i < count));
      CHECK(*root_of(path, proof) == root);
      for (std::size_t s = 0; s < proof.siblings.size(); ++s) {
        auto changed = proof;
        changed.siblings[s][31] ^= 1;
        CHECK(*root_of(path, changed) != root);
      }
      if (!proof.leaf) continue;
      auto changed = proof;
      changed.leaf->value_hash[0] ^= 1;
      CHECK(*root_of(path, changed) != root);
    }
  }
}

TEST_CASE("a path with a leaf of elsewhere or too many siblings is refused") {
  Hash path{}, other{};
  other[1] = 0x20;  // differs at depth 10
  PathProof proof{std::vector<Hash>(10), EntityLeaf{other, {}}};
  CHECK(root_of(path, proof).ok());
  proof.siblings.emplace_back();
  REQUIRE_FALSE(root_of(path, proof).ok());
  CHECK(root_of(path, proof).error().type == "bad-path-proof");
  CHECK(root_of(path, proof).error().fault == Fault::kCaller);
  proof.leaf.reset();
  proof.siblings.resize(256);
  CHECK(root_of(path, proof).ok());
  proof.leaf = EntityLeaf{path, {}};
  CHECK(root_of(path, proof).ok());
  proof.siblings.resize(257);
  CHECK_FALSE(root_of(path, proof).ok());
}

}  // namespace
}  // namespace jingchu::ledger
