#include "ledger/value_files.h"

#include <atomic>
#include <thread>

#include "ledger/table_check.h"
#include "tests/ledger/power_loss.h"
#include "tests/ledger/value_files_fixture.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

TEST_CASE("large values of blocks, records, heads and nodes are in files, all others in LevelDB") {
  CHECK(family_of("a1", 96) == ValueFamily::kHistory);
  CHECK(family_of("r1", 96) == ValueFamily::kHistory);
  CHECK(family_of("n1", 1000) == ValueFamily::kTree);
  CHECK(family_of("sledger/queue/1", 1000) == ValueFamily::kTree);
  CHECK(family_of("sevidence/record/1", 300) == ValueFamily::kRecords);
  CHECK(family_of("sevidence/head/1", 120) == ValueFamily::kRecords);
  CHECK(!family_of("sevidence/transaction/1", 300));
  CHECK(!family_of("a1", 95));
  CHECK(!family_of("m", 1000));
  CHECK(!family_of("", 1000));
  CHECK(!family_of("a" + std::string(70'000, '1'), 1000));
}

TEST_CASE("a write of little leaves all of it in LevelDB") {
  const Directory directory;
  const std::string path = directory / "db";
  auto store = open_leveldb(path).value();
  write(*store, {node(1), batch_key(1)});
  CHECK(files_of(path).empty());
  std::vector<std::string> many;
  for (int i = 0; i < 100; ++i) many.push_back(node(i));
  write(*store, many);
  CHECK_EQ(files_of(path).size(), 1);
  write(*store, {node(1)}, 1);
  CHECK(holds(*store, node(1), 1));
  CHECK(holds(*store, node(2)));
  CHECK(holds(*store, batch_key(1)));
}

TEST_CASE("values in files are read, scanned, frozen and found again like all others") {
  const Directory directory;
  const std::string path = directory / "db";
  auto store = open_leveldb(path, kSmallFiles).value();
  for (int i = 0; i < 200; ++i) write(*store, {node(i), batch_key(i), "m" + std::to_string(i)});
  CHECK(files_of(path).size() > 8);
  const auto frozen = store->freeze();
  WriteBatch erased;
  erased.erase(node(7));
  erased.put(node(8), to_bytes("small"));
  REQUIRE(store->write(erased, Durability::kSynced).ok());
  const auto check = [](const KeyValueStore& now, bool is_before) {
    int found = 0;
    REQUIRE(now.scan("n", {},
                     [&](std::string_view key, ByteView value) {
                       found += to_bytes(value) == value_of(std::string(key)) ? 1 : 0;
                       return true;
                     })
                .ok());
    CHECK_EQ(found, is_before ? 200 : 198);
    CHECK_EQ(holds(now, node(7)), is_before);
    CHECK_EQ(holds(now, node(8)), is_before);
    CHECK(holds(now, batch_key(199)));
    CHECK(holds(now, "m3"));
  };
  check(*store, false);
  check(*frozen, true);
  // Nobody sees the names of files among the keys.
  CHECK(store->scan({}, {}, [](std::string_view key, ByteView) { return CHECK(key.front() >= 'a'), true; })
            .ok());
  CHECK_EQ(store->get(node(8)).value(), to_bytes("small"));
}

TEST_CASE("more files than may be open are read all the same, also when they are removed") {
  const Directory directory;
  LevelDbOptions options = kSmallFiles;
  options.files_max = 4;
  auto store = open_leveldb(directory / "db", options).value();
  for (int i = 0; i < 300; ++i) write(*store, {batch_key(i)});
  REQUIRE(files_of(directory / "db").size() > 6);
  const auto frozen = store->freeze();
  WriteBatch erased;
  for (int i = 0; i < 300; ++i) erased.erase(batch_key(i));
  for (int i = 0; i < 300; ++i) CHECK(holds(*store, batch_key(i)));
  REQUIRE(store->write(erased, Durability::kLater).ok());
  REQUIRE(store->reclaim().ok());
  REQUIRE(files_of(directory / "db").size() <= 1);
  for (int i = 0; i < 300; ++i) CHECK(holds(*frozen, batch_key(i)));
}

TEST_CASE("what was written is there when the database is opened again, and goes on in the same files") {
  const Directory directory;
  const std::string path = directory / "db";
  for (int round = 0; round < 5; ++round) {
    auto store = open_leveldb(path, kSmallFiles).value();
    for (int i = 0; i < round; ++i) CHECK(holds(*store, node(i)));
    write(*store, {node(round)});
  }
  CHECK_EQ(files_of(path).size(), 1);
}

TEST_CASE("a value is durable before a key leads to it, whatever a power loss leaves of the keys") {
  for (const bool keys_were_written : {false, true}) {
    const Directory directory;
    PowerLoss environment;
    LevelDbOptions options = kSmallFiles;
    options.environment = &environment;
    const std::string path = directory / "db", after = directory / "after";
    {
      auto store = open_leveldb(path, options).value();
      for (int i = 0; i < 50; ++i) write(*store, {node(i), batch_key(i)}, 0, Durability::kSynced);
      for (int i = 50; i < 80; ++i) write(*store, {node(i), batch_key(i)});
      environment.copy_durable(path, after, keys_were_written ? ".log" : "-");
      environment.let_go();
    }
    const auto store = open_leveldb(after, kSmallFiles).value();
    for (int i = 0; i < 80; ++i) {
      CAPTURE(i);
      const bool is_there = store->get(node(i)).value().has_value();
      CHECK_EQ(store->get(batch_key(i)).value().has_value(), is_there);
      CHECK((is_there || i >= 50));
      if (is_there) CHECK((holds(*store, node(i)) && holds(*store, batch_key(i))));
      if (keys_were_written && i < 79) CHECK(is_there);  // the last record may be in no block of the file yet
    }
  }
}

TEST_CASE("a sync of values that fails is the end of the store") {
  const Directory directory;
  PowerLoss environment;
  LevelDbOptions options = kSmallFiles;
  options.environment = &environment;
  auto store = open_leveldb(directory / "db", options).value();
  write(*store, {node(1)});
  std::vector<std::string> told;
  store->notify([&](const Error& error) { told.push_back(error.type); });
  environment.syncs_fail = true;
  WriteBatch writes;
  writes.put(node(2), value_of(node(2)));
  CHECK_EQ(store->write(writes, Durability::kLater).error().type, "storage-failed");
  CHECK_EQ(told, std::vector<std::string>{"storage-failed"});
  environment.syncs_fail = false;
  CHECK(!store->write(writes, Durability::kLater).ok());
  CHECK(!store->get(node(2)).value());
  CHECK(holds(*store, node(1)));
  environment.let_go();
}

TEST_CASE("the end that a crash broke off is cut, and what no key names is removed") {
  const Directory directory;
  const std::string path = directory / "db";
  { write(*open_leveldb(path, kSmallFiles).value(), {node(1), node(2)}); }
  const auto file = files_of(path).at(0);
  const Bytes whole = content_of(file.path);
  Bytes torn = whole;
  torn.insert(torn.end(), whole.begin(), whole.begin() + 100);
  put(file.path, torn);
  const auto left = ValueFileName::path_of(path, 77, ValueFamily::kTree);
  CHECK(check_tables(system_files(), path)->damaged.empty());
  put(left, whole);
  auto store = open_leveldb(path, kSmallFiles).value();
  CHECK_EQ(content_of(file.path), whole);
  CHECK(!fs::exists(left));
  write(*store, {node(3)});
  for (int i = 1; i <= 3; ++i) CHECK(holds(*store, node(i)));
}

// A store of which `path` is the directory; answers its first file.
ValueFileName fill(const std::string& path) {
  auto store = open_leveldb(path, kSmallFiles).value();
  for (int i = 0; i < 100; ++i) write(*store, {batch_key(i)});
  return files_of(path).at(0);
}
int refusals(const KeyValueStore& store) {
  int refused = 0;
  for (int i = 0; i < 100; ++i) {
    const auto value = store.get(batch_key(i));
    if (value.ok()) CHECK_EQ(value.value(), value_of(batch_key(i)));
    refused += value.ok() ? 0 : 1;
  }
  return refused;
}

TEST_CASE("damage to a file of values is told with the file and the place, never believed") {
  for (const std::uint64_t at : {0, 9, 12, 16, 200, 16'000}) {
    CAPTURE(at);
    const Directory directory;
    const std::string path = directory / "db";
    const auto first = fill(path);
    flip(first.path, at);
    const auto check = check_tables(system_files(), path).value();
    REQUIRE_EQ(check.damaged.size(), 1);
    CHECK_EQ(check.damaged[0].where, first.path);
    const auto store = open_leveldb(path, kSmallFiles).value();
    std::vector<std::string> told;
    store->notify([&](const Error& error) { told.push_back(error.type); });
    CHECK_EQ(refusals(*store), 1);
    CHECK_EQ(told, std::vector<std::string>{"storage-corrupted"});
    // Of a file that cannot be read whole nothing is given up.
    WriteBatch erased;
    for (int i = 0; i < 100; ++i) erased.erase(batch_key(i));
    REQUIRE(store->write(erased, Durability::kLater).ok());
    CHECK_EQ(store->reclaim().error().type, "storage-corrupted");
    CHECK(fs::exists(first.path));
  }
}

TEST_CASE(
    "a file of values that is missing or cut, or damaged where it was synced: nothing is opened or changed") {
  const Directory directory;
  const std::string path = directory / "db";
  const auto first = fill(path);
  const auto last = files_of(path).back();
  for (const auto& file : {first, last}) {
    CAPTURE(file.path);
    const Bytes whole = content_of(file.path);
    const auto refuses = [&] {
      const auto before = all_of(path + "/values");
      const auto opened = open_leveldb(path, kSmallFiles);
      REQUIRE(!opened.ok());
      CHECK_EQ(opened.error().type, "storage-corrupted");
      CHECK_EQ(opened.error().where, file.path);
      CHECK(all_of(path + "/values") == before);
    };
    put(file.path, ByteView(whole).first(whole.size() - 1));
    CHECK_EQ(check_tables(system_files(), path)->damaged.size(), file.is_last ? 0 : 1);
    refuses();
    fs::remove(file.path);
    refuses();
    put(file.path, whole);
    if (!file.is_last) continue;
    flip(file.path, 20);
    refuses();
    put(file.path, whole);
  }
  CHECK_EQ(refusals(*open_leveldb(path, kSmallFiles).value()), 0);
}

}  // namespace
}  // namespace jingchu::ledger::test
