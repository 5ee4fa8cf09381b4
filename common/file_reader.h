// Reads pieces of a file that may be larger than the memory: nothing but what was asked for is read.
#pragma once

#include <memory>
#include <string>

#include "common/bytes.h"
#include "common/result.h"

namespace jingchu {

// Thread-safe. Errors have the fault kEnvironment and name the path.
class FileReader {
 public:
  static Result<std::unique_ptr<FileReader>> open(const std::string& path);
  // Of a file that is in memory, under the name that errors give it.
  static std::unique_ptr<FileReader> over(std::string path, Bytes content);
  ~FileReader();
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;

  std::uint64_t size() const { return size_; }  // when it was opened
  const std::string& path() const { return path_; }
  // Exactly so many bytes; a file that ends before is "file-too-short", before anything is allocated.
  Result<Bytes> read(std::uint64_t offset, std::uint64_t size) const;

 private:
  FileReader(std::string path, int fd, std::uint64_t size, Bytes content = {})
      : path_(std::move(path)), fd_(fd), size_(size), content_(std::move(content)) {}

  const std::string path_;
  const int fd_;  // negative: content_ is the file
  const std::uint64_t size_;
  const Bytes content_;
};

}  // namespace jingchu
