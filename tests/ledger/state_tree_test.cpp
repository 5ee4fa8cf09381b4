#include "ledger/state_tree.h"

#include <algorithm>
#include <random>
#include <set>

#include "ledger/memory_database.h"
#include "tests/ledger/naive_tree.h"
#include "tests/support/effort.h"
// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

Hash random_hash(std::mt19937_64& random) {
  Hash hash;
  for (auto& byte : hash) byte = static_cast<std::uint8_t>(random());
  return hash;
}

// Many paths begin alike, some for many bytes: what an attacker could choose, and more.
Hash random_path(std::mt19937_64& random) {
  Hash path = random_hash(random);
  const std::size_t shared = random() % 4 == 0 ? random() % 31 : random() % 3;
  for (std::size_t i = 0; i < shared; ++i) path[i] = static_cast<std::uint8_t>(random() % 8 == 0 ? 1 : 0);
  return path;
}

struct Run {
  explicit Run(std::uint64_t seed) : random(seed) {
    options.unstored_bytes_max = random() % 60'000;
    options.blocks_max = 1 + random() % 40;
    options.cached_bytes_max = random() % 20'000;
    reopen();
  }

  void reopen() {
    auto opened = StateTree::open(store, options);
    REQUIRE(opened.ok());
    tree = std::move(*opened);
  }

  void block() {
    height = height.next();
    std::map<Hash, Hash> changes;
    const std::size_t count = random() % 3 == 0 ? 0 : random() % 40;
    for (std::size_t i = 0; i < count; ++i) {
      const bool known = !now.empty() && random() % 2 == 0;
      Hash path = random_path(random);
      if (known) path = std::next(now.begin(), static_cast<std::ptrdiff_t>(random() % now.size()))->first;
      changes[path] = random_hash(random);
      // What is looked at before is what the update changes, or is near it.
      if (random() % 4 == 0) path[random() % 32] ^= 1;
      if (random() % 2 == 0) REQUIRE_EQ(tree->is_absent(path).value(), now.count(path) == 0);
    }
    std::vector<EntityLeaf> leaves;
    for (const auto& [path, value] : changes) {
      leaves.push_back({path, value});
      now[path] = value;
    }
    WriteBatch writes;
    auto root = tree->update(height, leaves, writes);
    REQUIRE(root.ok());
    REQUIRE_EQ(*root, naive_root({now.begin(), now.end()}, 0));
    REQUIRE_EQ(tree->root(), *root);
    REQUIRE(store.write(writes, Durability::kLater).ok());
    versions[height] = now;
  }

  // Of what is there and of what is not, at the newest heights.
  void prove() {
    const std::uint64_t back = random() % std::min<std::uint64_t>(kProvableHeights, height.value());
    const Height at(height.value() - back);
    const auto& then = versions[at];
    Hash path = random_path(random);
    if (!then.empty() && random() % 2 == 0) {
      path = std::next(then.begin(), static_cast<std::ptrdiff_t>(random() % then.size()))->first;
      if (random() % 3 == 0) path[31] ^= 1;
    }
    const auto proof = tree->prove(at, path);
    REQUIRE(proof.ok());
    if (!*proof) {
      REQUIRE(reopened_above(at));
      return;
    }
    const auto expected = naive_proof(then, path);
    REQUIRE((*proof)->siblings == expected.siblings);
    REQUIRE((*proof)->leaf == expected.leaf);
    REQUIRE_EQ(root_of(path, **proof).value(), naive_root({then.begin(), then.end()}, 0));
  }
  // After opening, what was replaced before the last step cannot be proven.
  bool reopened_above(Height at) const { return reopened_at && at < *reopened_at; }

  std::mt19937_64 random;
  StateTreeOptions options;
  MemoryDatabase store;
  std::unique_ptr<StateTree> tree;
  Height height;
  NaiveTree now;
  std::map<Height, NaiveTree> versions;
  std::optional<Height> reopened_at;
};

