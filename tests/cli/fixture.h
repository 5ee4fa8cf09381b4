// Runs commands of jingchu inside the test, in a directory that goes away with it.
#pragma once

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "cli/session.h"

namespace jingchu::cli {

struct Ran {
  int status = 0;
  std::string out;
  std::string error;

  nlohmann::json json() const { return nlohmann::json::parse(out, nullptr, false); }
};

Ran run_command(std::vector<std::string> arguments);

class Directory {
 public:
  Directory();
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  std::string path(const std::string& name = {}) const { return (path_ / name).string(); }
  // Writes a file with that mode and returns its path.
  std::string write(const std::string& name, const std::string& content, unsigned mode = 0600) const;

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::string& path);

}  // namespace jingchu::cli
