#include "ledger/leveldb_files.h"

#include "ledger/leveldb_log.h"
#include "tests/ledger/leveldb_fixture.h"
#include "tests/support/effort.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

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
  // A record that is whole by its length, of which a page never reached the disk.
  Bytes garbled = written.bytes;
  Bytes record = leveldb_log::encode_piece(leveldb_log::Piece::kFull, Bytes(800, 7));
  record[300] ^= 1;
  garbled.insert(garbled.end(), record.begin(), record.end());
  CHECK_EQ(opens(garbled), kGroups);
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
  for (std::size_t at = 0; at < end; at += at < 60 || at + 800 > end ? jingchu::test::effort(1, 7) : 331) {
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
  const Bytes& list = whole.at(manifest);
  const auto entries = leveldb_log::read(list, 1 << 20).records;
  std::size_t first_entries = 0;
  for (std::size_t i = 0; i + 1 < entries.size(); ++i) {
    first_entries += entries[i].size() + leveldb_log::kHeaderBytes;
    CAPTURE(first_entries);
    CHECK(refused(manifest, Bytes(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(first_entries))));
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
  CHECK((all_of(path) == before));
  CHECK_EQ(groups_of(*open_leveldb(path, {.identity = "one"}).value()), kGroups);
}

}  // namespace
}  // namespace jingchu::ledger::test
