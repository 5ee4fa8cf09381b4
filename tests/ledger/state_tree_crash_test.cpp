// The state tree where things go wrong: writes that a crash has lost, threads that ask while blocks come, and
// every kind of damage to a stored node.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <random>
#include <thread>

#include "ledger/memory_database.h"
#include "ledger/state_tree.h"
#include "tests/ledger/naive_tree.h"
#include "tests/support/effort.h"
// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

using Changes = std::vector<EntityLeaf>;
constexpr std::size_t kBranches = 16;  // that get their steps one after another

// Blocks of changes to few paths that begin alike in many ways: the same of the same seed.
std::vector<Changes> blocks_of(std::uint64_t seed, std::size_t count, std::size_t changes_max = 60) {
  std::mt19937_64 random(seed);
  const auto any_hash = [&] {
    Hash hash;
    for (auto& byte : hash) byte = static_cast<std::uint8_t>(random());
    return hash;
  };
  std::vector<Hash> known;
  std::vector<Changes> blocks;
  for (std::size_t i = 0; i < count; ++i) {
    NaiveTree changes;
    for (std::size_t n = random() % (changes_max + 1); n > 0; --n) {
      Hash path = any_hash();
      std::fill_n(path.begin(), random() % 4 == 0 ? random() % 31 : random() % 3, std::uint8_t{0});
      if (!known.empty() && random() % 2 == 0) path = known[random() % known.size()];
      changes[path] = any_hash();
      known.push_back(path);
    }
    blocks.emplace_back();
    for (const auto& [path, value] : changes) blocks.back().push_back({path, value});
  }
  return blocks;
}

std::vector<Hash> naive_roots(const std::vector<Changes>& blocks) {
  NaiveTree tree;
  std::vector<Hash> roots{naive_root({tree.begin(), tree.end()}, 0)};
  for (const auto& block : blocks) {
    for (const auto& leaf : block) tree[leaf.path] = leaf.value_hash;
    roots.push_back(naive_root({tree.begin(), tree.end()}, 0));
  }
  return roots;
}

std::unique_ptr<MemoryDatabase> copy_of(const KeyValueStore& store) {
  auto copy = std::make_unique<MemoryDatabase>();
  WriteBatch all;
  REQUIRE(store
              .scan({}, {},
                    [&](std::string_view key, ByteView value) {
                      all.put(std::string(key), to_bytes(value));
                      return true;
                    })
              .ok());
  REQUIRE(copy->write(all, Durability::kLater).ok());
  return copy;
}

std::vector<std::pair<std::string, Bytes>> entries_of(const KeyValueStore& store) {
  std::vector<std::pair<std::string, Bytes>> all;
  REQUIRE(store
              .scan({}, {},
                    [&](std::string_view key, ByteView value) {
                      all.emplace_back(key, to_bytes(value));
                      return true;
                    })
              .ok());
  return all;
}

std::unique_ptr<StateTree> open_tree(const KeyValueStore& store, const StateTreeOptions& options) {
  auto opened = StateTree::open(store, options);
  REQUIRE(opened.ok());
  return std::move(*opened);
}

Hash apply_block(StateTree& tree, KeyValueStore& store, Height height, const Changes& changes) {
  WriteBatch writes;
  const auto root = tree.update(height, changes, writes);
  REQUIRE(root.ok());
  REQUIRE(store.write(writes, Durability::kLater).ok());
  return *root;
}

TEST_CASE("a tree that lost its last writes goes on from there to the same roots") {
  for (std::uint64_t seed = 1; seed <= jingchu::test::effort(12, 2); ++seed) {
    CAPTURE(seed);
    const auto blocks = blocks_of(seed, 40);
    const auto roots = naive_roots(blocks);
    const StateTreeOptions options{seed * 10'000, 1 + seed * 5 % 41, (seed % 3) * 10'000};
    // The store as it is after each block: any of these is what a crash may leave.
    std::vector<std::unique_ptr<MemoryDatabase>> after;
    after.push_back(std::make_unique<MemoryDatabase>());
    MemoryDatabase store;
    const auto tree = open_tree(store, options);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      REQUIRE_EQ(apply_block(*tree, store, Height(i + 1), blocks[i]), roots[i + 1]);
      after.push_back(copy_of(store));
    }
    for (std::size_t crash = 0; crash < after.size(); ++crash) {
      CAPTURE(crash);
      auto& left = *after[crash];
      const auto again = open_tree(left, options);
      REQUIRE_EQ(again->height(), Height(crash));
      REQUIRE_EQ(again->root(), roots[crash]);
      const Hash path =
          blocks[crash == 0 ? 0 : crash - 1].empty() ? Hash{} : blocks[crash == 0 ? 0 : crash - 1][0].path;
      const auto proof = again->prove(Height(crash), path);
      REQUIRE(proof.ok());
      REQUIRE(proof->has_value());
      REQUIRE_EQ(root_of(path, **proof).value(), roots[crash]);
      for (std::size_t i = crash; i < std::min(crash + 12, blocks.size()); ++i) {
        REQUIRE_EQ(apply_block(*again, left, Height(i + 1), blocks[i]), roots[i + 1]);
      }
    }
  }
}

