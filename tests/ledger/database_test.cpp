#include "ledger/database.h"

#include <leveldb/env.h>

#include <atomic>
#include <chrono>
#include <thread>

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

// Enough to change the write-ahead file many times over.
std::unique_ptr<KeyValueStore> fill(const std::string& path, leveldb::Env* environment = nullptr) {
  auto store =
      open_leveldb(path,
                   {.block_cache_bytes = 4096, .write_buffer_bytes = 64 << 10, .environment = environment})
          .value();
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

// A flipped bit in each of its tables, not in the first block, which opening reads.
void fill_and_damage(const std::string& path) {
  fill(path).reset();
  int flipped = 0;
  for (const auto& entry : fs::directory_iterator(path)) {
    if (entry.path().extension() != ".ldb") continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(9000);
    const char byte = static_cast<char>(file.get() ^ 16);
    file.seekp(9000);
    file.put(byte);
    ++flipped;
  }
  REQUIRE(flipped > 0);
}

// Where it holds "a" and "b".
void check_frozen(const KeyValueStore& frozen) {
  CHECK_EQ(frozen.get("a").value(), to_bytes("a"));
  CHECK_EQ(frozen.get("b").value(), to_bytes("b"));
  CHECK(!frozen.get("c").value());
  CHECK_EQ(keys(frozen, ""), std::vector<std::string>{"a", "b"});
}

void check_freeze(KeyValueStore& store) {
  WriteBatch before;
  for (const char* key : {"a", "b"}) before.put(key, to_bytes(key));
  REQUIRE(store.write(before, Durability::kLater).ok());
  auto frozen = store.freeze();
  const auto sees_all = store.freeze();
  WriteBatch after;
  after.erase("a");
  after.put("b", to_bytes("another"));
  after.put("c", to_bytes("c"));
  REQUIRE(store.write(after, Durability::kSynced).ok());
  REQUIRE(store.compact("a", "d").ok());
  check_frozen(*frozen);
  // A copy of a frozen one is of the same moment, and needs it no more.
  const auto again = frozen->freeze();
  frozen.reset();
  check_frozen(*again);
  check_frozen(*sees_all);
  const auto now = store.freeze();
  CHECK_EQ(keys(*now, ""), std::vector<std::string>{"b", "c"});
  CHECK_EQ(now->get("b").value(), to_bytes("another"));
}

TEST_CASE("a frozen store is not changed by what is written and erased later") {
  MemoryDatabase memory;
  check_freeze(memory);
  const Directory directory;
  auto leveldb = open_leveldb(directory / "db").value();
  check_freeze(*leveldb);
  // Nobody is given one that could be written; and if somebody were:
  const auto frozen = leveldb->freeze();
  WriteBatch batch;
  batch.put("d", to_bytes("d"));
  const Status refused = const_cast<KeyValueStore&>(*frozen).write(batch, Durability::kLater);
  REQUIRE(!refused.ok());
  CHECK_EQ(refused.error().type, "read-only");
  CHECK(!leveldb->get("d").value());
}

TEST_CASE("an error that a frozen store meets is told to whoever runs the store") {
  const Directory directory;
  fill_and_damage(directory / "db");
  const auto store = open_leveldb(directory / "db", {.block_cache_bytes = 4096}).value();
  std::vector<std::string> told;
  store->notify([&](const Error& error) { told.push_back(error.type); });
  const auto frozen = store->freeze();
  const auto scanned = frozen->scan("", "", [](std::string_view, ByteView) { return true; });
  REQUIRE(!scanned.ok());
  CHECK_EQ(scanned.error().type, "storage-corrupted");
  CHECK_EQ(told, std::vector<std::string>{"storage-corrupted"});
  for (int i = 0; told.size() < 2 && i < 2000; ++i) (void)frozen->get("key" + std::to_string(i));
  CHECK_EQ(told, std::vector<std::string>{"storage-corrupted", "storage-corrupted"});
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

TEST_CASE("a table file with a flipped bit is told, never believed") {
  const Directory directory;
  fill_and_damage(directory / "db");
  const auto store = open_leveldb(directory / "db", {.block_cache_bytes = 4096});
  std::string type = store.ok() ? "" : store.error().type;
  for (int i = 0; type.empty() && i < 2000; ++i) {
    const auto got = (*store)->get("key" + std::to_string(i));
    if (!got.ok()) type = got.error().type;
  }
  CHECK_EQ(type, "storage-corrupted");
}

// Counts the work that LevelDB asks for, and what of it is over.
class CountingEnvironment final : public leveldb::EnvWrapper {
 public:
  CountingEnvironment() : EnvWrapper(leveldb::Env::Default()) {}
  void Schedule(void (*work)(void*), void* argument) override {
    ++asked;
    EnvWrapper::Schedule(
        [](void* task) {
          const std::unique_ptr<Task> owned(static_cast<Task*>(task));
          owned->work(owned->argument);
          ++owned->environment.over;
        },
        new Task{work, argument, *this});
  }
  // What is over has asked for what follows it before.
  int asked_when_idle() const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (over != asked && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    CHECK_EQ(over, asked);
    return asked;
  }
  std::atomic<int> asked = 0, over = 0;

 private:
  struct Task {
    void (*work)(void*);
    void* argument;
    CountingEnvironment& environment;
  };
};

// As the executor reads: heads of entities that are new, or of others that are old.
TEST_CASE("reading alone makes LevelDB merge no tables; it still merges, flushes and ends") {
  const Directory directory;
  CountingEnvironment environment;
  auto store = fill(directory / "db", &environment);
  const int before = environment.asked_when_idle();
  REQUIRE(before > 0);
  for (int i = 0; i < 30'000; ++i) {
    CHECK(!store->get("key" + std::to_string(i % 2000) + "absent").value());
    CHECK(store->get("key" + std::to_string(i % 2000)).value());
  }
  CHECK_EQ(environment.asked, before);
  REQUIRE(store->compact("a", "z").ok());
  CHECK(environment.asked > before);
  for (int i = 0; i < 1000; ++i) {
    WriteBatch batch;
    batch.put("more" + std::to_string(i), Bytes(1000, 1));
    REQUIRE(store->write(batch, Durability::kLater).ok());
    CHECK(!store->get("key" + std::to_string(i) + "absent").value());
  }
  store.reset();
  CHECK_EQ(environment.asked_when_idle(), environment.asked);
}

// Counts what is written of tables.
class TableBytes final : public leveldb::EnvWrapper {
 public:
  TableBytes() : EnvWrapper(leveldb::Env::Default()) {}
  leveldb::Status NewWritableFile(const std::string& name, leveldb::WritableFile** result) override {
    const auto status = EnvWrapper::NewWritableFile(name, result);
    if (status.ok() && name.ends_with(".ldb")) *result = new Counting(*result, written);
    return status;
  }
  std::atomic<std::uint64_t> written = 0;

 private:
  class Counting final : public leveldb::WritableFile {
   public:
    Counting(leveldb::WritableFile* file, std::atomic<std::uint64_t>& written)
        : file_(file), written_(written) {}
    leveldb::Status Append(const leveldb::Slice& data) override {
      written_ += data.size();
      return file_->Append(data);
    }
    leveldb::Status Close() override { return file_->Close(); }
    leveldb::Status Flush() override { return file_->Flush(); }
    leveldb::Status Sync() override { return file_->Sync(); }

   private:
    std::unique_ptr<leveldb::WritableFile> file_;
    std::atomic<std::uint64_t>& written_;
  };
};

// Hashes as keys, each written once and many read, as heads are.
TEST_CASE("reading between writes makes LevelDB merge no more than writing alone does") {
  const auto written = [](int reads) {
    const Directory directory;
    TableBytes environment;
    auto store = open_leveldb(directory / "db", {.block_cache_bytes = 1 << 20,
                                                 .write_buffer_bytes = 256 << 10,
                                                 .environment = &environment})
                     .value();
    const auto key = [](int i) { return "x" + std::to_string(std::mt19937_64(static_cast<unsigned>(i))()); };
    bool all_there = true;
    for (int i = 0; i < 100'000; i += 20) {
      WriteBatch batch;
      for (int k = i; k < i + 20; ++k) batch.put(key(k), Bytes(60, 1));
      REQUIRE(store->write(batch, Durability::kLater).ok());
      for (int k = 0; k < reads; ++k) all_there = all_there && store->get(key(i * k / reads)).value();
      for (int k = 0; k < reads; ++k) all_there = all_there && !store->get(key(1'000'000 + i + k)).value();
    }
    CHECK(all_there);
    store.reset();
    return environment.written.load();
  };
  const std::uint64_t alone = written(0);
  CHECK(written(30) < alone + alone / 4);
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
