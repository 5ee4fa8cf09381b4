// What LevelDB and the files of values do with the operating system, where LevelDB's own way is not safe.
#pragma once

#include <leveldb/env.h>

#include <atomic>
#include <cstdarg>

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

  std::atomic<bool> failed{false};  // the store must not be written any more
};

}  // namespace jingchu::ledger
