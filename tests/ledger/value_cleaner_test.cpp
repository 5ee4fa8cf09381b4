#include "ledger/value_cleaner.h"

#include <atomic>
#include <thread>

#include "tests/ledger/value_files_fixture.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

TEST_CASE("erased history gives its space back; what is left of it moves") {
  const Directory directory;
  const std::string path = directory / "db";
  auto store = open_leveldb(path, kSmallFiles).value();
  for (int i = 0; i < 400; ++i) write(*store, {batch_key(i), "sevidence/record/" + std::to_string(i)});
  const auto before = bytes_of(path);
  const auto frozen = store->freeze();
  WriteBatch erased;
  for (int i = 0; i < 300; ++i) {
    if (i % 50 != 0) erased.erase(batch_key(i));
  }
  REQUIRE(store->write(erased, Durability::kLater).ok());
  REQUIRE(store->reclaim().ok());
  CHECK(bytes_of(path) < before - 250 * 300);
  const auto check = [&](const KeyValueStore& now) {
    for (int i = 0; i < 400; ++i) {
      CAPTURE(i);
      CHECK_EQ(holds(now, batch_key(i)), (i >= 300 || i % 50 == 0));
      CHECK(holds(now, "sevidence/record/" + std::to_string(i)));
    }
  };
  check(*store);
  for (int i = 0; i < 400; ++i) CHECK(holds(*frozen, batch_key(i)));
  // Once more there is nothing to do.
  const auto names = files_of(path).size();
  REQUIRE(store->reclaim().ok());
  CHECK_EQ(files_of(path).size(), names);
}

TEST_CASE("history that was erased is given back also from the file that was written last") {
  const Directory directory;
  const std::string path = directory / "db";
  auto store = open_leveldb(path).value();
  std::vector<std::string> keys;
  for (int i = 0; i < 4000; ++i) keys.push_back(batch_key(i));
  write(*store, keys);
  WriteBatch erased;
  for (int i = 1; i < 4000; ++i) erased.erase(batch_key(i));
  REQUIRE(store->write(erased, Durability::kLater).ok());
  REQUIRE(store->reclaim().ok());
  CHECK(bytes_of(path) < 1000);
  CHECK(holds(*store, batch_key(0)));
  store.reset();
  CHECK(holds(*open_leveldb(path).value(), batch_key(0)));
}

TEST_CASE("what is left of history is found when the database is opened again") {
  const Directory directory;
  const std::string path = directory / "db";
  {
    auto store = open_leveldb(path, kSmallFiles).value();
    for (int i = 0; i < 200; ++i) write(*store, {batch_key(i)});
    WriteBatch erased;
    for (int i = 1; i < 150; ++i) erased.erase(batch_key(i));
    REQUIRE(store->write(erased, Durability::kLater).ok());
    REQUIRE(store->reclaim().ok());
  }
  const auto store = open_leveldb(path, kSmallFiles).value();
  for (int i = 0; i < 200; ++i) CHECK_EQ(holds(*store, batch_key(i)), (i == 0 || i >= 150));
}

// By a sample of its records: some hundred bytes of millions are neither here nor there.
TEST_CASE("a large file most of which was replaced is given back, one that is half needed stays") {
  const Directory directory;
  const std::string path = directory / "db";
  auto store = open_leveldb(path, {.value_file_bytes = 2 << 20, .value_write_bytes = 0}).value();
  const auto head = [](int i) { return "sevidence/head/" + std::to_string(i * 7919 % 100'003); };
  std::vector<std::string> all;
  for (int i = 0; i < 5000; ++i) all.push_back(head(i));
  write(*store, all);
  const auto is_there = [&](std::uint32_t number) {
    const auto files = files_of(path);
    return std::any_of(files.begin(), files.end(), [&](const auto& file) { return file.number == number; });
  };
  const auto replace = [&](int from, int to, int round) {
    const std::vector<std::string> some(all.begin() + from, all.begin() + to);
    write(*store, some, round);
    write(*store, {"sevidence/record/1"}, round);  // begins a file once the last one is full
  };
  // 5,000 values of 450 bytes in the mean fill the first file; two fifths of it go.
  replace(0, 2000, 1);
  replace(0, 2000, 2);
  replace(0, 2000, 3);
  REQUIRE(files_of(path).size() >= 2);
  CHECK(is_there(1));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  int round = 3;
  while (is_there(1) && std::chrono::steady_clock::now() < deadline) replace(0, 4000, ++round);
  CHECK(!is_there(1));
  for (int i = 0; i < 5000; ++i) CHECK(holds(*store, head(i), i < 4000 ? round : 0));
}

// The state tree does so: each step replaces most of what the one before has written. Heads lie anywhere.
TEST_CASE("values that are replaced again and again take a bounded room, while others read them") {
  std::string prefix = "n";
  SUBCASE("nodes") {}
  SUBCASE("heads") {
    prefix = "sevidence/head/";
  }
  const Directory directory;
  const std::string path = directory / "db";
  auto store = open_leveldb(path, kSmallFiles).value();
  std::vector<std::string> nodes;
  for (int i = 0; i < 100; ++i) nodes.push_back(prefix + std::to_string(i * 7919 % 100'003));
  write(*store, nodes);
  std::atomic<bool> is_over = false;
  std::atomic<int> wrong = 0;
  std::thread reader([&] {
    while (!is_over) {
      for (const auto& key : nodes) wrong += store->get(key).value().has_value() ? 0 : 1;
      int found = 0;
      const auto scanned = store->scan(prefix, {}, [&](std::string_view, ByteView) { return ++found; });
      wrong += scanned.ok() && found == 100 ? 0 : 1;
    }
  });
  for (int round = 1; round <= 60; ++round) write(*store, nodes, round);
  is_over = true;
  reader.join();
  CHECK_EQ(wrong, 0);
  for (const auto& key : nodes) CHECK(holds(*store, key, 60));
  // 2.7 MB were written, of which the cleaner leaves little; a file that is begun wakes it.
  constexpr std::uint64_t kRoom = 512 << 10;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  int round = 60;
  while (bytes_of(path) > kRoom && std::chrono::steady_clock::now() < deadline) {
    write(*store, nodes, ++round);
    for (int i = 0; i < 1000 && bytes_of(path) > kRoom; ++i) std::this_thread::yield();
  }
  CHECK(bytes_of(path) <= kRoom);
  for (const auto& key : nodes) CHECK(holds(*store, key, round));
}

}  // namespace
}  // namespace jingchu::ledger::test
