// The operating system's files behind one interface, so that tests can lose what was not synced, fill the
// disk up and fail (tests/support/faulty_file_system.h). Every error has the fault kEnvironment and names the
// path; "disk-full" and "storage-failed" are the disk's own (is_disk_error).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/bytes.h"
#include "common/result.h"

namespace jingchu {

// A file that only grows. After a failed append or sync the file must not be used any more: what is on the
// disk is unknown, and a later successful sync would prove nothing.
class AppendFile {
 public:
  virtual ~AppendFile() = default;
  virtual Status append(ByteView bytes) = 0;
  virtual Status sync() = 0;  // fdatasync: returns when all that was appended is durable
  virtual std::uint64_t size() const = 0;
};

// Held as long as the object lives; the kernel lets go when the process dies.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

// Of the disk that holds a path, for this process's user.
struct DiskSpace {
  std::uint64_t free_bytes = 0;
  std::uint64_t total_bytes = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual bool exists(const std::string& path) const = 0;
  // Permission bits (0600 and the like).
  virtual Result<unsigned> mode(const std::string& path) const = 0;
  // True if this process's user owns it.
  virtual Result<bool> is_ours(const std::string& path) const = 0;
  virtual Result<std::uint64_t> size(const std::string& path) const = 0;
  virtual Result<DiskSpace> space(const std::string& path) const = 0;
  // Names in a directory, sorted.
  virtual Result<std::vector<std::string>> list(const std::string& directory) const = 0;
  // The whole file; more than `bytes_max` bytes are an error, before anything is allocated.
  virtual Result<Bytes> read(const std::string& path, std::uint64_t bytes_max) const = 0;
  // Writes a new file beside the old one, syncs it, renames it over, syncs the directory: all or nothing.
  virtual Status write_atomically(const std::string& path, ByteView bytes, unsigned mode) = 0;
  // Opens for appending, creating the file (mode 0600) and syncing its directory if it is new.
  virtual Result<std::unique_ptr<AppendFile>> open_append(const std::string& path) = 0;
  virtual Status truncate(const std::string& path, std::uint64_t size) = 0;  // and syncs
  // A file or a directory, which takes the place of a file or of an empty directory; syncs both parents.
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  virtual Status remove(const std::string& path) = 0;  // a file or an empty directory; syncs its parent
  virtual Status make_directories(const std::string& path) = 0;  // mode 0700; syncs what it creates
  // Of a directory that exists; nothing is written. "in-use": another holder has it.
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& directory) = 0;
};

// The real one.
FileSystem& system_files();

// The disk is full, read-only or failing: no other input and no other configuration would have helped.
bool is_disk_error(const Error& error);

}  // namespace jingchu
