// The real file system, or another, of which a test changes one or two answers.
#pragma once

#include "common/file_system.h"

namespace jingchu::test {

class ForwardingFiles : public FileSystem {
 public:
  explicit ForwardingFiles(FileSystem& real = system_files()) : real_(real) {}

  bool exists(const std::string& path) const override { return real_.exists(path); }
  Result<unsigned> mode(const std::string& path) const override { return real_.mode(path); }
  Result<bool> is_ours(const std::string& path) const override { return real_.is_ours(path); }
  Result<std::uint64_t> size(const std::string& path) const override { return real_.size(path); }
  Result<DiskSpace> space(const std::string& path) const override { return real_.space(path); }
  Result<std::vector<std::string>> list(const std::string& path) const override { return real_.list(path); }
  Result<Bytes> read(const std::string& path, std::uint64_t bytes_max) const override {
    return real_.read(path, bytes_max);
  }
  Status write_atomically(const std::string& path, ByteView bytes, unsigned mode) override {
    return real_.write_atomically(path, bytes, mode);
  }
  Result<std::unique_ptr<AppendFile>> open_append(const std::string& path) override {
    return real_.open_append(path);
  }
  Status truncate(const std::string& path, std::uint64_t size) override { return real_.truncate(path, size); }
  Status rename(const std::string& from, const std::string& to) override { return real_.rename(from, to); }
  Status remove(const std::string& path) override { return real_.remove(path); }
  Status make_directories(const std::string& path) override { return real_.make_directories(path); }
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override { return real_.lock(path); }

 private:
  FileSystem& real_;
};

}  // namespace jingchu::test
