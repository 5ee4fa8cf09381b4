// An operating system whose power may fail.
#pragma once

#include <leveldb/env.h>

#include <utility>

#include "tests/ledger/leveldb_fixture.h"

namespace jingchu::ledger::test {

// Holds LevelDB's own thread back, and knows what of each file a power loss would leave.
class PowerLoss final : public leveldb::EnvWrapper {
 public:
  PowerLoss() : EnvWrapper(leveldb::Env::Default()) {}

  void Schedule(void (*work)(void*), void* argument) override { held_.emplace_back(work, argument); }
  // To be called when no one writes any more.
  void let_go() {
    for (const auto& [work, argument] : std::exchange(held_, {})) work(argument);
  }

  leveldb::Status NewWritableFile(const std::string& name, leveldb::WritableFile** result) override {
    const auto status = EnvWrapper::NewWritableFile(name, result);
    if (status.ok()) *result = new File(*result, sizes_[name] = std::make_shared<Size>(), syncs_fail);
    return status;
  }
  leveldb::Status NewAppendableFile(const std::string& name, leveldb::WritableFile** result) override {
    const auto status = EnvWrapper::NewAppendableFile(name, result);
    if (!status.ok()) return status;
    const auto size = fs::file_size(name);
    *result = new File(*result, sizes_[name] = std::make_shared<Size>(Size{size, size}), syncs_fail);
    return status;
  }
  bool syncs_fail = false;
  // The directory as it is after a power loss now.
  // `keeps`: files of which by chance all was written.
  void copy_durable(const std::string& from, const std::string& to, const std::string& keeps = "-") const {
    fs::copy(from, to, fs::copy_options::recursive);
    for (const auto& [name, size] : sizes_) {
      const auto copied = fs::path(to) / fs::relative(name, from);
      if (fs::exists(copied) && !name.ends_with(keeps))
        fs::resize_file(copied, std::min<std::uint64_t>(size->synced, fs::file_size(copied)));
    }
  }

 private:
  struct Size {
    std::uint64_t written = 0, synced = 0;
  };
  class File final : public leveldb::WritableFile {
   public:
    File(leveldb::WritableFile* file, std::shared_ptr<Size> size, const bool& syncs_fail)
        : file_(file), size_(std::move(size)), syncs_fail_(syncs_fail) {}
    leveldb::Status Append(const leveldb::Slice& data) override {
      size_->written += data.size();
      return file_->Append(data);
    }
    leveldb::Status Close() override { return file_->Close(); }
    leveldb::Status Flush() override { return file_->Flush(); }
    leveldb::Status Sync() override {
      if (syncs_fail_) return leveldb::Status::IOError("the disk fails");
      const auto status = file_->Sync();
      if (status.ok()) size_->synced = size_->written;
      return status;
    }

   private:
    std::unique_ptr<leveldb::WritableFile> file_;
    std::shared_ptr<Size> size_;
    const bool& syncs_fail_;
  };
  std::vector<std::pair<void (*)(void*), void*>> held_;
  std::map<std::string, std::shared_ptr<Size>> sizes_;
};

}  // namespace jingchu::ledger::test
