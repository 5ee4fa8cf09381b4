// Third-party conformance data, which lives beside the checkout and may be absent.
#pragma once

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace jingchu::test {

// True if it is there; otherwise says in one line what is skipped.
inline bool shared_data_present(const std::string& folder) {
  if (std::filesystem::is_directory(std::string(JINGCHU_SHARED_DATA) + "/" + folder)) return true;
  std::printf("skipped: the conformance data %s is not beside this checkout\n", folder.c_str());
  return false;
}

inline std::string shared_data_path(const std::string& path) {
  return std::string(JINGCHU_SHARED_DATA) + "/" + path;
}

inline std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace jingchu::test
