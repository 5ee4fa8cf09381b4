#include "ledger/value_cleaner.h"

#include "common/file_system.h"
#include "ledger/leveldb_environment.h"
#include "ledger/leveldb_files.h"
#include "ledger/leveldb_reading.h"

namespace jingchu::ledger {
namespace {

constexpr std::uint64_t kLookedAtWholeBytes = 1 << 20;
constexpr std::uint64_t kSamples = 509;  // of a larger file; a prime, as blocks write records in groups

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

// Visits each record of the file; damage is an error.
Status for_each_record(const ValueFile& file, std::uint32_t number, std::uint64_t size,
                       const std::function<Status(const ValuePlace& place, std::string_view key)>& visit) {
  Status outcome = ok_status();
  ASSIGN_OR_RETURN(const auto end,
                   scan_value_file(file, number, [&](const ValuePlace& place, std::string_view key) {
                     outcome = visit(place, key);
                     return outcome.ok();
                   }));
  RETURN_IF_ERROR(outcome);
  if (end == size) return ok_status();
  return database_corrupted("a value at byte " + std::to_string(end) + " is damaged", file.path());
}

// Whether what the database has under the key leads to this place.
Result<bool> leads_to(const ValuePlace& place, std::string_view stored, const ValueFile& file) {
  ASSIGN_OR_RETURN(const auto current, place_of(stored, file.path()));
  return current == place;
}

}  // namespace

// The records at places that lie evenly, so that large ones count for more.
Result<bool> is_mostly_gone(leveldb::DB& database, const RecentPlaces& recent, std::uint32_t number,
                            const ValueFile& file) {
  ASSIGN_OR_RETURN(const auto size, system_files().size(file.path()));
  const std::uint64_t distance = size > kLookedAtWholeBytes ? size / kSamples : 1;
  leveldb::ReadOptions how;
  how.verify_checksums = true;
  how.fill_cache = false;
  std::uint64_t next = 0, seen = 0, live = 0;
  std::string stored;
  RETURN_IF_ERROR(
      for_each_record(file, number, size, [&](const ValuePlace& place, std::string_view key) -> Status {
        const std::uint64_t end = std::uint64_t{place.offset} + place.bytes;
        if (end <= next) return ok_status();
        const std::uint64_t samples = (end - 1 - next) / distance + 1;
        next += samples * distance;
        seen += samples;
        if (const auto current = recent.find(key)) {
          live += *current == place ? samples : 0;
          return ok_status();
        }
        const auto status = get_stored(database, how, key, stored);
        if (status.IsNotFound()) return ok_status();
        if (!status.ok()) return storage_error(status, file.path());
        ASSIGN_OR_RETURN(const bool is_live, leads_to(place, stored, file));
        live += is_live ? samples : 0;
        return ok_status();
      }));
  return live <= seen / 3;
}

Status for_each_live(leveldb::DB& database, const RecentPlaces& recent, std::uint32_t number,
                     const ValueFile& file, const std::function<Status(LiveValue)>& visit) {
  ASSIGN_OR_RETURN(const auto size, system_files().size(file.path()));
  Lookup lookup(database);
  return for_each_record(file, number, size, [&](const ValuePlace& place, std::string_view key) -> Status {
    if (const auto current = recent.find(key)) {
      return *current == place ? visit({std::string(key), place}) : ok_status();
    }
    const auto stored = lookup.find(key);
    if (!lookup.status().ok()) return storage_error(lookup.status(), file.path());
    if (!stored) return ok_status();
    ASSIGN_OR_RETURN(const bool is_live, leads_to(place, *stored, file));
    return is_live ? visit({std::string(key), place}) : ok_status();
  });
}

}  // namespace jingchu::ledger
