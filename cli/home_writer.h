// Writing homes of nodes: into a directory beside the wanted one, which takes its place only when all is
// there.
#pragma once

#include <filesystem>
#include <string>

#include "cli/passphrase.h"
#include "cli/session.h"
#include "consensus/durable.h"

namespace jingchu::cli {

Error cannot_write(const std::string& path, const std::string& why);

// The absolute path of a directory that does not exist or is empty. Error: "directory-not-empty".
Result<std::filesystem::path> free_directory(const std::string& given);

// A directory that is taken away again unless keep() moved it into place.
class Staging {
 public:
  Staging(FileSystem& files, std::filesystem::path target);
  ~Staging();
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  const std::filesystem::path& path() const { return path_; }
  Status keep();  // durably

 private:
  FileSystem& files_;
  std::filesystem::path target_;
  std::filesystem::path path_;
  bool kept_ = false;
};

// Writes everything below `root`. Encrypting takes about a second a key, hence the progress over `keys` keys.
class HomeWriter {
 public:
  HomeWriter(const Session& session, std::filesystem::path root, const Protection& protection,
             std::size_t keys)
      : session_(session), root_(std::move(root)), protection_(protection), keys_(keys), progress_(session) {}

  Status directory(const std::filesystem::path& name);
  Status text(const std::filesystem::path& name, const std::string& content);
  Status key(const std::filesystem::path& name, const PrivateKey& key);
  Status log(const std::filesystem::path& name, const consensus::KeyRecord& record);

 private:
  const Session& session_;
  std::filesystem::path root_;
  const Protection& protection_;
  std::size_t keys_;
  std::size_t written_ = 0;
  Progress progress_;
};

}  // namespace jingchu::cli
