#include "common/merkle.h"

#include <sodium.h>

#include <bit>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "common/codec.h"
#include "tests/support/shared_data.h"
// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::merkle {
namespace {

using nlohmann::json;

// A twin written straight from the recursive definition of RFC 9162, 2.1.1.
Hash naive_root(std::span<const Hash> leaves) {
  if (leaves.empty()) return sha256(ByteView());
  if (leaves.size() == 1) return leaves[0];
  std::size_t k = 1;
  while (k * 2 < leaves.size()) k *= 2;
  return node_hash(naive_root(leaves.first(k)), naive_root(leaves.subspan(k)));
}

std::vector<Hash> leaves_of(std::size_t count) {
  std::vector<Hash> leaves;
  for (std::size_t i = 0; i < count; ++i) leaves.push_back(leaf_hash(as_bytes(std::to_string(i))));
  return leaves;
}

Bytes from_base64(const json& text) {
  if (text.is_null() || text == "") return {};
  const auto& encoded = text.get_ref<const std::string&>();
  Bytes bytes(encoded.size());
  std::size_t size = 0;
  REQUIRE(sodium_base642bin(bytes.data(), bytes.size(), encoded.data(), encoded.size(), nullptr, &size,
                            nullptr, sodium_base64_VARIANT_ORIGINAL) == 0);
  bytes.resize(size);
  return bytes;
}

// Nothing if the bytes cannot be a hash: such input never reaches these functions, their types refuse it.
std::optional<Hash> hash_of(const json& text) {
  const Bytes bytes = from_base64(text);
  if (bytes.size() != 32) return std::nullopt;
  Hash hash;
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

std::optional<std::vector<Hash>> proof_of(const json& list) {
  std::vector<Hash> proof;
  if (list.is_null()) return proof;
  for (const auto& entry : list) {
    const auto hash = hash_of(entry);
    if (!hash) return std::nullopt;
    proof.push_back(*hash);
  }
  return proof;
}

bool accepts_inclusion(const json& test) {
  const auto leaf = hash_of(test["leafHash"]);
  const auto root = hash_of(test["root"]);
  const auto proof = proof_of(test["proof"]);
  return leaf && root && proof &&
         verify_inclusion(*leaf, test["leafIdx"].get<std::uint64_t>(), test["treeSize"].get<std::uint64_t>(),
                          *proof, *root);
}

bool accepts_consistency(const json& test) {
  const auto size1 = test["size1"].get<std::uint64_t>();
  const auto size2 = test["size2"].get<std::uint64_t>();
  const auto root1 = hash_of(test["root1"]);
  const auto root2 = hash_of(test["root2"]);
  const auto proof = proof_of(test["proof"]);
  if (size1 == size2 && size1 != 0)
    return proof && proof->empty() && from_base64(test["root1"]) == from_base64(test["root2"]);
  return root1 && root2 && proof && verify_consistency(size1, size2, *proof, *root1, *root2);
}

template <class Accepts>
int run_vectors(const std::string& folder, Accepts accepts) {
  int count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(test::shared_data_path(folder))) {
    if (entry.path().extension() != ".json") continue;
    CAPTURE(entry.path().string());
    const json test = json::parse(test::read_text(entry.path().string()));
    CHECK(accepts(test) == !test["wantErr"].get<bool>());
    ++count;
  }
  return count;
}

TEST_CASE("the public RFC 9162 vectors, most of which must be refused") {
  if (!test::shared_data_present("merkle")) return;
  CHECK(run_vectors("merkle/inclusion", accepts_inclusion) > 50);
  CHECK(run_vectors("merkle/consistency", accepts_consistency) > 50);
}

TEST_CASE("roots and accumulators agree with the recursive definition") {
  Accumulator tree;
  for (std::size_t size = 0; size <= 130; ++size) {
    const auto leaves = leaves_of(size);
    CHECK(root(leaves) == naive_root(leaves));
    CHECK(tree.root() == naive_root(leaves));
    CHECK(tree.size() == size);
    tree.append(leaf_hash(as_bytes(std::to_string(size))));
  }
}

TEST_CASE("every inclusion proof holds, and none holds for another leaf, place, size or root") {
  for (std::size_t size = 1; size <= 33; ++size) {
    const auto leaves = leaves_of(size);
    const Hash whole = root(leaves);
    for (std::size_t index = 0; index < size; ++index) {
      auto proof = inclusion_proof(leaves, index);
      CHECK(verify_inclusion(leaves[index], index, size, proof, whole));
      CHECK_FALSE(verify_inclusion(leaf_hash(as_bytes("x")), index, size, proof, whole));
      CHECK_FALSE(verify_inclusion(leaves[index], index, size, proof, kZeroHash));
      CHECK_FALSE(verify_inclusion(leaves[index], size, size, proof, whole));
      for (std::size_t other = 0; other < size; ++other) {
        if (other != index) CHECK_FALSE(verify_inclusion(leaves[index], other, size, proof, whole));
      }
      proof.push_back(kZeroHash);
      CHECK_FALSE(verify_inclusion(leaves[index], index, size, proof, whole));
    }
  }
}

TEST_CASE("every consistency proof holds, and none after a change") {
  for (std::size_t size = 1; size <= 33; ++size) {
    const auto leaves = leaves_of(size);
    for (std::size_t old_size = 1; old_size <= size; ++old_size) {
      const Hash old_root = root(std::span(leaves).first(old_size));
      auto proof = consistency_proof(leaves, old_size);
      CHECK(verify_consistency(old_size, size, proof, old_root, root(leaves)));
      CHECK_FALSE(verify_consistency(old_size, size, proof, kZeroHash, root(leaves)));
      CHECK_FALSE(verify_consistency(old_size, size, proof, old_root, kZeroHash));
      for (auto& hash : proof) {
        hash[0] ^= 1;
        CHECK_FALSE(verify_consistency(old_size, size, proof, old_root, root(leaves)));
        hash[0] ^= 1;
      }
    }
  }
}

TEST_CASE("the proof from stored nodes is the one from all leaves, at any earlier size too") {
  std::map<std::pair<unsigned, std::uint64_t>, Hash> stored;
  Accumulator tree;
  const auto leaves = leaves_of(70);
  for (std::uint64_t size = 1; size <= leaves.size(); ++size) {
    tree.append(leaves[size - 1], [&](unsigned level, std::uint64_t index, const Hash& root) {
      CHECK(stored.emplace(std::pair(level, index), root).second);
    });
  }
  const auto read = [&](unsigned level, std::uint64_t index) -> Result<Hash> {
    return stored.at({level, index});
  };
  for (std::uint64_t size = 1; size <= leaves.size(); ++size) {
    const auto first = std::span(leaves).first(size);
    for (std::uint64_t index = 0; index < size; ++index) {
      REQUIRE(inclusion_proof(index, size, read).value() == inclusion_proof(first, index));
    }
  }
}

struct Peak {
  unsigned level = 0;
  std::uint64_t index = 0;
  Hash root{};
  bool operator==(const Peak&) const = default;
};

// The subtrees of `size` leaves, out of all that were told, that no other one holds.
std::vector<Peak> largest(const std::map<std::pair<unsigned, std::uint64_t>, Hash>& told,
                          std::uint64_t size) {
  std::vector<Peak> peaks;
  for (std::uint64_t first = 0; first < size; first += std::uint64_t{1} << peaks.back().level) {
    unsigned level = 0;
    for (unsigned higher = 1; told.contains({higher, first >> higher}) && first % (1u << higher) == 0;
         ++higher) {
      level = higher;
    }
    peaks.push_back({level, first >> level, told.at({level, first >> level})});
  }
  return peaks;
}

TEST_CASE("the peaks are the complete subtrees that append told and no larger one holds") {
  std::map<std::pair<unsigned, std::uint64_t>, Hash> told;
  Accumulator tree;
  for (std::uint64_t size = 0; size <= 40; ++size) {
    CAPTURE(size);
    std::vector<Peak> peaks;
    tree.visit_peaks([&](unsigned level, std::uint64_t index, const Hash& root) {
      peaks.push_back({level, index, root});
    });
    CHECK(peaks == largest(told, size));
    CHECK_EQ(peaks.size(), static_cast<std::size_t>(std::popcount(size)));
    CHECK(tree.is_whole());
    tree.append(leaf_hash(as_bytes(std::to_string(size))),
                [&](unsigned level, std::uint64_t index, const Hash& root) {
                  told[{level, index}] = root;
                });
  }
}

TEST_CASE("a decoded accumulator is whole if it has the peaks that its size makes") {
  for (std::uint64_t size = 0; size <= 40; ++size) {
    Accumulator tree;
    for (std::uint64_t i = 0; i < size; ++i) tree.append(leaf_hash(as_bytes(std::to_string(i))));
    auto copy = decode<Accumulator>(encode(tree)).value();
    CHECK(copy.is_whole());
    copy.append(kZeroHash);
    tree.append(kZeroHash);
    CHECK(copy.root() == tree.root());
    const auto count = static_cast<std::size_t>(std::popcount(size));
    for (const std::size_t wrong : {count + 1, count - 1, std::size_t{70}}) {
      if (wrong > 100) continue;
      const auto other = decode<Accumulator>(encode(size, std::vector<Hash>(wrong))).value();
      CHECK_FALSE(other.is_whole());
    }
  }
}

}  // namespace
}  // namespace jingchu::merkle
