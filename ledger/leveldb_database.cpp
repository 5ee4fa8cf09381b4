#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>
#include <leveldb/write_batch.h>

#include <condition_variable>
#include <set>
#include <thread>
#include <utility>

#include "common/clock.h"
#include "common/codec.h"
#include "common/file_system.h"
#include "ledger/database.h"
#include "ledger/leveldb_environment.h"
#include "ledger/leveldb_files.h"
#include "ledger/leveldb_frozen.h"
#include "ledger/leveldb_reading.h"
#include "ledger/recent_places.h"
#include "ledger/value_cleaner.h"

namespace jingchu::ledger {
namespace {

constexpr std::size_t kMovedTogether = 64;  // live values, under one lock
// What a sync of values has to bring for the time that it takes: LevelDB writes as much again and again.
constexpr std::uint64_t kBytesEachMicrosecond = 8;
constexpr std::size_t kBatchBytesKept = 4 << 20;
constexpr int kValueFilesShare = 4;  // of the files kept open, one in so many holds values
// A round of cleaning ends when so many files had to stay: what is gone of others is found when their turn
// comes.
constexpr std::size_t kKeptARound = 2;

// Of the values that files may keep.
std::uint64_t large_bytes(const WriteBatch& batch) {
  std::uint64_t bytes = 0;
  for (const auto& write : batch.writes()) {
    const std::uint64_t size = write.value ? write.value->size() : write.bytes;
    if (family_of(write.key, size)) bytes += size;
  }
  return bytes;
}

class LevelDb final : public KeyValueStore {
 public:
  LevelDb(std::string directory, const LevelDbOptions& options)
      : directory_(std::move(directory)),
        value_write_bytes_(options.value_write_bytes),
        environment_(options.environment),
        cache_(leveldb::NewLRUCache(options.block_cache_bytes)),
        filter_(leveldb::NewBloomFilterPolicy(options.bloom_bits_per_key)),
        files_(environment_, directory_, options.value_file_bytes,
               std::max(1, options.files_max / kValueFilesShare)),
        recent_(options.recent_places) {
    options_.paranoid_checks = true;
    options_.env = &environment_;
    options_.info_log = &no_diary_;
    options_.max_open_files = options.files_max - options.files_max / kValueFilesShare;
    options_.write_buffer_size = options.write_buffer_bytes;
    options_.max_file_size = 16 << 20;  // fewer, larger tables: less is written again by compaction
    // Hashes and signatures do not compress; trying costs more processor time than the rest of a write.
    options_.compression = leveldb::kNoCompression;
    options_.block_cache = cache_.get();
    options_.filter_policy = filter_.get();
    read_.verify_checksums = true;
  }
  ~LevelDb() override {
    {
      const std::lock_guard lock(cleaner_mutex_);
      stopping_ = true;
    }
    wake_cleaner_.notify_one();
    if (cleaner_.joinable()) cleaner_.join();
    environment_.hold_nothing(true);
  }

  // `present`: a database is there already, and none must be made.
  Status open(bool present) {
    options_.create_if_missing = !present;
    options_.error_if_exists = !present;
    leveldb::DB* database = nullptr;
    const auto status = leveldb::DB::Open(options_, directory_, &database);
    if (!status.ok()) return storage_error(status, directory_);
    database_.reset(database);
    environment_.decide_by([database] { return has_full_level(*database); });
    ASSIGN_OR_RETURN(const auto named, named_files(*database_, directory_));
    RETURN_IF_ERROR(files_.open(named));
    cleaner_ = std::thread([this] { run_cleaner(); });
    return ok_status();
  }

  Result<std::optional<Bytes>> get(std::string_view key) const override {
    if (const auto place = recent_.find(key)) {
      auto value = ValueFiles::read(*files_.view(), *place, key);
      if (!value.ok()) return report(value.error());
      if (*value) return value;  // else it has moved meanwhile
    }
    auto found = reader().get(key, [this] { return files_.view(); });
    if (!found.ok()) return report(found.error());
    return found;
  }

  Status scan(std::string_view prefix, std::string_view from,
              const std::function<bool(std::string_view key, ByteView value)>& visit) const override {
    std::unique_ptr<leveldb::Iterator> iterator;
    ValueView files;
    {
      const std::lock_guard lock(writing_);
      iterator.reset(database_->NewIterator(read_));
      files = files_.view();
    }
    const Status read = reader().scan(*iterator, *files, prefix, from, visit);
    return read.ok() ? read : Status(report(read.error()));
  }

  std::unique_ptr<const KeyValueStore> freeze() const override {
    const std::lock_guard lock(writing_);
    return std::make_unique<FrozenLevelDb>(reader(), files_.view(), *this);
  }

