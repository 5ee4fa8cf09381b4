// What is left of a file of values that is full: whose keys were not erased or written again since.
//
// What LevelDB has is asked of `recent` first, which must have all that was written before the file was full.
// Errors of both: "storage-corrupted" also if any record of the file is damaged, for what is left of it then
// cannot be told.
#pragma once

#include <leveldb/db.h>

#include <functional>
#include <string>

#include "ledger/recent_places.h"
#include "ledger/value_files.h"

namespace jingchu::ledger {

struct LiveValue {
  std::string key;
  ValuePlace place;
};

// Whether two thirds of its bytes are gone; by some of its records if it is large, as keys that are hashes
// lie anywhere, and each is looked for by itself.
Result<bool> is_mostly_gone(leveldb::DB& database, const RecentPlaces& recent, std::uint32_t number,
                            const ValueFile& file);

// What is left, in the order of the file, as it was at the begin; an error of `visit` ends it.
Status for_each_live(leveldb::DB& database, const RecentPlaces& recent, std::uint32_t number,
                     const ValueFile& file, const std::function<Status(LiveValue)>& visit);

}  // namespace jingchu::ledger
