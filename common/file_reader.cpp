#include "common/file_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

namespace jingchu {
namespace {

Error failed(const char* doing, const std::string& path) {
  return environment_error("file-failed", std::string(doing) + " failed: " + std::strerror(errno),
                           "check the path, its permissions and the disk", path);
}

}  // namespace

Result<std::unique_ptr<FileReader>> FileReader::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return failed("opening", path);
  struct stat info;
  std::optional<Error> refused;
  if (::fstat(fd, &info) != 0) refused = failed("reading the size", path);
  if (!refused && !S_ISREG(info.st_mode)) {
    errno = EISDIR;
    refused = failed("reading", path);
  }
  if (refused) {
    ::close(fd);
    return *refused;
  }
  return std::unique_ptr<FileReader>(new FileReader(path, fd, static_cast<std::uint64_t>(info.st_size)));
}

std::unique_ptr<FileReader> FileReader::over(std::string path, Bytes content) {
  const std::uint64_t size = content.size();
  return std::unique_ptr<FileReader>(new FileReader(std::move(path), -1, size, std::move(content)));
}

FileReader::~FileReader() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Bytes> FileReader::read(std::uint64_t offset, std::uint64_t size) const {
  const auto short_file = [&] {
    return environment_error("file-too-short",
                             "it ends before byte " + std::to_string(offset) + " + " + std::to_string(size),
                             {}, path_);
  };
  if (offset > size_ || size > size_ - offset) return short_file();
  if (fd_ < 0) {
    const auto piece =
        ByteView(content_).subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
    return to_bytes(piece);
  }
  Bytes bytes(static_cast<std::size_t>(size));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got =
        ::pread(fd_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("reading", path_);
    if (got == 0) return short_file();
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace jingchu
