// Golden vectors of "State tree" and "State checksum" in docs/formats.md: tests/vectors/state.json. With
// JINGCHU_WRITE_VECTORS=1 in the environment the file is written anew.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "common/codec.h"
#include "contracts/entity_history.h"
#include "ledger/executor_work.h"
#include "ledger/memory_database.h"
#include "ledger/receipt.h"
#include "ledger/state_checksum.h"
#include "ledger/state_tree.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

using StateJson = nlohmann::ordered_json;

struct NamedHead {
  std::string contract;
  contracts::HistoryHead head;
  std::uint64_t record = 0;  // number of the last one

  std::string key() const { return contract + "/head/" + contracts::key_of_name(head.entity); }
  Hash path() const { return entity_path(contract, head.entity); }
  Bytes value() const { return encode(head, record); }
  // As the executor takes it from the entry.
  EntityLeaf leaf() const { return head_leaf(key(), value()).value().value(); }
};

// More than one page holds, so that where nodes and pages begin is seen to change no hash.
std::vector<NamedHead> vector_heads() {
  std::vector<NamedHead> heads;
  for (std::uint8_t i = 0; i < 40; ++i) {
    const std::string name = i == 0 ? "荆楚" : "sha256:" + to_hex(sha256(Bytes{i}));
    heads.push_back({i % 3 == 0 ? "agriculture" : "evidence",
                     {name, std::uint64_t{i} + 1, sha256(Bytes{0, i})},
                     std::uint64_t{i} * 1'000});
  }
  return heads;
}

StateJson leaf_json(const EntityLeaf& leaf) {
  return {{"path", to_hex(leaf.path)}, {"value_hash", to_hex(leaf.value_hash)}};
}

StateJson proof_json(const StateTree& tree, const std::string& contract, const std::string& name) {
  const Hash path = entity_path(contract, name);
  const auto proof = tree.prove(tree.height(), path);
  REQUIRE(proof.ok());
  REQUIRE(proof->has_value());
  CHECK_EQ(root_of(path, **proof).value(), tree.root());
  StateJson siblings = StateJson::array();
  for (const auto& sibling : (*proof)->siblings) siblings.push_back(to_hex(sibling));
  return {{"contract", contract},
          {"name", name},
          {"path", to_hex(path)},
          {"siblings", siblings},
          {"leaf", (*proof)->leaf ? leaf_json(*(*proof)->leaf) : StateJson()}};
}

StateJson vectors() {
  MemoryDatabase store;
  const auto tree = StateTree::open(store).value();
  StateChecksum checksum;
  StateJson entries = StateJson::array();
  const auto add = [&](const std::string& key, const Bytes& value) {
    checksum.add(key, value);
    entries.push_back({{"key", to_hex(as_bytes(key))}, {"value", to_hex(value)}});
  };
  StateJson heads = StateJson::array();
  std::vector<EntityLeaf> leaves;
  for (const NamedHead& named : vector_heads()) {
    const auto& head = named.head;
    add(named.key(), named.value());
    leaves.push_back(named.leaf());
    CHECK_EQ(named.leaf(), EntityLeaf{named.path(), sha256(encode(head))});
    const Hash hash = entity_leaf(named.path(), named.leaf().value_hash);
    heads.push_back({{"contract", named.contract},
                     {"name", head.entity},
                     {"count", head.count},
                     {"chain", to_hex(head.chain)},
                     {"record", named.record},
                     {"path", to_hex(named.path())},
                     {"value_hash", to_hex(named.leaf().value_hash)},
                     {"leaf", to_hex(hash)}});
  }
  add("ledger/empty", {});
  add("identity/long", Bytes(300, 0xa5));
  std::sort(leaves.begin(), leaves.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  WriteBatch writes;
  const auto root = tree->update(Height(1), leaves, writes);
  REQUIRE(root.ok());
  StateJson proofs = StateJson::array();
  for (const auto& named : vector_heads())
    proofs.push_back(proof_json(*tree, named.contract, named.head.entity));
  for (int i = 0; i < 40; ++i)
    proofs.push_back(proof_json(*tree, "provenance", "absent " + std::to_string(i)));
  Roots roots;
  roots.entities = *root;
  roots.checksum = checksum.digest();
  return {{"entries", entries},
          {"empty_checksum", to_hex(StateChecksum().digest())},
          {"checksum", to_hex(roots.checksum)},
          {"heads", heads},
          {"entities_root", to_hex(roots.entities)},
          {"proofs", proofs},
          {"state_root", to_hex(roots.state())}};
}

TEST_CASE("state vectors") {
  const std::string file = std::string(JINGCHU_TESTS) + "/vectors/state.json";
  const auto computed = vectors();
  if (std::getenv("JINGCHU_WRITE_VECTORS") != nullptr) {
    std::ofstream(file) << computed.dump(1) << "\n";
    return;
  }
  std::ifstream stored(file);
  REQUIRE(stored.good());
  CHECK_EQ(computed.dump(1), StateJson::parse(stored).dump(1));
}

}  // namespace
}  // namespace jingchu::ledger::test