  Status write(const WriteBatch& batch, Durability durability) override {
    const std::lock_guard lock(writing_);
    if (writes_.ApproximateSize() > kBatchBytesKept) writes_ = leveldb::WriteBatch();
    writes_.Clear();
    noted_.clear();
    const bool to_files = large_bytes(batch) >= bytes_worth_a_sync();
    if (!to_files)
      value_sync_us_ -= value_sync_us_ / 4;  // or a disk that was slow once would count as slow for ever
    for (const auto& write : batch.writes()) {
      if (const Bytes* value = write.value_in(made_)) {
        RETURN_IF_ERROR(put(write.key, *value, to_files, writes_));
      } else {
        writes_.Delete(slice(write.key));
        note(write.key, std::nullopt);
      }
    }
    return commit(writes_, durability);
  }

  Status compact(std::string_view from, std::string_view to) override {
    const leveldb::Slice begin = slice(from);
    const leveldb::Slice end = slice(to);
    environment_.hold_nothing(true);
    database_->CompactRange(&begin, &end);
    environment_.hold_nothing(false);
    return ok_status();
  }

  // Blocks are pruned in their order: what is gone is in the oldest files.
  Status reclaim() override {
    {
      const std::lock_guard lock(cleaning_);
      looked_at_[ValueFamily::kHistory] = 0;
    }
    {
      const std::lock_guard lock(writing_);
      files_.finish(ValueFamily::kHistory);
    }
    return clean(ValueFamily::kHistory);
  }

 private:
  LevelDbReader reader() const { return {*database_, read_, directory_}; }

  Status fail(const Error& error) {
    environment_.failed = true;
    return report(error);
  }

  // With `writing_` held, as everything that follows.
  std::uint64_t bytes_worth_a_sync() const {
    if (value_write_bytes_ == 0) return 0;
    return std::max(value_write_bytes_, value_sync_us_ * kBytesEachMicrosecond);
  }

  Status put(std::string_view key, ByteView value, bool to_files, leveldb::WriteBatch& writes) {
    const auto family = family_of(key, value.size());
    if (environment_.failed || !family || !to_files) {
      stored_.assign(1, kValueFollows);
      stored_ += as_text(value);
      writes.Put(slice(key), stored_);
      note(key, std::nullopt);
      return ok_status();
    }
    const auto place = files_.append(*family, key, value);
    if (!place.ok()) return fail(place.error());
    stored_.assign(1, kPlaceFollows);
    stored_ += as_text(encode(*place));
    writes.Put(slice(key), stored_);
    note(key, *family == ValueFamily::kTree ? std::optional(*place) : std::nullopt);
    return ok_status();
  }

  // What recent_ is told of when it is written.
  void note(std::string_view key, const std::optional<ValuePlace>& place) {
    if (!key.empty() && key.size() <= RecentPlaces::kKeyBytesMax) noted_.push_back({std::string(key), place});
  }

  // The values are durable before a key leads to them: whatever a crash leaves of the keys, they are there.
  Status commit(leveldb::WriteBatch& writes, Durability durability) {
    if (environment_.failed) {
      return environment_error("storage-failed", "an earlier write to this store failed",
                               "check the disk, then start again", directory_);
    }
    const std::uint64_t before_us = system_clock().monotonic_us();
    const auto synced = files_.sync();
    if (!synced.ok()) return fail(synced.error());
    if (!synced->empty()) value_sync_us_ = system_clock().monotonic_us() - before_us;
    for (const auto& [number, file] : *synced) {
      writes.Put(file_key(number), slice(as_text(encode(file))));
      auto& newest = newest_file_[file.family];
      if (number > newest && file.family != ValueFamily::kHistory) wake_cleaner(file.family);
      newest = std::max(newest, number);
    }
    leveldb::WriteOptions how;
    how.sync = durability == Durability::kSynced;
    const auto status = database_->Write(how, &writes);
    if (status.ok() && !environment_.failed) {
      recent_.apply(noted_);
      return ok_status();
    }
    return fail(storage_error(
        status.ok() ? leveldb::Status::IOError("syncing the write-ahead file failed") : status, directory_));
  }

  // ---- giving space back

  // A file was begun, so one is full. History goes by what is pruned: reclaim().
  void wake_cleaner(ValueFamily family) {
    {
      const std::lock_guard lock(cleaner_mutex_);
      to_clean_.insert(family);
    }
    wake_cleaner_.notify_one();
  }

  bool is_stopping() {
    const std::lock_guard lock(cleaner_mutex_);
    return stopping_;
  }

  void run_cleaner() {
    for (;;) {
      std::set<ValueFamily> families;
      {
        std::unique_lock lock(cleaner_mutex_);
        wake_cleaner_.wait(lock, [this] { return stopping_ || !to_clean_.empty(); });
        if (stopping_) return;
        families.swap(to_clean_);
      }
      for (const auto family : families) {
        // An error was told to whoever runs the store.
        if (!clean(family).ok()) return;
      }
    }
  }

  // From the oldest full file on, or behind the one that was looked at last.
  Status clean(ValueFamily family) {
    const std::lock_guard one_at_a_time(cleaning_);
    ValueFileMap full;
    {
      const std::lock_guard lock(writing_);
      full = files_.full(family);
    }
    auto& last = looked_at_[family];
    std::size_t kept = 0;
    for (std::size_t left = full.size(); left != 0 && kept != kKeptARound && !is_stopping(); --left) {
      auto next = full.upper_bound(last);
      if (next == full.end()) next = full.begin();
      last = next->first;
      const auto is_cleaned = clean_file(next->first, *next->second);
      if (!is_cleaned.ok()) return report(is_cleaned.error());
      kept += *is_cleaned ? 0 : 1;
    }
    return ok_status();
  }

