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

namespace leveldb {
class Env;
}

namespace jingchu::ledger {

// Writes that happen all or not at all; a later one of the same key wins.
class WriteBatch {
 public:
  struct Write {
    std::string key;
    std::optional<Bytes> value;        // nothing: an erasure, or a value that is made
    std::function<Bytes()> make = {};  // the value, when it is written
    std::size_t bytes = 0;             // of what is made, about

    // The value; null: an erasure. What is made lies in `room`.
    const Bytes* value_in(Bytes& room) const {
      if (!make) return value ? &*value : nullptr;
      room = make();
      return &room;
    }
  };

  void put(std::string key, Bytes value) { writes_.push_back({std::move(key), std::move(value)}); }
  // A large value that is not made before it is written: of many, only one is in memory at a time. `make` is
  // called by write(), once or more, and answers the same each time.
  void put_made(std::string key, std::size_t bytes, std::function<Bytes()> make) {
    writes_.push_back({std::move(key), std::nullopt, std::move(make), bytes});
  }
  void erase(std::string key) { writes_.push_back({std::move(key), std::nullopt}); }
  const std::vector<Write>& writes() const { return writes_; }

 private:
  std::vector<Write> writes_;
};

enum class Durability {
  kLater,   // survives the end of this process; a crash of the machine may lose it and all that follows
  kSynced,  // returns when this and everything written before it is durable
};

// Errors have the fault kEnvironment: "storage-corrupted", "storage-failed", "disk-full". After the first one
// nothing that the store answers should be trusted: whoever runs it is told of every one.
class KeyValueStore {
 public:
  using OnFailure = std::function<void(const Error&)>;

  virtual ~KeyValueStore() = default;
  // To be set before other threads use the store; called on the thread that met the error.
  void notify(OnFailure on_failure) { on_failure_ = std::move(on_failure); }
  // Tells of an error, also of one that a reader finds in what was stored, and gives it back.
  Error report(Error error) const {
    if (on_failure_) on_failure_(error);
    return error;
  }

  virtual Result<std::optional<Bytes>> get(std::string_view key) const = 0;
  // Visits the keys that begin with `prefix` and are >= `from`, in byte order, until `visit` answers false.
  virtual Status scan(std::string_view prefix, std::string_view from,
                      const std::function<bool(std::string_view key, ByteView value)>& visit) const = 0;
  // All of it as it is now, whatever is written later; reads only, and does not outlive the store.
  virtual std::unique_ptr<const KeyValueStore> freeze() const = 0;
  // After a failed write the store must not be written any more.
  virtual Status write(const WriteBatch& batch, Durability durability) = 0;
  // Gives back the space of what was erased of the keys from `from` up to `to`; takes long, other threads go
  // on.
  virtual Status compact(std::string_view /*from*/, std::string_view /*to*/) { return Done{}; }
  // Gives back the space of large values that were erased; the same.
  virtual Status reclaim() { return Done{}; }

 private:
  OnFailure on_failure_;
};

struct LevelDbOptions {
  std::size_t block_cache_bytes = 32 << 20;
  std::size_t write_buffer_bytes = 32 << 20;
  std::size_t recent_places = 1 << 18;  // of nodes of the tree, 28 bytes each (recent_places.h)
  int bloom_bits_per_key = 10;
  int files_max = 512;  // tables and files of values kept open; less is only slower
  // Of a file that keeps large values beside LevelDB (value_files.h).
  std::uint64_t value_file_bytes = 64 << 20;
  // Writes with fewer bytes of large values leave them in LevelDB, as do those that a sync as slow as the
  // last ones would not be worth: files cost a sync each. 0: never.
  std::uint64_t value_write_bytes = 16 << 10;
  // What the database holds, the chain's id: kept in the directory beside it, so that another one's is
  // refused before it is opened. Empty: not looked at.
  std::string identity = {};
  leveldb::Env* environment = nullptr;  // null: the operating system; outlives the database
};

// Checks its files and whose they are, and changes nothing if it refuses them ("storage-corrupted",
// "wrong-chain"); then cuts off what a crash tore and opens or creates the database (one process at a time).
// Checksums are verified on every read.
Result<std::unique_ptr<KeyValueStore>> open_leveldb(const std::string& directory,
                                                    const LevelDbOptions& options = {});

}  // namespace jingchu::ledger
