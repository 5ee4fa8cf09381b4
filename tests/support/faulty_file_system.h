// A file system in memory that behaves as badly as a real one may: a crash loses what was not synced, the
// disk fills up, a write or sync fails. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "common/file_system.h"

namespace jingchu::test {

class FaultyFileSystem final : public FileSystem {
 public:
  // The machine stops and starts again: of what was appended and not synced, `kept` answers how many bytes of
  // how many reached the disk (none if it is empty). Files opened before must not be used any more.
  void crash(const std::function<std::size_t(const std::string& path, std::size_t unsynced)>& kept = {});
  // Appends beyond so many bytes in all fail with "disk-full", after writing what fits.
  void set_capacity(std::optional<std::uint64_t> bytes);
  // The next sync fails (once), as a disk with a bad sector does.
  void fail_next_sync();

  std::uint64_t sync_count() const;
  // What a reader sees now.
  Bytes content(const std::string& path) const;
  // Puts a file there, synced.
  void put(const std::string& path, Bytes content);
  // The file belongs to another user from now on.
  void give_away(const std::string& path);

  bool exists(const std::string& path) const override;
  Result<unsigned> mode(const std::string& path) const override;
  Result<bool> is_ours(const std::string& path) const override;
  Result<std::uint64_t> size(const std::string& path) const override;
  Result<DiskSpace> space(const std::string& path) const override;
  Result<std::vector<std::string>> list(const std::string& directory) const override;
  Result<Bytes> read(const std::string& path, std::uint64_t bytes_max) const override;
  Status write_atomically(const std::string& path, ByteView bytes, unsigned mode) override;
  Result<std::unique_ptr<AppendFile>> open_append(const std::string& path) override;
  Status truncate(const std::string& path, std::uint64_t size) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status make_directories(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;

 private:
  friend class FaultyAppendFile;
  struct File {
    Bytes bytes;
    std::size_t synced = 0;
    unsigned mode = 0600;
    bool ours = true;
  };

  Status append(const std::string& path, ByteView bytes);
  Status sync(const std::string& path);
  std::uint64_t used_bytes() const;

  mutable std::mutex mutex_;
  std::map<std::string, File> files_;
  std::map<std::string, bool> locks_;
  std::optional<std::uint64_t> capacity_;
  bool fails_next_sync_ = false;
  std::uint64_t sync_count_ = 0;
};

}  // namespace jingchu::test
