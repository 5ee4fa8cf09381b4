#include "ledger/value_cleaner.h"

#include "common/file_system.h"
#include "ledger/leveldb_environment.h"
#include "ledger/leveldb_files.h"
#include "ledger/leveldb_reading.h"

namespace jingchu::ledger {
namespace {

constexpr std::uint64_t kLookedAtWholeBytes = 1 << 20;
constexpr std::size_t kOneOfSoMany = 61;  // records; a prime, as blocks write them in groups

// Looks keys up that mostly ascend, as they do in a file: then from where it stands, without a seek in each
// table, which costs ten times as much.
class Lookup {
 public:
  explicit Lookup(leveldb::DB& database) {
    leveldb::ReadOptions how;
    how.verify_checksums = true;
    how.fill_cache = false;
    iterator_.reset(database.NewIterator(how));
  }
  // Valid until the next call. Nothing also after an error.
  std::optional<std::string_view> find(std::string_view key) {
    const Environment::Reading reading;
    if (!goes_on_to(key)) iterator_->Seek(slice(key));
    last_.assign(key);
    const bool is_there = iterator_->Valid() && view(iterator_->key()) == key;
    return is_there ? std::optional(view(iterator_->value())) : std::nullopt;
  }
  leveldb::Status status() const { return iterator_->status(); }

 private:
  static constexpr int kNear = 8;

  // It stands at the first key that is not below the last one: so, where that is not below this one either,
  // at this one's place.
  bool goes_on_to(std::string_view key) {
    if (key < last_) return false;
    for (int steps = 0; iterator_->Valid(); ++steps) {
      if (view(iterator_->key()) >= key) return true;
      if (steps == kNear) break;
      iterator_->Next();
    }
    return false;
  }

  std::unique_ptr<leveldb::Iterator> iterator_;
  std::string last_;
};

// Visits one of `of` records of the file with its place, if the database still leads there.
Status look_up(
    leveldb::DB& database, std::uint32_t number, const ValueFile& file, std::size_t of,
    const std::function<Status(const ValuePlace& place, std::string_view key, bool is_live)>& visit) {
  ASSIGN_OR_RETURN(const auto size, system_files().size(file.path()));
  Lookup lookup(database);
  Status outcome = ok_status();
  std::size_t seen = 0;
  const auto look = [&](const ValuePlace& place, std::string_view key) -> Status {
    if (seen++ % of != 0) return ok_status();
    const auto stored = lookup.find(key);
    if (!lookup.status().ok()) return storage_error(lookup.status(), file.path());
    if (!stored) return visit(place, key, false);
    ASSIGN_OR_RETURN(const auto current, place_of(*stored, file.path()));
    return visit(place, key, current == place);
  };
  ASSIGN_OR_RETURN(const auto end,
                   scan_value_file(file, number, [&](const ValuePlace& place, std::string_view key) {
                     outcome = look(place, key);
                     return outcome.ok();
                   }));
  RETURN_IF_ERROR(outcome);
  if (end == size) return ok_status();
  return database_corrupted("a value at byte " + std::to_string(end) + " is damaged", file.path());
}

}  // namespace

Result<bool> is_mostly_gone(leveldb::DB& database, std::uint32_t number, const ValueFile& file) {
  ASSIGN_OR_RETURN(const auto size, system_files().size(file.path()));
  std::uint64_t bytes = 0, live_bytes = 0;
  RETURN_IF_ERROR(look_up(database, number, file, size > kLookedAtWholeBytes ? kOneOfSoMany : 1,
                          [&](const ValuePlace& place, std::string_view, bool is_live) {
                            bytes += place.bytes;
                            live_bytes += is_live ? place.bytes : 0;
                            return ok_status();
                          }));
  return live_bytes <= bytes / 3;
}

Status for_each_live(leveldb::DB& database, std::uint32_t number, const ValueFile& file,
                     const std::function<Status(LiveValue)>& visit) {
  return look_up(database, number, file, 1, [&](const ValuePlace& place, std::string_view key, bool is_live) {
    return is_live ? visit({std::string(key), place}) : ok_status();
  });
}

}  // namespace jingchu::ledger
