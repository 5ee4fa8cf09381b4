#include "ledger/leveldb_reading.h"

#include <algorithm>

#include "common/codec.h"
#include "ledger/leveldb_environment.h"
#include "ledger/leveldb_files.h"

namespace jingchu::ledger {
namespace {

Error lost(const std::string& where) {
  return database_corrupted("a value is in a file that the database does not name", where);
}

}  // namespace

std::string file_key(std::uint32_t number) {
  std::string key(1, kOwnKeys);
  for (int shift = 24; shift >= 0; shift -= 8) key += static_cast<char>(number >> shift);
  return key;
}

Result<NamedFiles> named_files(leveldb::DB& database, const std::string& where) {
  NamedFiles named;
  leveldb::ReadOptions how;
  how.verify_checksums = true;
  const std::unique_ptr<leveldb::Iterator> iterator(database.NewIterator(how));
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
    const auto key = view(iterator->key());
    if (key.empty() || key.front() != kOwnKeys) break;
    std::uint32_t number = 0;
    for (const char c : key.substr(1)) number = number << 8 | static_cast<std::uint8_t>(c);
    const auto file = decode<NamedFile>(as_bytes(view(iterator->value())));
    if (file_key(number) != key || !file.ok()) {
      return database_corrupted("the name of a file of values cannot be read", where);
    }
    named[number] = *file;
  }
  if (!iterator->status().ok()) return storage_error(iterator->status(), where);
  return named;
}

Result<std::optional<ValuePlace>> place_of(std::string_view stored, const std::string& where) {
  if (!stored.empty() && stored.front() == kValueFollows) return std::optional<ValuePlace>();
  if (!stored.empty() && stored.front() == kPlaceFollows) {
    const auto place = decode<ValuePlace>(as_bytes(stored.substr(1)));
    if (place.ok()) return std::optional(*place);
  }
  return environment_error("storage-corrupted", "a stored value has no form that is known",
                           "check the disk; was it written by another version of this program?", where);
}

leveldb::Status get_stored(leveldb::DB& database, const leveldb::ReadOptions& how, std::string_view key,
                           std::string& stored) {
  const Environment::Reading reading;
  return database.Get(how, slice(key), &stored);
}

Result<std::optional<Bytes>> LevelDbReader::get(std::string_view key,
                                                const std::function<ValueView()>& files) const {
  thread_local std::string stored;
  std::optional<ValuePlace> before;
  for (;;) {
    const auto status = get_stored(database, how, key, stored);
    if (status.IsNotFound()) return std::optional<Bytes>();
    if (!status.ok()) return storage_error(status, where);
    ASSIGN_OR_RETURN(const auto place, place_of(stored, where));
    if (!place) return std::optional(to_bytes(std::string_view(stored).substr(1)));
    ASSIGN_OR_RETURN(auto value, ValueFiles::read(*files(), *place, key));
    if (value) return value;
    if (before == place) return lost(where);
    before = place;
  }
}

Status LevelDbReader::scan(leveldb::Iterator& iterator, const ValueFileMap& files, std::string_view prefix,
                           std::string_view from,
                           const std::function<bool(std::string_view key, ByteView value)>& visit) const {
  const std::string first = std::max<std::string>({std::string(prefix), std::string(from), {kOwnKeys + 1}});
  const auto next = [&](bool from_first) {
    const Environment::Reading reading;
    from_first ? iterator.Seek(first) : iterator.Next();
    return iterator.Valid();
  };
  for (bool is_there = next(true); is_there; is_there = next(false)) {
    const auto key = view(iterator.key());
    if (!key.starts_with(prefix)) break;
    const auto stored = view(iterator.value());
    ASSIGN_OR_RETURN(const auto place, place_of(stored, where));
    if (!place) {
      if (!visit(key, as_bytes(stored.substr(1)))) break;
      continue;
    }
    ASSIGN_OR_RETURN(const auto value, ValueFiles::read(files, *place, key));
    if (!value) return lost(where);
    if (!visit(key, *value)) break;
  }
  if (!iterator.status().ok()) return storage_error(iterator.status(), where);
  return ok_status();
}

}  // namespace jingchu::ledger
