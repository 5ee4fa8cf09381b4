// Directories of LevelDB files, written as the executor writes, for the tests that break them.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "common/file_system.h"
#include "ledger/database.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::test {

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

inline Bytes content_of(const std::string& path) {
  return system_files().read(path, 1 << 30).value();
}
inline std::vector<std::string> names(const std::string& directory) {
  return system_files().list(directory).value();
}
inline void put(const std::string& path, ByteView bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}
// Name -> content of every file in a directory.
inline std::map<std::string, Bytes> all_of(const std::string& directory) {
  std::map<std::string, Bytes> all;
  for (const auto& name : names(directory)) {
    if (fs::is_regular_file(directory + "/" + name)) all[name] = content_of(directory + "/" + name);
  }
  return all;
}
inline std::string newest(const std::string& directory, const std::string& begin, const std::string& end) {
  std::string found;
  for (const auto& name : names(directory)) {
    if (name.starts_with(begin) && name.ends_with(end)) found = name;
  }
  REQUIRE(!found.empty());
  return directory + "/" + found;
}

inline constexpr int kGroups = 40;

// As the executor writes: some batches, then an empty one with a sync. Random values, so that nothing in them
// looks like a record.
inline void write_groups(KeyValueStore& store, int count = kGroups) {
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
inline int groups_of(const KeyValueStore& store) {
  int count = 0;
  while (store.get("key" + std::to_string(count) + "b").value()) ++count;
  for (int i = 0; i < kGroups; ++i) {
    const bool there = store.get("key" + std::to_string(i) + "b").value().has_value();
    REQUIRE_EQ(there, i < count);
    if (there) REQUIRE(store.get("key" + std::to_string(i) + "a").value().has_value());
  }
  return count;
}

}  // namespace jingchu::ledger::test