TEST_CASE("the state tree is the naive one, with steps, restarts and proofs of the last heights anywhere") {
  for (std::uint64_t seed = 1; seed <= jingchu::test::effort(30, 3); ++seed) {
    CAPTURE(seed);
    Run run(seed);
    for (int i = 0; i < 60; ++i) {
      run.block();
      for (int n = 0; n < 10; ++n) run.prove();
      if (run.random() % 15 != 0) continue;
      run.reopen();
      run.reopened_at = run.height;
      REQUIRE_EQ(run.tree->height(), run.height);
      REQUIRE_EQ(run.tree->root(), naive_root({run.now.begin(), run.now.end()}, 0));
      const auto proof = run.tree->prove(run.height, Hash{});
      REQUIRE(proof.ok());
      REQUIRE(proof->has_value());
    }
  }
}

TEST_CASE("the store holds the nodes of the newest step and no others") {
  Run run(7);
  run.options = {.unstored_bytes_max = 0, .blocks_max = 1};
  run.reopen();
  for (int i = 0; i < 50; ++i) run.block();
  std::set<std::string> stored;
  REQUIRE(run.store
              .scan("n", "n",
                    [&](std::string_view key, ByteView) {
                      stored.emplace(key);
                      return true;
                    })
              .ok());
  // Every node is found on the way to some entity.
  std::size_t pages = 0;
  for (const auto& key : stored) {
    const auto bits = static_cast<std::uint8_t>(key[1]);
    pages += decode_node(*run.store.get(key).value(), bits).value().leaves.size();
  }
  CHECK_EQ(pages, run.now.size());
}

