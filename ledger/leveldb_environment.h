// What LevelDB and the files of values do with the operating system, where LevelDB's own way is not safe.
#pragma once

#include <leveldb/env.h>

#include <atomic>
#include <cstdarg>
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
  // which only a read can ask for, waits until LevelDB has other work: a write-ahead file that is full.
  void Schedule(void (*work)(void*), void* argument) override;
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
  void let_go();

  std::mutex mutex_;  // guards what follows
  int holds_nothing_ = 0;
  std::vector<std::pair<void (*)(void*), void*>> waiting_;
};

}  // namespace jingchu::ledger
