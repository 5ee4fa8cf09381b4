#include "ledger/value_cleaner.h"

#include "common/file_system.h"
#include "ledger/leveldb_files.h"
#include "ledger/leveldb_reading.h"

namespace jingchu::ledger {
namespace {

// Looks keys up that mostly ascend, as they do in a file.
class Lookup {
 public:
  explicit Lookup(leveldb::DB& database) {
    leveldb::ReadOptions how;
    how.verify_checksums = true;
    how.fill_cache = false;
    iterator_.reset(database.NewIterator(how));
  }
  // Valid until the next call.
  std::optional<std::string_view> find(std::string_view key) {
    if (is_at_ && iterator_->Valid()) iterator_->Next();
    if (!is_at_ || !iterator_->Valid() || view(iterator_->key()) != key) iterator_->Seek(slice(key));
    is_at_ = iterator_->Valid() && view(iterator_->key()) == key;
    return is_at_ ? std::optional(view(iterator_->value())) : std::nullopt;
  }
  leveldb::Status status() const { return iterator_->status(); }

 private:
  std::unique_ptr<leveldb::Iterator> iterator_;
  bool is_at_ = false;
};

}  // namespace

Result<FileSurvey> survey_file(leveldb::DB& database, std::uint32_t number, const ValueFile& file) {
  FileSurvey survey;
  ASSIGN_OR_RETURN(survey.bytes, system_files().size(file.path()));
  Lookup lookup(database);
  Status outcome = ok_status();
  const auto visit = [&](const ValuePlace& place, std::string_view key) {
    const auto stored = lookup.find(key);
    if (!stored) return lookup.status().ok();
    const auto current = place_of(*stored, file.path());
    if (!current.ok()) outcome = current.error();
    if (!current.ok() || *current != place) return current.ok();
    survey.live_bytes += place.bytes;
    survey.live.push_back({std::string(key), place});
    return true;
  };
  ASSIGN_OR_RETURN(const auto end, scan_value_file(file, number, visit));
  RETURN_IF_ERROR(outcome);
  if (!lookup.status().ok()) return storage_error(lookup.status(), file.path());
  if (end == survey.bytes) return survey;
  return database_corrupted("a value at byte " + std::to_string(end) + " is damaged", file.path());
}

}  // namespace jingchu::ledger
