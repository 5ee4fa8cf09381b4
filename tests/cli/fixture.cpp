#include "tests/cli/fixture.h"

#include <stdlib.h>

#include <fstream>
#include <iterator>

namespace jingchu::cli {

Ran run_command(std::vector<std::string> arguments) {
  std::ostringstream out;
  std::ostringstream error;
  Session session{{out, error}, system_files(), system_clock(), false, {}};
  const int status = run(std::move(arguments), session);
  return {status, out.str(), error.str()};
}

Directory::Directory() {
  std::string name = (std::filesystem::temp_directory_path() / "jingchu-cli-XXXXXX").string();
  CHECK(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

Directory::~Directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string Directory::write(const std::string& name, const std::string& content, unsigned mode) const {
  const auto written = system_files().write_atomically(path(name), as_bytes(content), mode);
  CHECK(written.ok());
  return path(name);
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace jingchu::cli
