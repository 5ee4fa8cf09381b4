// Makes snapshots of the state while the node goes on, and serves them: at the end of some epochs the store's
// state of that moment is held fast and written out by a thread of its own (docs/operations.md,
// "Snapshots").
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "common/log.h"
#include "ledger/snapshot_files.h"

namespace jingchu::node {

// What the API says of one.
struct SnapshotView {
  Height height;
  Epoch epoch;
  Hash id{};
  std::uint64_t time_ms = 0;  // of the block at that height
  std::size_t chunks = 0;
  std::uint64_t bytes = 0;
};

class Snapshots {
 public:
  struct Parts {
    const ledger::KeyValueStore* store = nullptr;  // these outlive it
    const ledger::Genesis* genesis = nullptr;
    FileSystem* files = nullptr;
    std::string directory;
    std::uint64_t every_blocks = 0;  // 0: none is made
    std::size_t keep = 0;            // how many, at least 1
    Log log;
  };

  explicit Snapshots(Parts parts);
  ~Snapshots() { stop(); }

  // Errors: those of the disk. What cannot be read is left aside.
  Status open();
  void start();
  // Gives up the one that is in the making.
  void stop();
  // On the thread that writes blocks, behind each of its writes: the store stands at this height.
  void after_blocks(Height height);

  // From any thread.
  std::vector<SnapshotView> list() const;
  // Errors: kCaller "not-found"; kEnvironment those of the disk. A chunk that is damaged is never given: the
  // snapshot is not there any more.
  Result<Bytes> manifest(Height height) const;
  Result<Bytes> chunk(Height height, std::size_t index);

 private:
  using SnapshotPointer = std::shared_ptr<const ledger::Snapshot>;

  bool is_due(Height height) const;
  void run();
  Status make(const ledger::KeyValueStore& frozen);
  // Waits for the block behind this height; false: the node stops.
  bool wait_for_next(Height height);
  Status keep_some();
  SnapshotPointer find(Height height) const;
  void withdraw(Height height, const Error& why);

  Parts parts_;
  ledger::SnapshotFiles files_;

  mutable std::mutex mutex_;  // guards what is below
  std::condition_variable wake_;
  std::map<Height, SnapshotPointer> kept_;
  std::unique_ptr<const ledger::KeyValueStore> frozen_;  // to be written out next
  bool busy_ = false;
  Height executed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace jingchu::node
