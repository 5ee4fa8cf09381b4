// What is checked of a LevelDB directory before LevelDB may touch it (docs/formats.md, "Database files").
// LevelDB alone would make a new database where CURRENT is lost, take damage near the end of a file for its
// end, and refuse an end that a power loss may leave.
#pragma once

#include <string>
#include <vector>

#include "common/file_system.h"

namespace jingchu::ledger {

struct LevelDbFiles {
  // A file whose last record a crash broke off, and where its whole records end.
  struct Torn {
    std::string path;
    std::uint64_t size = 0;
    std::uint64_t valid_bytes = 0;
  };

  bool present = false;  // a database is here; otherwise nothing, or a creation that a crash broke off
  std::vector<Torn> torn;
  std::vector<std::string> tables;  // paths of those that count; others are left over from a crash
};

// Data on the disk is not what was written: "storage-corrupted", with what to do about it.
Error database_corrupted(const std::string& what, const std::string& where);

// Changes nothing. Errors: "storage-corrupted", and those of reading.
Result<LevelDbFiles> check_leveldb_files(const FileSystem& files, const std::string& directory);

}  // namespace jingchu::ledger
