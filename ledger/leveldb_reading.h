// Reading what LevelDbDatabase wrote: each value in LevelDB begins with a byte that says whether the value
// follows, or the place of it in a file (value_files.h).
#pragma once

#include <leveldb/db.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/value_files.h"

namespace jingchu::ledger {

inline constexpr char kValueFollows = 0;
inline constexpr char kPlaceFollows = 1;
// Begins the keys of the database's own: 0, then the number of a file of values, big-endian; the value is a
// NamedFile. Nobody else's keys begin so, and no scan shows them.
inline constexpr char kOwnKeys = 0;

inline leveldb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}
inline std::string_view view(const leveldb::Slice& text) {
  return {text.data(), text.size()};
}

std::string file_key(std::uint32_t number);
// The files that the database names.
Result<NamedFiles> named_files(leveldb::DB& database, const std::string& where);

// What stands in LevelDB under a key: the place, or nothing if the value itself follows.
Result<std::optional<ValuePlace>> place_of(std::string_view stored, const std::string& where);

// What stands in LevelDB under a key.
leveldb::Status get_stored(leveldb::DB& database, const leveldb::ReadOptions& how, std::string_view key,
                           std::string& stored);

struct LevelDbReader {
  leveldb::DB& database;
  leveldb::ReadOptions how;
  std::string where;  // for errors

  // A file that `files` has not any more: its values have moved meanwhile, and LevelDB knows where to.
  Result<std::optional<Bytes>> get(std::string_view key, const std::function<ValueView()>& files) const;
  // `iterator` and `files` are of one moment.
  Status scan(leveldb::Iterator& iterator, const ValueFileMap& files, std::string_view prefix,
              std::string_view from,
              const std::function<bool(std::string_view key, ByteView value)>& visit) const;
};

}  // namespace jingchu::ledger
