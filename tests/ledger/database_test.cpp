#include "ledger/database.h"

#include "common/file_system.h"
#include "ledger/memory_database.h"
#include "tests/ledger/leveldb_fixture.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

std::vector<std::string> keys(const KeyValueStore& store, std::string_view prefix, std::string_view from = {},
                              std::size_t max = 100) {
  std::vector<std::string> found;
  const auto visit = [&](std::string_view key, ByteView) {
    found.emplace_back(key);
    return found.size() < max;
  };
  CHECK(store.scan(prefix, from, visit).ok());
  return found;
}

void check_store(KeyValueStore& store) {
  using Keys = std::vector<std::string>;
  WriteBatch batch;
  for (const char* key : {"a", "b/1", "b/2", "b/3", "b0"}) batch.put(key, to_bytes(key));
  batch.put("b/2", to_bytes("again"));
  batch.put("gone", {});
  batch.erase("gone");
  REQUIRE(store.write(batch, Durability::kLater).ok());
  REQUIRE(store.write({}, Durability::kSynced).ok());
  CHECK_EQ(store.get("b/2").value(), to_bytes("again"));
  CHECK(!store.get("gone").value());
  CHECK_EQ(keys(store, "b/"), Keys{"b/1", "b/2", "b/3"});
  CHECK_EQ(keys(store, "b/", "b/2"), Keys{"b/2", "b/3"});
  CHECK_EQ(keys(store, "b/", "a"), Keys{"b/1", "b/2", "b/3"});
  CHECK_EQ(keys(store, "b/", {}, 1), Keys{"b/1"});
  CHECK_EQ(keys(store, "", {}).size(), 5);
  CHECK(keys(store, "c").empty());
}

TEST_CASE("the store in memory and LevelDB keep the same promises") {
  MemoryDatabase memory;
  check_store(memory);
  const Directory directory;
  auto leveldb = open_leveldb(directory / "db").value();
  check_store(*leveldb);
}

TEST_CASE("LevelDB keeps what was written, for one process at a time") {
  const Directory directory;
  auto store = open_leveldb(directory / "db").value();
  WriteBatch batch;
  batch.put("key", to_bytes("value"));
  REQUIRE(store->write(batch, Durability::kLater).ok());
  CHECK_EQ(open_leveldb(directory / "db").error().fault, Fault::kEnvironment);
  store.reset();
  store = open_leveldb(directory / "db").value();
  CHECK_EQ(store->get("key").value(), to_bytes("value"));
}

// Enough to change the write-ahead file many times over.
std::unique_ptr<KeyValueStore> fill(const std::string& path) {
  auto store = open_leveldb(path, {.block_cache_bytes = 4096, .write_buffer_bytes = 64 << 10}).value();
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    WriteBatch batch;
    Bytes value(300);
    for (auto& byte : value) byte = static_cast<std::uint8_t>(random());
    batch.put("key" + std::to_string(i), std::move(value));
    REQUIRE(store->write(batch, i % 100 == 0 ? Durability::kSynced : Durability::kLater).ok());
  }
  return store;
}

TEST_CASE("a table file with a flipped bit is told, never believed") {
  const Directory directory;
  fill(directory / "db").reset();
  int flipped = 0;
  for (const auto& entry : fs::directory_iterator(directory / "db")) {
    if (entry.path().extension() != ".ldb") continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(1000);
    const char byte = static_cast<char>(file.get() ^ 16);
    file.seekp(1000);
    file.put(byte);
    ++flipped;
  }
  REQUIRE(flipped > 0);
  const auto store = open_leveldb(directory / "db", {.block_cache_bytes = 4096});
  std::string type = store.ok() ? "" : store.error().type;
  for (int i = 0; type.empty() && i < 2000; ++i) {
    const auto got = (*store)->get("key" + std::to_string(i));
    if (!got.ok()) type = got.error().type;
  }
  CHECK_EQ(type, "storage-corrupted");
}

TEST_CASE("a damaged manifest or directory does not open") {
  const Directory directory;
  fill(directory / "db").reset();
  for (const auto& entry : fs::directory_iterator(directory / "db")) {
    if (entry.path().filename().string().starts_with("MANIFEST")) fs::resize_file(entry.path(), 20);
  }
  const auto damaged = open_leveldb(directory / "db");
  REQUIRE(!damaged.ok());
  CHECK_EQ(damaged.error().fault, Fault::kEnvironment);
  CHECK(!damaged.error().remedy.empty());
  CHECK(!open_leveldb("/dev/null/no/such/place").ok());
}

}  // namespace
}  // namespace jingchu::ledger::test
