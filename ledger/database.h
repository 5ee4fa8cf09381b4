// An ordered key-value store behind one interface: LevelDB in the node, memory in tests. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.h"
#include "common/result.h"

namespace jingchu::ledger {

// Writes that happen all or not at all; a later one of the same key wins.
class WriteBatch {
 public:
  struct Write {
    std::string key;
    std::optional<Bytes> value;  // nothing: an erasure
  };

  void put(std::string key, Bytes value) { writes_.push_back({std::move(key), std::move(value)}); }
  void erase(std::string key) { writes_.push_back({std::move(key), std::nullopt}); }
  const std::vector<Write>& writes() const { return writes_; }

 private:
  std::vector<Write> writes_;
};

enum class Durability {
  kLater,   // survives the end of this process; a crash of the machine may lose it and all that follows
  kSynced,  // returns when this and everything written before it is durable
};

// Errors have the fault kEnvironment: "storage-corrupted", "storage-failed", "disk-full".
class KeyValueStore {
 public:
  virtual ~KeyValueStore() = default;
  virtual Result<std::optional<Bytes>> get(std::string_view key) const = 0;
  // Visits the keys that begin with `prefix` and are >= `from`, in byte order, until `visit` answers false.
  virtual Status scan(std::string_view prefix, std::string_view from,
                      const std::function<bool(std::string_view key, ByteView value)>& visit) const = 0;
  // After a failed write the store must not be written any more.
  virtual Status write(const WriteBatch& batch, Durability durability) = 0;
};

struct LevelDbOptions {
  std::size_t block_cache_bytes = 64 << 20;
  std::size_t write_buffer_bytes = 64 << 20;
  int bloom_bits_per_key = 10;
};

// Opens or creates a LevelDB database (one process at a time) with checksums verified on every read.
Result<std::unique_ptr<KeyValueStore>> open_leveldb(const std::string& directory,
                                                    const LevelDbOptions& options = {});

}  // namespace jingchu::ledger
