#include "ledger/leveldb_environment.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

namespace jingchu::ledger {
namespace {

// Of the thread that does LevelDB's work.
struct UnderWay {
  bool works = false;
  bool has_held = false;  // what that work has asked for waits
};
thread_local UnderWay under_way;

class SyncedWhenDone final : public leveldb::WritableFile {
 public:
  SyncedWhenDone(leveldb::WritableFile* file, std::atomic<bool>& failed) : file_(file), failed_(failed) {}
  ~SyncedWhenDone() override {
    if (dirty_ && !file_->Sync().ok()) failed_ = true;
  }
  leveldb::Status Append(const leveldb::Slice& data) override {
    dirty_ = true;
    return file_->Append(data);
  }
  leveldb::Status Close() override {
    const auto status = Sync();
    return status.ok() ? file_->Close() : status;
  }
  leveldb::Status Flush() override { return file_->Flush(); }
  leveldb::Status Sync() override {
    const auto status = file_->Sync();
    if (status.ok()) dirty_ = false;
    return status;
  }

 private:
  std::unique_ptr<leveldb::WritableFile> file_;
  std::atomic<bool>& failed_;
  bool dirty_ = false;
};

class TableFile final : public leveldb::RandomAccessFile {
 public:
  TableFile(std::string name, int fd) : name_(std::move(name)), fd_(fd) {}
  ~TableFile() override { ::close(fd_); }
  leveldb::Status Read(std::uint64_t offset, std::size_t size, leveldb::Slice* result,
                       char* scratch) const override {
    std::size_t done = 0;
    while (done < size) {
      const ssize_t got = ::pread(fd_, scratch + done, size - done, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return leveldb::Status::IOError(name_, std::strerror(errno));
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    *result = {scratch, done};
    return leveldb::Status::OK();
  }

 private:
  const std::string name_;
  const int fd_;
};

}  // namespace

leveldb::Status Environment::NewRandomAccessFile(const std::string& name,
                                                 leveldb::RandomAccessFile** result) {
  *result = nullptr;
  const int fd = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return leveldb::Status::IOError(name, std::strerror(errno));
  *result = new TableFile(name, fd);
  return leveldb::Status::OK();
}

leveldb::Status Environment::NewWritableFile(const std::string& name, leveldb::WritableFile** result) {
  const auto status = EnvWrapper::NewWritableFile(name, result);
  if (!name.ends_with(".log")) return status;
  if (status.ok()) *result = new SyncedWhenDone(*result, failed);
  ++logs_;
  let_go();
  return status;
}

struct Environment::Work {
  Environment& environment;
  void (*work)(void*);
  void* argument;
};

void Environment::Schedule(void (*work)(void*), void* argument) {
  {
    const std::lock_guard lock(mutex_);
    if ((Reading::depth() != 0 || under_way.works) && holds_nothing_ == 0) {
      waiting_.emplace_back(work, argument);
      under_way.has_held = under_way.works;
      return;
    }
  }
  EnvWrapper::Schedule(run, new Work{*this, work, argument});
}

void Environment::decide_by(std::function<bool()> is_needed) {
  const std::lock_guard lock(mutex_);
  is_needed_ = std::move(is_needed);
}

// LevelDB closes only when no work is left: where some waits, the database and this are still there when it
// is over; else they may be gone.
void Environment::run(void* scheduled) {
  const std::unique_ptr<Work> work(static_cast<Work*>(scheduled));
  const std::uint64_t logs_before = work->environment.logs_;
  under_way = {true, false};
  work->work(work->argument);
  const bool has_held = under_way.has_held;
  under_way = {};
  if (has_held && work->environment.is_more_needed(logs_before)) work->environment.let_go();
}

// A write-ahead file that was begun meanwhile leaves a table in memory to write.
bool Environment::is_more_needed(std::uint64_t logs_before) {
  std::function<bool()> is_needed;
  {
    const std::lock_guard lock(mutex_);
    is_needed = is_needed_;
  }
  return logs_ != logs_before || !is_needed || is_needed();
}

void Environment::hold_nothing(bool from_here) {
  {
    const std::lock_guard lock(mutex_);
    holds_nothing_ += from_here ? 1 : -1;
  }
  if (from_here) let_go();
}

void Environment::let_go() {
  std::vector<std::pair<void (*)(void*), void*>> waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
  }
  for (const auto& [work, argument] : waiting) EnvWrapper::Schedule(run, new Work{*this, work, argument});
}

// Out of LevelDB's table of its levels: a line for each, which begins with its number, tables and MiB.
bool has_full_level(leveldb::DB& database) {
  constexpr int kTablesAtZeroMax = 6;  // writes are slowed down at 8
  std::string table;
  const bool is_there = database.GetProperty("leveldb.stats", &table);
  if (!is_there || table.find("Level  Files Size(MB)") == table.npos) return true;  // let LevelDB decide
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) {
    int level = 0, tables = 0, mebibytes = 0;
    if (std::sscanf(line.c_str(), "%d %d %d", &level, &tables, &mebibytes) != 3) continue;
    int full = 3;
    for (int i = 0; i < level; ++i) full *= 10;
    if (level == 0 ? tables >= kTablesAtZeroMax : mebibytes >= full) return true;
  }
  return false;
}

}  // namespace jingchu::ledger
