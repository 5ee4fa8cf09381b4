// The log of what this validator must never forget: its votes, proposals and batches (consensus/durable.h).
// All groups that wait are written together and made durable by ONE sync, whose receipt lets the held
// messages out. After a failed write or sync the log refuses everything: what the disk then holds is unknown.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/file_system.h"
#include "consensus/durable.h"
#include "ledger/log_format.h"

namespace jingchu::ledger {

class DurableLog final : public consensus::RecordLog {
 public:
  using OnSynced = std::function<void(consensus::SyncReceipt)>;
  using OnFailure = std::function<void(const Error&)>;
  // What one sync cost, for metrics: the bytes of its group and the time of writing and syncing them.
  using OnWritten = std::function<void(std::uint64_t bytes, std::uint64_t took_us)>;

  // What a directory holds.
  struct Found {
    std::vector<consensus::Record> records;  // in their order; the first is the KeyRecord
    std::uint64_t torn_bytes = 0;            // a group that a crash broke off before its sync, to be cut off
    std::uint64_t segment = 0;               // the one that counts
    std::vector<std::uint64_t> superfluous;  // segments before it, or one after it that a crash broke off
    std::uint64_t valid_bytes = 0;
    std::uint64_t last_group = 0;
    log_format::Salt salt{};
  };

  // A new log in a directory that has none; its first record says which key it belongs to. "log-exists".
  static Status create(FileSystem& files, const std::string& directory, const consensus::KeyRecord& key);
  // True if the directory holds a log.
  static Result<bool> exists(FileSystem& files, const std::string& directory);
  // Reads the last whole segment and changes nothing. Errors: "no-log", "log-damaged", "wrong-chain".
  static Result<Found> find(FileSystem& files, const std::string& directory, const Hash& chain_id);
  // Cuts off the torn last group, removes the other segments, goes on behind what was found. `files` outlives
  // the log.
  static Result<std::unique_ptr<DurableLog>> open(FileSystem& files, const std::string& directory,
                                                  const Found& found);

  // Writes what is queued, then stops.
  ~DurableLog() override;

  // Sets who is told, before the first append. on_failure is called at most once. Both are called by whoever
  // writes: the writer thread, or the caller of flush().
  void notify(OnSynced on_synced, OnFailure on_failure, OnWritten on_written = {});
  // From here on a thread of the log's own writes; without it flush() does.
  void start();

  // Queues a group and returns at once. Turns ascend. Thread-safe.
  void append(std::uint64_t turn, const std::vector<consensus::Record>& records);
  // Queues the change to a new segment that begins with these records; the older segment is removed once they
  // are durable. Records appended before are in the old one, so `live` must hold what is still needed of
  // them. Thread-safe.
  void rotate(const std::vector<consensus::Record>& live);
  // Writes all that is queued. For use without start().
  Status flush();

  // Of the current segment; rotate when it has grown large (64 MiB, say). Thread-safe.
  std::uint64_t segment_bytes() const;

 private:
  struct Item {
    std::uint64_t turn = 0;
    std::vector<Bytes> records;
    bool rotates = false;
  };

  DurableLog(FileSystem& files, std::string directory) : files_(files), directory_(std::move(directory)) {}
  void enqueue(Item item);
  void run();
  Status write_items(std::vector<Item> items);
  Status write_group(std::uint64_t turn, const std::vector<Bytes>& records);
  Status change_segment(const std::vector<Bytes>& live);
  Status fail(Error error);

  FileSystem& files_;
  const std::string directory_;
  OnSynced on_synced_;
  OnFailure on_failure_;
  OnWritten on_written_;

  mutable std::mutex mutex_;  // guards the queue and what is below it
  std::condition_variable wake_;
  std::vector<Item> queue_;
  bool stopping_ = false;
  bool failed_ = false;
  std::uint64_t segment_bytes_ = 0;

  // Only the writer touches these.
  std::unique_ptr<AppendFile> file_;
  std::uint64_t segment_ = 0;
  log_format::Salt salt_{};
  std::uint64_t next_group_ = 1;
  std::uint64_t last_turn_ = 0;
  std::thread writer_;
};

}  // namespace jingchu::ledger