TEST_CASE("pages are half full in the mean, and a block never writes much of the tree, however large it is") {
  std::mt19937_64 random(1);
  MemoryDatabase store;
  const auto tree = StateTree::open(store, {.unstored_bytes_max = 1'500'000}).value();
  std::size_t pages = 0, most_written = 0;
  for (std::uint64_t height = 1; height <= 100; ++height) {
    NaiveTree changes;
    for (int i = 0; i < 300; ++i) changes[random_hash(random)] = random_hash(random);
    std::vector<EntityLeaf> leaves;
    for (const auto& [path, value] : changes) leaves.push_back({path, value});
    WriteBatch writes;
    REQUIRE(tree->update(Height(height), leaves, writes).ok());
    const auto is_node = [](const auto& write) { return write.key[0] == 'n'; };
    const auto written = std::count_if(writes.writes().begin(), writes.writes().end(), is_node);
    most_written = std::max(most_written, static_cast<std::size_t>(written));
    REQUIRE(store.write(writes, Durability::kLater).ok());
    if (height % 10 != 0) continue;
    CAPTURE(height);
    auto copy = MemoryDatabase();
    REQUIRE(store
                .scan({}, {},
                      [&](std::string_view key, ByteView value) {
                        WriteBatch one;
                        one.put(std::string(key), to_bytes(value));
                        return copy.write(one, Durability::kLater).ok();
                      })
                .ok());
    const auto whole = StateTree::open(copy, {.unstored_bytes_max = 0, .blocks_max = 1}).value();
    WriteBatch all;
    REQUIRE(whole->update(Height(height + 1), {}, all).ok());
    REQUIRE(copy.write(all, Durability::kLater).ok());
    pages = 0;
    REQUIRE(copy.scan("n", "n",
                      [&](std::string_view key, ByteView value) {
                        pages += decode_node(value, static_cast<std::uint8_t>(key[1]))->is_inner() ? 0 : 1;
                        return true;
                      })
                .ok());
    CHECK(300 * height >= pages * kPageLeavesMax / 2);
  }
  CHECK(pages > 1'000);
  CHECK(most_written < pages / 4);
}

TEST_CASE("a height that is too old is not provable, and neither is one to come") {
  Run run(3);
  for (std::size_t i = 0; i < kProvableHeights + 5; ++i) run.block();
  CHECK(!run.tree->prove(Height(5), Hash{}).value());
  CHECK(run.tree->prove(Height(6), Hash{}).value());
  CHECK(!run.tree->prove(run.height.next(), Hash{}).value());
}

TEST_CASE("damage in the store is told, not proven") {
  for (const bool erased : {false, true}) {
    CAPTURE(erased);
    Run run(11);
    run.options = {.unstored_bytes_max = 0, .blocks_max = 1, .cached_bytes_max = 0};
    run.reopen();
    for (int i = 0; i < 30; ++i) run.block();
    run.reopen();
    std::vector<std::string> keys;
    REQUIRE(run.store
                .scan("n", "n",
                      [&](std::string_view key, ByteView) {
                        keys.emplace_back(key);
                        return true;
                      })
                .ok());
    WriteBatch damage;
    for (const auto& key : keys) {
      if (erased)
        damage.erase(key);
      else
        damage.put(key, {1, 2, 3});
    }
    REQUIRE(run.store.write(damage, Durability::kLater).ok());
    const auto proof = run.tree->prove(run.height, run.now.begin()->first);
    REQUIRE(!proof.ok());
    CHECK_EQ(proof.error().type, "storage-corrupted");
    WriteBatch writes;
    const EntityLeaf change{run.now.begin()->first, Hash{}};
    CHECK(!run.tree->update(run.height.next(), {&change, 1}, writes).ok());
  }
}

TEST_CASE("what cannot be a node is refused") {
  std::mt19937_64 random(5);
  const auto decodes = [](const TreeNode& node) { return decode_node(encode_node(node), 0).ok(); };
  TreeNode page;
  for (int i = 0; i < 5; ++i) page.leaves.push_back({random_hash(random), random_hash(random)});
  const auto sort = [&] {
    std::sort(page.leaves.begin(), page.leaves.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
  };
  sort();
  CHECK(decodes(page));
  std::swap(page.leaves[0], page.leaves[1]);
  CHECK(!decodes(page));  // does not ascend
  page.leaves[1] = page.leaves[0];
  CHECK(!decodes(page));
  CHECK(!decodes(TreeNode()));  // empty
  page.leaves.assign(kPageLeavesMax + 1, {});
  for (auto& leaf : page.leaves) leaf.path = random_hash(random);
  sort();
  CHECK(!decodes(page));  // too many
  page.leaves.pop_back();
  CHECK(decodes(page));
  const Hash hash = random_hash(random);
  const Subtree single{SubtreeKind::kPage, true, hash, nullptr};
  const std::vector<Subtree> children{single, {SubtreeKind::kInner, false, hash, nullptr}};
  const Bytes inner = encode_node(make_inner(1u << 2 | 1u << 31, children));
  CHECK_EQ(decode_node(inner, 0).value().children, children);
  for (std::size_t size = 0; size < inner.size(); ++size)
    CHECK(!decode_node(ByteView(inner).first(size), 0).ok());
  CHECK(!decodes(
      make_inner(1u << 2 | 1u << 7, children)));  // a page covers more than a nibble, a node does not
  CHECK(!decodes(make_inner(1u << 3 | 1u << 31, children)));  // one below the other
  CHECK(!decodes(make_inner(1u << 1 | 1u << 16, children)));
  TreeNode itself;  // a page in the place of the whole
  itself.child_places = 1u << 1;
  itself.children = {single};
  CHECK(!decodes(itself));
  TreeNode other = make_inner(1u << 2 | 1u << 31, children);
  other.child_places |= 1u << 6;
  CHECK(!decodes(other));
}

TEST_CASE("a proof with too many siblings, or another's leaf at a wrong place, is refused") {
  PathProof proof;
  proof.siblings.resize(kPathSiblingsMax + 1);
  CHECK_EQ(root_of(Hash{}, proof).error().type, "bad-path-proof");
  proof.siblings.resize(3);
  proof.leaf = EntityLeaf{Hash{0x10}, Hash{}};
  CHECK(root_of(Hash{}, proof).ok());
  proof.leaf = EntityLeaf{Hash{0x20}, Hash{}};
  CHECK_EQ(root_of(Hash{}, proof).error().type, "bad-path-proof");
}

}  // namespace
}  // namespace jingchu::ledger::test
