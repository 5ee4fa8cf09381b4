#include "ledger/leveldb_files.h"

#include <leveldb/env.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <thread>

#include "ledger/database.h"
#include "ledger/leveldb_log.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

namespace fs = std::filesystem;

struct Directory {
  Directory()
      : path(fs::temp_directory_path() / ("jingchu-leveldb-" + std::to_string(std::random_device()()))) {
    fs::create_directories(path);
  }
  ~Directory() { fs::remove_all(path); }
  std::string operator/(const std::string& name) const { return (path / name).string(); }
  fs::path path;
};

Bytes content_of(const std::string& path) {
  return system_files().read(path, 1 << 30).value();
}
std::vector<std::string> names(const std::string& directory) {
  return system_files().list(directory).value();
}
void put(const std::string& path, ByteView bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}
// Name -> content of everything in a directory.
std::map<std::string, Bytes> all_of(const std::string& directory) {
  std::map<std::string, Bytes> all;
  for (const auto& name : names(directory)) all[name] = content_of(directory + "/" + name);
  return all;
}
std::string newest(const std::string& directory, const std::string& begin, const std::string& end) {
  std::string found;
  for (const auto& name : names(directory)) {
    if (name.starts_with(begin) && name.ends_with(end)) found = name;
  }
  REQUIRE(!found.empty());
  return directory + "/" + found;
}

constexpr int kGroups = 40;

// As the executor writes: some batches, then an empty one with a sync. Random values, so that nothing in them
// looks like a record.
void write_groups(KeyValueStore& store, int count = kGroups) {
  std::mt19937 random(7);
  for (int i = 0; i < count; ++i) {
    for (const char* part : {"a", "b"}) {
      WriteBatch batch;
      Bytes value(700);
      for (auto& byte : value) byte = static_cast<std::uint8_t>(random());
      batch.put("key" + std::to_string(i) + part, std::move(value));
      REQUIRE(store.write(batch, Durability::kLater).ok());
    }
    REQUIRE(store.write({}, Durability::kSynced).ok());
  }
}

// How many of the groups are there; they must be the first ones.
int groups_of(const KeyValueStore& store) {
  int count = 0;
  while (store.get("key" + std::to_string(count) + "b").value()) ++count;
  for (int i = 0; i < kGroups; ++i) {
    const bool there = store.get("key" + std::to_string(i) + "b").value().has_value();
    REQUIRE_EQ(there, i < count);
    if (there) REQUIRE(store.get("key" + std::to_string(i) + "a").value().has_value());
  }
  return count;
}

// A database whose write-ahead file holds everything, closed; each test works on copies of it.
struct Written {
  Written() : original(directory / "original"), copy(directory / "copy") {
    write_groups(*open_leveldb(original).value());
    write_ahead = fs::path(newest(original, "", ".log")).filename();
    bytes = content_of(original + "/" + write_ahead);
    records = leveldb_log::read(bytes, 13).records;
  }
  std::string with_write_ahead(ByteView changed) {
    fs::remove_all(copy);
    fs::copy(original, copy);
    put(copy + "/" + write_ahead, changed);
    return copy;
  }
  Directory directory;
  std::string original, copy, write_ahead;
  Bytes bytes;
  std::vector<Bytes> records;
};

