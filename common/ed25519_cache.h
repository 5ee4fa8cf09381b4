// Which keys have tables (common/ed25519_keys.h): those that sign often. Validators and members sign again
// and again, so that nearly every signature of a busy chain is verified with a table.
//
// One cache serves the whole process (jingchu::verify). As verification is a pure function, what is in it
// changes how fast an answer comes, never the answer.
//
// What strangers can do with it, who may send any number of signatures by any number of keys:
// - Only valid signatures count, so a key gets a table, for the price of up to 3 verifications, after its
// owner made
//   this process verify at least 8 of that very key without one: all the tables together cost less than half
//   of what verifying without tables cost anyway.
// - In a full cache a table goes only for a key that was used more often lately: keys in good use stay.
// Should all
//   tables be lost to busier keys, verification takes the time it took without tables.
// - A false signature under a key with a table costs the table's verification and libsodium's: a quarter more
// than
//   libsodium's alone.
// - Memory: at most 512 tables (27 MB), the one of the base point, and 4,096 counters. Both maps are hashed
// under a
//   secret of this process, so that keys cannot be chosen to collide.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <unordered_map>

#include "common/ed25519_keys.h"

namespace jingchu::ed25519 {

class KeyCache {
 public:
  struct Limits {
    std::size_t tables_max = 512;
    std::uint32_t uses_before_table = 8;
    // Keys without a table whose uses are counted. One more, and every count is halved: those that were used
    // once are forgotten.
    std::size_t counters_max = 4096;
    // As well after so many counted signatures, so that what was used long ago gives way.
    std::uint32_t uses_between_halvings = 16384;
  };

  KeyCache() : KeyCache(Limits{}) {}
  explicit KeyCache(Limits limits);

  // libsodium's answer, for every input; from any number of threads at once.
  bool verify(const Key& key, ByteView message, const Signature& signature);

  bool has_table(const Key& key) const;
  std::size_t tables() const;
  std::size_t counters() const;

 private:
  struct HashOfKey {
    std::array<std::uint8_t, 16> secret;
    std::size_t operator()(const Key& key) const noexcept;
  };
  struct Kept {
    Kept(std::shared_ptr<const KeyTable> made, std::uint32_t used) : table(std::move(made)), uses(used) {}
    std::shared_ptr<const KeyTable> table;
    std::atomic<std::uint32_t> uses;
  };
  using Tables = std::unordered_map<Key, Kept, HashOfKey>;

  std::shared_ptr<const KeyTable> find(const Key& key);
  void count_valid(const Key& key);
  std::uint32_t count(const Key& key);
  void halve_counts();
  Tables::iterator least_used();
  void keep(const Key& key, std::shared_ptr<const KeyTable> table, std::uint32_t uses);

  const Limits limits_;
  mutable std::shared_mutex mutex_;
  Tables tables_;
  std::unordered_map<Key, std::uint32_t, HashOfKey> uses_;  // of keys without a table
  std::uint32_t counted_ = 0;                               // since counts were halved
};

}  // namespace jingchu::ed25519