  // False: most of it is still needed.
  Result<bool> clean_file(std::uint32_t number, const ValueFile& file) {
    ASSIGN_OR_RETURN(const bool is_worth_it, is_mostly_gone(*database_, recent_, number, file));
    if (!is_worth_it) return false;
    std::vector<LiveValue> live;
    RETURN_IF_ERROR(for_each_live(*database_, recent_, number, file, [&](LiveValue value) {
      live.push_back(std::move(value));
      if (live.size() < kMovedTogether) return ok_status();
      return move(std::exchange(live, {}));
    }));
    RETURN_IF_ERROR(move(live));
    {
      const std::lock_guard lock(writing_);
      leveldb::WriteBatch writes;
      noted_.clear();
      writes.Delete(file_key(number));
      // Synced: nothing in the database may lead to the file when it is gone.
      RETURN_IF_ERROR(commit(writes, Durability::kSynced));
    }
    RETURN_IF_ERROR(files_.remove(number));
    return true;
  }

  Status move(std::span<const LiveValue> values) {
    const std::lock_guard lock(writing_);
    leveldb::WriteBatch writes;
    noted_.clear();
    bool is_empty = true;
    for (const auto& [key, place] : values) {
      std::string stored;
      const auto status = get_stored(*database_, read_, key, stored);
      if (status.IsNotFound()) continue;
      if (!status.ok()) return storage_error(status, directory_);
      ASSIGN_OR_RETURN(const auto current, place_of(stored, directory_));
      if (current != place) continue;
      ASSIGN_OR_RETURN(const auto value, ValueFiles::read(*files_.view(), place, key));
      CHECK(value.has_value());  // only this thread removes files
      RETURN_IF_ERROR(put(key, *value, true, writes));
      is_empty = false;
    }
    // An empty batch would be a sync mark, and this is no sync.
    return is_empty ? ok_status() : commit(writes, Durability::kLater);
  }

  const std::string directory_;
  const std::uint64_t value_write_bytes_;
  Environment environment_;
  NoDiary no_diary_;
  std::unique_ptr<leveldb::Cache> cache_;
  std::unique_ptr<const leveldb::FilterPolicy> filter_;
  leveldb::Options options_;
  leveldb::ReadOptions read_;
  std::unique_ptr<leveldb::DB> database_;  // it uses all of the above until it is closed

  mutable std::mutex writing_;  // guards files_ where it is written, and what a write is made of
  ValueFiles files_;
  std::string stored_;
  Bytes made_;
  leveldb::WriteBatch writes_;  // of the write under way; what it has allocated serves the next one
  std::vector<RecentPlaces::Change> noted_;  // of the write under way
  RecentPlaces recent_;
  std::map<ValueFamily, std::uint32_t> newest_file_;  // that this process has written to
  std::uint64_t value_sync_us_ = 0;  // what the last sync of values took, less the longer ago that is

  std::mutex cleaning_;  // guards what is looked at
  std::map<ValueFamily, std::uint32_t> looked_at_;

  std::mutex cleaner_mutex_;  // guards what the cleaner waits for
  std::condition_variable wake_cleaner_;
  std::set<ValueFamily> to_clean_;
  bool stopping_ = false;
  std::thread cleaner_;
};

std::string identity_path(const std::string& directory) {
  return directory + "/chain";
}

Status check_identity(const std::string& directory, const LevelDbOptions& options) {
  const std::string path = identity_path(directory);
  if (options.identity.empty() || !system_files().exists(path)) return ok_status();
  ASSIGN_OR_RETURN(const Bytes found, system_files().read(path, 1024));
  if (as_text(found) == options.identity + "\n") return ok_status();
  return environment_error(
      "wrong-chain", "the database is of another network than " + options.identity,
      "put back the genesis file that this home was made with, or use this network's home", path);
}

}  // namespace

Result<std::unique_ptr<KeyValueStore>> open_leveldb(const std::string& directory,
                                                    const LevelDbOptions& options) {
  FileSystem& files = system_files();
  RETURN_IF_ERROR(check_identity(directory, options));
  ASSIGN_OR_RETURN(const auto found, check_leveldb_files(files, directory));
  RETURN_IF_ERROR(files.make_directories(directory));
  if (!options.identity.empty() && !files.exists(identity_path(directory))) {
    RETURN_IF_ERROR(
        files.write_atomically(identity_path(directory), as_bytes(options.identity + "\n"), 0600));
  }
  for (const auto& torn : found.torn) RETURN_IF_ERROR(files.truncate(torn.path, torn.valid_bytes));
  auto database = std::make_unique<LevelDb>(directory, options);
  RETURN_IF_ERROR(database->open(found.present));
  return std::unique_ptr<KeyValueStore>(std::move(database));
}

}  // namespace jingchu::ledger