TEST_CASE("how blocks are grouped into steps changes neither a root nor the tree that is stored in the end") {
  const auto blocks = blocks_of(77, 60);
  const auto roots = naive_roots(blocks);
  std::vector<std::pair<std::string, Bytes>> first;
  for (const std::uint64_t blocks_max : {1, 7, 16, 30, 60, 1'000}) {
    CAPTURE(blocks_max);
    MemoryDatabase store;
    const StateTreeOptions options{1'000'000, blocks_max, blocks_max * 1'000};
    auto tree = open_tree(store, options);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      REQUIRE_EQ(apply_block(*tree, store, Height(i + 1), blocks[i]), roots[i + 1]);
    }
    // All branches get the steps that they miss.
    tree = open_tree(store, {0, 1, 0});
    for (std::size_t i = 0; i < kBranches; ++i) apply_block(*tree, store, Height(blocks.size() + 1 + i), {});
    auto stored = entries_of(store);
    std::erase_if(stored, [](const auto& entry) { return entry.first[0] != 'n'; });
    if (first.empty()) first = stored;
    CHECK(stored == first);
  }
}

TEST_CASE("proofs that other threads ask for hold while blocks come and steps are made") {
  const auto blocks = blocks_of(5, 250);
  const auto roots = naive_roots(blocks);
  MemoryDatabase store;
  const auto tree = open_tree(store, {100'000, 60, 5'000});
  std::atomic<bool> done = false;
  std::atomic<std::size_t> proven = 0;
  std::atomic<std::size_t> wrong = 0;
  const auto ask = [&](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    while (!done) {
      const std::uint64_t height = tree->height().value() - std::min(tree->height().value(), random() % 24);
      const auto& block = blocks[random() % blocks.size()];
      const Hash path = block.empty() ? Hash{} : block[random() % block.size()].path;
      const auto proof = tree->prove(Height(height), path);
      if (!proof.ok()) {
        ++wrong;
      } else if (*proof) {
        ++proven;
        const auto root = root_of(path, **proof);
        if (!root.ok() || *root != roots[height]) ++wrong;
      }
    }
  };
  std::thread one(ask, 1);
  std::thread two(ask, 2);
  for (std::size_t i = 0; i < blocks.size(); ++i) apply_block(*tree, store, Height(i + 1), blocks[i]);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (proven < 100 && wrong == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  done = true;
  one.join();
  two.join();
  CHECK_EQ(wrong, 0);
  CHECK(proven >= 100);
}

TEST_CASE("any change to a stored node is told as damage, and so is one in another's place") {
  const auto blocks = blocks_of(9, 12, 40);
  NaiveTree entities;
  MemoryDatabase store;
  const StateTreeOptions options{0, 1, 0};
  auto tree = open_tree(store, options);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    apply_block(*tree, store, Height(i + 1), blocks[i]);
    for (const auto& leaf : blocks[i]) entities[leaf.path] = leaf.value_hash;
  }
  const Height height(blocks.size());
  std::vector<std::pair<std::string, Bytes>> nodes;
  for (auto& entry : entries_of(store)) {
    if (entry.first[0] == 'n') nodes.push_back(std::move(entry));
  }
  REQUIRE(nodes.size() > 20);
  // Whether everything that can be asked of the damaged store is either right or told as damage; and
  // something is.
  const auto is_told = [&](MemoryDatabase& damaged) {
    bool told = false;
    auto opened = StateTree::open(damaged, options);
    if (!opened.ok()) return opened.error().type == "storage-corrupted";
    for (const auto& [path, value] : entities) {
      const auto proof = (*opened)->prove(height, path);
      if (!proof.ok()) {
        CHECK_EQ(proof.error().type, "storage-corrupted");
        told = true;
        continue;
      }
      REQUIRE(proof->has_value());
      REQUIRE((*proof)->leaf == EntityLeaf{path, value});
      REQUIRE_EQ(root_of(path, **proof).value(), tree->root());
    }
    return told;
  };
  std::mt19937_64 random(1);
  for (std::size_t i = 0; i < 400; ++i) {
    const auto& [key, value] = nodes[random() % nodes.size()];
    auto damaged = copy_of(store);
    Bytes other = value;
    if (i % 8 == 0) {
      other = nodes[random() % nodes.size()].second;
      if (other == value) continue;
    } else {
      other[random() % other.size()] ^= static_cast<std::uint8_t>(1 + random() % 255);
    }
    CAPTURE(i);
    WriteBatch writes;
    writes.put(key, other);
    REQUIRE(damaged->write(writes, Durability::kLater).ok());
    CHECK(is_told(*damaged));
  }
}

TEST_CASE(
    "a page whose leaves cannot stand together at its depth is refused, and so is an inner node below all "
    "paths") {
  TreeNode page;
  page.leaves.push_back({Hash{0x10}, Hash{}});
  page.leaves.push_back({Hash{0x20}, Hash{}});
  CHECK(decode_node(encode_node(page), 0).ok());
  CHECK(decode_node(encode_node(page), 2).ok());
  CHECK_EQ(decode_node(encode_node(page), 3).error().type, "storage-corrupted");
  CHECK_EQ(decode_node(encode_node(page), 4 * kTreeDepthMax).error().type, "storage-corrupted");
  const std::vector<Subtree> children{{SubtreeKind::kPage, true, Hash{1}, nullptr},
                                      {SubtreeKind::kPage, true, Hash{2}, nullptr}};
  const Bytes inner = encode_node(make_inner(1u << 19 | 1u << 20, children));
  CHECK(decode_node(inner, 4 * kTreeDepthMax - 4).ok());
  CHECK_EQ(decode_node(inner, 4 * kTreeDepthMax).error().type, "storage-corrupted");
  CHECK_EQ(decode_node(inner, 6).error().type, "storage-corrupted");
}

}  // namespace
}  // namespace jingchu::ledger::test
