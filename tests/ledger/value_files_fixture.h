// What the tests of files of values write and look for.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "ledger/value_files.h"
#include "tests/ledger/leveldb_fixture.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::test {

inline const LevelDbOptions kSmallFiles{
    .write_buffer_bytes = 64 << 10, .value_file_bytes = 16 << 10, .value_write_bytes = 0};

// Random, and another one for each key and round.
inline Bytes value_of(const std::string& key, int round = 0) {
  std::mt19937 random(static_cast<std::uint32_t>(std::hash<std::string>()(key) + 7919u * round));
  Bytes value(300 + random() % 300);
  for (auto& byte : value) byte = static_cast<std::uint8_t>(random());
  return value;
}
inline std::string node(int i) {
  return "n" + std::to_string(100'000 + i);
}
inline std::string batch_key(int i) {
  return "a" + std::to_string(100'000 + i);
}

inline void write(KeyValueStore& store, const std::vector<std::string>& keys, int round = 0,
                  Durability durability = Durability::kLater) {
  WriteBatch writes;
  for (const auto& key : keys) writes.put(key, value_of(key, round));
  REQUIRE(store.write(writes, durability).ok());
}
inline bool holds(const KeyValueStore& store, const std::string& key, int round = 0) {
  const auto value = store.get(key).value();
  return value && *value == value_of(key, round);
}
inline std::vector<ValueFileName> files_of(const std::string& database) {
  return list_value_files(system_files(), database).value();
}
inline std::uint64_t bytes_of(const std::string& database) {
  std::uint64_t bytes = 0;
  for (const auto& file : files_of(database)) {
    std::error_code gone;
    const auto size = fs::file_size(file.path, gone);
    bytes += gone ? 0 : size;
  }
  return bytes;
}
inline void flip(const std::string& path, std::uint64_t at) {
  Bytes bytes = content_of(path);
  bytes.at(static_cast<std::size_t>(at)) ^= 16;
  put(path, bytes);
}

}  // namespace jingchu::ledger::test
