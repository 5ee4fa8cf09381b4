// What is left of a file of values: whose keys were not erased or written again since.
#pragma once

#include <leveldb/db.h>

#include <string>
#include <vector>

#include "ledger/value_files.h"

namespace jingchu::ledger {

struct LiveValue {
  std::string key;
  ValuePlace place;
};

struct FileSurvey {
  std::uint64_t bytes = 0;
  std::uint64_t live_bytes = 0;
  std::vector<LiveValue> live;
};

// Of a file that is full. Errors: "storage-corrupted" also if any of its records is damaged, for what is left
// of it then cannot be told.
Result<FileSurvey> survey_file(leveldb::DB& database, std::uint32_t number, const ValueFile& file);

}  // namespace jingchu::ledger
