// What LevelDB and the files of values do with the operating system, where LevelDB's own way is not safe.
#pragma once

#include <leveldb/db.h>
#include <leveldb/env.h>

#include <atomic>
#include <cstdarg>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace jingchu::ledger {

// LevelDB's diary of its own work, a file that only grows.
class NoDiary final : public leveldb::Logger {
 public:
  void Logv(const char*, std::va_list) override {}
};

// `base`: null for the operating system.
class Environment final : public leveldb::EnvWrapper {
 public:
  explicit Environment(leveldb::Env* base) : EnvWrapper(base ? base : leveldb::Env::Default()) {}
  // Reads without mapping files into memory: there a failing disk is no error but the signal SIGBUS.
  leveldb::Status NewRandomAccessFile(const std::string& name, leveldb::RandomAccessFile** result) override;
  // Write-ahead files sync themselves when LevelDB lets go of them: it leaves them unsynced, although a later
  // synced write promises that all before it is durable.
  leveldb::Status NewWritableFile(const std::string& name, leveldb::WritableFile** result) override;

  // LevelDB merges a table into the next level because it was looked into in vain so often (allowed_seeks of
  // db/version_set.cc), whatever the filters saved. Where keys are hashes nearly every read is one of an old
  // or an absent key, and each table that is new would at once be merged into all that is there. Such work,
  // which only a read can ask for, waits until LevelDB has other work: a write-ahead file that is full. So
  // does what LevelDB asks for at the end of its own work, if by is_needed() nothing but reads can be behind
  // it: while it merges there are always tables that were read often enough.
  void Schedule(void (*work)(void*), void* argument) override;
  // Says after some work whether there is more to do than what reads ask for. Without it there always is.
  void decide_by(std::function<bool()> is_needed);
  // From here on, or not any more, no work waits: for calls that wait for LevelDB's work, for ever otherwise.
  void hold_nothing(bool from_here);

  // While one lives, its thread reads, and calls nothing else.
  class Reading {
   public:
    Reading() { ++depth(); }
    ~Reading() { --depth(); }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;
    static int& depth() {
      thread_local int depth = 0;
      return depth;
    }
  };

  std::atomic<bool> failed{false};  // the store must not be written any more

 private:
  struct Work;
  static void run(void* work);
  void let_go();
  bool is_more_needed(std::uint64_t logs_before);

  std::atomic<std::uint64_t> logs_ = 0;  // write-ahead files begun
  std::mutex mutex_;                     // guards what follows
  std::function<bool()> is_needed_;
  int holds_nothing_ = 0;
  std::vector<std::pair<void (*)(void*), void*>> waiting_;
};

// Whether a level of the database has so much that it should be merged into the next one: 6 tables at level
// 0, 3 * 10^L MiB at level L. LevelDB itself begins at 4 and 10^L (its doc/impl.md): then a table that comes
// alone, which spans all keys, is merged with all of level 2, which holds five times as much.
bool has_full_level(leveldb::DB& database);

}  // namespace jingchu::ledger