TEST_CASE("a write-ahead file cut off anywhere opens with the groups that are whole") {
  Written written;
  REQUIRE(written.bytes.size() > 40'000);  // more than a block
  REQUIRE_EQ(written.records.size(), 3 * kGroups);
  int last = 0;
  for (std::size_t size = 0; size <= written.bytes.size(); size += size % 3 == 0 ? 401 : 97) {
    CAPTURE(size);
    const auto store = open_leveldb(written.with_write_ahead(ByteView(written.bytes).first(size)));
    REQUIRE(store.ok());
    const int groups = groups_of(**store);
    REQUIRE(groups >= last);
    REQUIRE(static_cast<std::size_t>(groups + 2) * written.bytes.size() >= size * kGroups);
    last = groups;
  }
  const auto store = open_leveldb(written.with_write_ahead(written.bytes));
  CHECK_EQ(groups_of(**store), kGroups);
}

TEST_CASE("what a power loss may leave behind the last sync is cut off, whatever it is") {
  Written written;
  std::mt19937 random(3);
  const auto opens = [&](Bytes bytes) {
    const auto store = open_leveldb(written.with_write_ahead(bytes));
    REQUIRE(store.ok());
    return groups_of(**store);
  };
  Bytes zeros = written.bytes;
  zeros.resize(zeros.size() + 5000);
  CHECK_EQ(opens(zeros), kGroups);
  Bytes junk = written.bytes;
  for (int i = 0; i < 5000; ++i) junk.push_back(static_cast<std::uint8_t>(random()));
  CHECK_EQ(opens(junk), kGroups);
  // Of the last group, which no sync answers for, an early page is lost and a later one is there.
  Bytes hole = written.bytes;
  const std::size_t group_bytes = written.bytes.size() / kGroups;
  std::fill(hole.end() - static_cast<std::ptrdiff_t>(group_bytes), hole.end() - 600, 0);
  CHECK_EQ(opens(hole), kGroups - 1);
}

TEST_CASE("a flipped bit in a write-ahead file is refused, and nothing is changed") {
  Written written;
  // Of the last group it cannot be told from a torn write.
  const std::size_t end = written.bytes.size() - 2 * written.bytes.size() / kGroups;
  for (std::size_t at = 0; at < end; at += at < 60 || at + 800 > end ? 1 : 331) {
    CAPTURE(at);
    Bytes flipped = written.bytes;
    flipped[at] ^= 16;
    const auto directory = written.with_write_ahead(flipped);
    const auto before = all_of(directory);
    const auto store = open_leveldb(directory);
    REQUIRE(!store.ok());
    REQUIRE_EQ(store.error().type, "storage-corrupted");
    REQUIRE_EQ(store.error().where, directory + "/" + written.write_ahead);
    REQUIRE((all_of(directory) == before));
  }
}

TEST_CASE("a group that is missing from a write-ahead file is noticed") {
  Written written;
  const auto piece = [](std::uint64_t sequence, std::uint8_t count) {
    Bytes batch(12);
    for (int i = 0; i < 8; ++i)
      batch[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(sequence >> 8 * i);
    batch[8] = count;
    return leveldb_log::encode_piece(leveldb_log::Piece::kFull, batch);
  };
  const auto append = [](Bytes bytes, const Bytes& more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
    return bytes;
  };
  const auto directory = written.with_write_ahead(append(append({}, piece(1, 0)), piece(3, 0)));
  CHECK_EQ(check_leveldb_files(system_files(), directory).error().type, "storage-corrupted");
  const auto whole = written.with_write_ahead(append(append({}, piece(1, 0)), piece(1, 0)));
  CHECK(check_leveldb_files(system_files(), whole).ok());
}

// Many tables and a MANIFEST with several edits.
std::string tables(const Directory& directory) {
  const std::string path = directory / "db";
  auto store = open_leveldb(path, {.write_buffer_bytes = 64 << 10}).value();
  for (int round = 0; round < 8; ++round) write_groups(*store);
  return path;
}

// What it answers when it is opened and all of it is read.
std::string type_after_reading(const std::string& path) {
  const auto store = open_leveldb(path, {.block_cache_bytes = 4096});
  if (!store.ok()) return store.error().type;
  for (int i = 0; i < kGroups; ++i) {
    for (const char* part : {"a", "b"}) {
      const auto got = (*store)->get("key" + std::to_string(i) + part);
      if (!got.ok()) return got.error().type;
      if (!*got) return "missing";
    }
  }
  return "ok";
}

TEST_CASE("a damaged list of files, a table that is missing or cut: refused, and nothing is changed") {
  const Directory directory;
  const auto path = tables(directory);
  REQUIRE_EQ(type_after_reading(path), "ok");
  const auto whole = all_of(path);
  const auto manifest = newest(path, "MANIFEST-", "").substr(path.size() + 1);
  const auto table = newest(path, "", ".ldb").substr(path.size() + 1);
  const auto refused = [&](const std::string& name, std::optional<Bytes> content) {
    const auto copy = directory / "copy";
    fs::remove_all(copy);
    fs::copy(path, copy);
    if (content) {
      put(copy + "/" + name, *content);
    } else {
      fs::remove(copy + "/" + name);
    }
    const auto before = all_of(copy);
    const auto store = open_leveldb(copy);
    return !store.ok() && store.error().type == "storage-corrupted" && !store.error().remedy.empty() &&
           all_of(copy) == before;
  };
  for (const char* name : {"CURRENT", manifest.c_str(), table.c_str()}) {
    CAPTURE(name);
    CHECK(refused(name, std::nullopt));
    CHECK(refused(name, Bytes()));
    CHECK(refused(name, Bytes(whole.at(name).begin(), whole.at(name).begin() + 10)));
  }
  CHECK(refused("CURRENT", to_bytes("MANIFEST-000099\n")));
  CHECK(refused("CURRENT", to_bytes("../../../etc/passwd\n")));
  const std::string write_ahead = newest(path, "", ".log").substr(path.size() + 1);
  CHECK(refused(write_ahead, std::nullopt));
  // Every byte of the list of files but those of its last entry, which may be a torn one.
  const auto last = leveldb_log::read(whole.at(manifest), 1 << 20).records.back().size() + 7;
  for (std::size_t at = 0; at + last < whole.at(manifest).size(); at += 5) {
    CAPTURE(at);
    Bytes flipped = whole.at(manifest);
    flipped[at] ^= 4;
    CHECK(refused(manifest, flipped));
  }
}

TEST_CASE("no flipped bit in a table is believed") {
  const Directory directory;
  const auto path = tables(directory);
  std::mt19937 random(11);
  for (int round = 0; round < 60; ++round) {
    const auto copy = directory / "copy";
    fs::remove_all(copy);
    fs::copy(path, copy);
    for (const auto& name : names(copy)) {
      if (!name.ends_with(".ldb")) continue;
      Bytes bytes = content_of(copy + "/" + name);
      // Also the index and the footer at the end.
      const std::size_t at = round % 2 ? bytes.size() - 1 - random() % 500 : random() % bytes.size();
      bytes[at] ^= static_cast<std::uint8_t>(1 << random() % 8);
      put(copy + "/" + name, bytes);
    }
    const auto type = type_after_reading(copy);
    CAPTURE(type);
    CHECK((type == "storage-corrupted" || type == "ok"));  // "ok": a byte that nothing reads
  }
}

TEST_CASE("a creation that a crash broke off is begun again") {
  const Directory directory;
  const std::string path = directory / "db";
  fs::create_directories(path);
  put(path + "/MANIFEST-000001", Bytes(17, 1));
  put(path + "/LOCK", {});
  CHECK(!check_leveldb_files(system_files(), path)->present);
  const auto store = open_leveldb(path);
  CHECK(store.ok());
}

TEST_CASE("a database of another chain is refused before it is opened") {
  const Directory directory;
  const std::string path = directory / "db";
  write_groups(*open_leveldb(path, {.identity = "one"}).value());
  const auto before = all_of(path);
  CHECK_EQ(open_leveldb(path, {.identity = "another"}).error().type, "wrong-chain");
  CHECK_EQ(check_leveldb(path, {.identity = "another"}).error().type, "wrong-chain");
  CHECK((all_of(path) == before));
  CHECK_EQ(groups_of(*open_leveldb(path, {.identity = "one"}).value()), kGroups);
}

// Holds LevelDB's own thread back, and knows what of each file a power loss would leave.
class PowerLoss final : public leveldb::EnvWrapper {
 public:
  PowerLoss() : EnvWrapper(leveldb::Env::Default()) {}

  void Schedule(void (*work)(void*), void* argument) override { held_.emplace_back(work, argument); }
  // To be called when no one writes any more.
  void let_go() {
    for (const auto& [work, argument] : std::exchange(held_, {})) work(argument);
  }

  leveldb::Status NewWritableFile(const std::string& name, leveldb::WritableFile** result) override {
    const auto status = EnvWrapper::NewWritableFile(name, result);
    if (status.ok()) *result = new File(*result, sizes_[name] = std::make_shared<Size>());
    return status;
  }
  // The directory as it is after a power loss now.
  void copy_durable(const std::string& from, const std::string& to) const {
    fs::copy(from, to);
    for (const auto& [name, size] : sizes_) {
      const auto copied = fs::path(to) / fs::path(name).filename();
      if (fs::exists(copied))
        fs::resize_file(copied, std::min<std::uint64_t>(size->synced, fs::file_size(copied)));
    }
  }

 private:
  struct Size {
    std::uint64_t written = 0, synced = 0;
  };
  class File final : public leveldb::WritableFile {
   public:
    File(leveldb::WritableFile* file, std::shared_ptr<Size> size) : file_(file), size_(std::move(size)) {}
    leveldb::Status Append(const leveldb::Slice& data) override {
      size_->written += data.size();
      return file_->Append(data);
    }
    leveldb::Status Close() override { return file_->Close(); }
    leveldb::Status Flush() override { return file_->Flush(); }
    leveldb::Status Sync() override {
      const auto status = file_->Sync();
      if (status.ok()) size_->synced = size_->written;
      return status;
    }

   private:
    std::unique_ptr<leveldb::WritableFile> file_;
    std::shared_ptr<Size> size_;
  };
  std::vector<std::pair<void (*)(void*), void*>> held_;
  std::map<std::string, std::shared_ptr<Size>> sizes_;
};

TEST_CASE("a synced write answers for all before it, also across the change of the write-ahead file") {
  const Directory directory;
  PowerLoss environment;
  const std::string path = directory / "db", after = directory / "after";
  auto store = open_leveldb(path, {.write_buffer_bytes = 64 << 10, .environment = &environment}).value();
  int count = 0;
  const auto logs = [&] {
    int found = 0;
    for (const auto& name : names(path)) found += name.ends_with(".log");
    return found;
  };
  while (logs() < 2) {
    WriteBatch batch;
    batch.put("key" + std::to_string(count++), Bytes(1000, 1));
    REQUIRE(store->write(batch, Durability::kLater).ok());
  }
  REQUIRE(store->write({}, Durability::kSynced).ok());
  environment.copy_durable(path, after);
  environment.let_go();
  store.reset();
  const auto recovered = open_leveldb(after);
  REQUIRE(recovered.ok());
  for (int i = 0; i < count; ++i) REQUIRE((*recovered)->get("key" + std::to_string(i)).value().has_value());
}

TEST_CASE("a write-ahead file that is done and damaged is refused, also at its end") {
  const Directory directory;
  PowerLoss environment;
  const std::string path = directory / "db", after = directory / "after";
  auto store = open_leveldb(path, {.write_buffer_bytes = 64 << 10, .environment = &environment}).value();
  write_groups(*store, 50);
  environment.copy_durable(path, after);
  environment.let_go();
  store.reset();
  std::vector<std::string> logs;
  for (const auto& name : names(after)) {
    if (name.ends_with(".log")) logs.push_back(after + "/" + name);
  }
  REQUIRE_EQ(logs.size(), 2);
  const Bytes done = content_of(logs[0]);
  REQUIRE(check_leveldb_files(system_files(), after).ok());
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, done.size() / 2, done.size() - 1}) {
    CAPTURE(size);
    put(logs[0], ByteView(done).first(size));
    CHECK_EQ(check_leveldb_files(system_files(), after).error().type, "storage-corrupted");
  }
  Bytes flipped = done;
  flipped[done.size() - 3] ^= 1;
  put(logs[0], flipped);
  CHECK_EQ(check_leveldb_files(system_files(), after).error().type, "storage-corrupted");
}

}  // namespace
}  // namespace jingchu::ledger::test
