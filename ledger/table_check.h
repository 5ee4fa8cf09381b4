// Reads LevelDB's tables and the files of values beside them from the first byte to the last, without
// LevelDB, which reads what it is asked for and does not say in which file it found damage (its
// doc/table_format.md).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/file_system.h"

namespace jingchu::ledger {

// Bytes read, of so many.
using BytesProgress = std::function<void(std::uint64_t done, std::uint64_t of)>;

struct TableCheck {
  std::uint64_t tables = 0;
  std::uint64_t value_files = 0;
  std::uint64_t bytes = 0;     // of both
  std::vector<Error> damaged;  // "storage-corrupted", each naming its file and the place in it
};

// Every block of every table of a database that nobody has open, against its checksum; that blocks, index and
// footer leave no byte out; and every record of its files of values. The end of a file that was written last
// may be broken off: what the database has there is found missing when it is read. Errors: those of reading,
// and of check_leveldb_files().
Result<TableCheck> check_tables(const FileSystem& files, const std::string& directory,
                                const BytesProgress& progress = {});

// The same of one table's bytes: what is damaged, or nothing.
std::optional<std::string> damage_of_table(ByteView table);

}  // namespace jingchu::ledger
