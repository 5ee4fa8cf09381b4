#include "ledger/leveldb_environment.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

namespace jingchu::ledger {
namespace {

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
  let_go();
  return status;
}

void Environment::Schedule(void (*work)(void*), void* argument) {
  {
    const std::lock_guard lock(mutex_);
    if (Reading::depth() != 0 && holds_nothing_ == 0) {
      waiting_.emplace_back(work, argument);
      return;
    }
  }
  EnvWrapper::Schedule(work, argument);
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
  for (const auto& [work, argument] : waiting) EnvWrapper::Schedule(work, argument);
}

}  // namespace jingchu::ledger
