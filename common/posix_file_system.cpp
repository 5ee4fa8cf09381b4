#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "common/file_system.h"

namespace jingchu {
namespace {

std::string remedy_for(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return "free space on this disk, then start again; nothing that was acknowledged is lost";
    case EROFS:
      return "the disk is mounted read-only: check it and mount it writable, then start again";
    case EACCES:
    case EPERM:
      return "check the owner and the permissions of the path";
    case EIO:
      return "the disk reports an input/output error: check it before starting again";
    case ENOENT:
      return "check the path";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files (ulimit -n)";
    default:
      return {};
  }
}

std::string type_of(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return "disk-full";
    case EIO:
    case EROFS:
      return "storage-failed";
    case ENOENT:
      return "no-such-file";
    default:
      return "file-system";
  }
}

Error system_error(const std::string& action, const std::string& path, int error_number = errno) {
  return environment_error(type_of(error_number), action + " failed: " + std::strerror(error_number),
                           remedy_for(error_number), path);
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

Status write_all(int fd, ByteView bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error("writing", path);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return ok_status();
}

Status sync_parent(const std::string& path) {
  auto parent = std::filesystem::path(path).parent_path().string();
  if (parent.empty()) parent = ".";
  const Descriptor directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0) return system_error("opening the directory", parent);
  if (::fsync(directory.get()) != 0) return system_error("syncing the directory", parent);
  return ok_status();
}

class PosixAppendFile final : public AppendFile {
 public:
  PosixAppendFile(Descriptor fd, std::string path, std::uint64_t size)
      : fd_(std::move(fd)), path_(std::move(path)), size_(size) {}

  Status append(ByteView bytes) override {
    RETURN_IF_ERROR(write_all(fd_.get(), bytes, path_));
    size_ += bytes.size();
    return ok_status();
  }
  Status sync() override {
    if (::fdatasync(fd_.get()) != 0) return system_error("syncing", path_);
    return ok_status();
  }
  std::uint64_t size() const override { return size_; }

 private:
  Descriptor fd_;
  std::string path_;
  std::uint64_t size_;
};

class PosixFileLock final : public FileLock {
 public:
  explicit PosixFileLock(Descriptor fd) : fd_(std::move(fd)) {}

 private:
  Descriptor fd_;
};

class PosixFileSystem final : public FileSystem {
 public:
  bool exists(const std::string& path) const override { return ::access(path.c_str(), F_OK) == 0; }

  Result<unsigned> mode(const std::string& path) const override {
    struct stat info;
    if (::stat(path.c_str(), &info) != 0) return system_error("reading the permissions", path);
    return static_cast<unsigned>(info.st_mode & 07777);
  }

  Result<bool> is_ours(const std::string& path) const override {
    struct stat info;
    if (::stat(path.c_str(), &info) != 0) return system_error("reading the owner", path);
    return info.st_uid == ::geteuid();
  }

  Result<std::uint64_t> size(const std::string& path) const override {
    struct stat info;
    if (::stat(path.c_str(), &info) != 0) return system_error("reading the size", path);
    return static_cast<std::uint64_t>(info.st_size);
  }

  Result<DiskSpace> space(const std::string& path) const override {
    struct statvfs info;
    if (::statvfs(path.c_str(), &info) != 0) return system_error("reading the disk's free space", path);
    return DiskSpace{info.f_bavail * info.f_frsize, info.f_blocks * info.f_frsize};
  }

  Result<std::vector<std::string>> list(const std::string& directory) const override {
    std::error_code code;
    std::vector<std::string> names;
    for (std::filesystem::directory_iterator entry(directory, code), end; !code && entry != end;
         entry.increment(code)) {
      names.push_back(entry->path().filename().string());
    }
    if (code) return system_error("listing the directory", directory, code.value());
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<Bytes> read(const std::string& path, std::uint64_t bytes_max) const override {
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() < 0) return system_error("opening", path);
    struct stat info;
    if (::fstat(fd.get(), &info) != 0) return system_error("reading the size", path);
    if (!S_ISREG(info.st_mode)) return system_error("reading", path, EISDIR);
    if (static_cast<std::uint64_t>(info.st_size) > bytes_max) {
      return environment_error("file-too-large",
                               "the file has " + std::to_string(info.st_size) + " bytes; at most " +
                                   std::to_string(bytes_max) + " are read",
                               "is it the right file?", path);
    }
    Bytes bytes(static_cast<std::size_t>(info.st_size));
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t got = ::read(fd.get(), bytes.data() + done, bytes.size() - done);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return system_error("reading", path);
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
    return bytes;
  }

  Status write_atomically(const std::string& path, ByteView bytes, unsigned mode) override {
    const std::string temporary = path + ".new";
    ::unlink(temporary.c_str());
    const Descriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (fd.get() < 0) return system_error("creating", temporary);
    Status written = write_all(fd.get(), bytes, temporary);
    if (written.ok() && ::fchmod(fd.get(), mode) != 0)
      written = system_error("setting permissions", temporary);
    if (written.ok() && ::fsync(fd.get()) != 0) written = system_error("syncing", temporary);
    if (written.ok() && ::rename(temporary.c_str(), path.c_str()) != 0)
      written = system_error("renaming", temporary);
    if (!written.ok()) {
      ::unlink(temporary.c_str());
      return written;
    }
    return sync_parent(path);
  }

  Result<std::unique_ptr<AppendFile>> open_append(const std::string& path) override {
    const bool is_new = !exists(path);
    Descriptor fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
    if (fd.get() < 0) return system_error("opening", path);
    struct stat info;
    if (::fstat(fd.get(), &info) != 0) return system_error("reading the size", path);
    if (is_new) RETURN_IF_ERROR(sync_parent(path));
    return std::unique_ptr<AppendFile>(
        std::make_unique<PosixAppendFile>(std::move(fd), path, static_cast<std::uint64_t>(info.st_size)));
  }

  Status truncate(const std::string& path, std::uint64_t size) override {
    const Descriptor fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (fd.get() < 0) return system_error("opening", path);
    if (::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) return system_error("cutting", path);
    if (::fsync(fd.get()) != 0) return system_error("syncing", path);
    return ok_status();
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return system_error("renaming to " + to, from);
    RETURN_IF_ERROR(sync_parent(to));
    return sync_parent(from);
  }

  Status remove(const std::string& path) override {
    if (std::remove(path.c_str()) != 0) return system_error("removing", path);
    return sync_parent(path);
  }

  Status make_directories(const std::string& path) override {
    const std::filesystem::path whole(path);
    std::filesystem::path prefix;
    for (const auto& part : whole) {
      prefix /= part;
      if (prefix.empty() || exists(prefix.string())) continue;
      if (::mkdir(prefix.c_str(), 0700) != 0 && errno != EEXIST)
        return system_error("creating the directory", prefix);
      RETURN_IF_ERROR(sync_parent(prefix.string()));
    }
    return ok_status();
  }

  Result<std::unique_ptr<FileLock>> lock(const std::string& directory) override {
    Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0) return system_error("opening the directory", directory);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return system_error("locking the directory", directory);
      return environment_error(
          "in-use", "another process is using this directory",
          "stop the other process first; two nodes with one key would contradict each other", directory);
    }
    return std::unique_ptr<FileLock>(std::make_unique<PosixFileLock>(std::move(fd)));
  }
};

}  // namespace

FileSystem& system_files() {
  static PosixFileSystem files;
  return files;
}

bool is_disk_error(const Error& error) {
  return error.type == "disk-full" || error.type == "storage-failed";
}

}  // namespace jingchu
