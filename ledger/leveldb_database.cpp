#include <fcntl.h>
#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/env.h>
#include <leveldb/filter_policy.h>
#include <leveldb/write_batch.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "common/file_system.h"
#include "ledger/database.h"
#include "ledger/leveldb_files.h"

namespace jingchu::ledger {
namespace {

leveldb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}
std::string_view view(const leveldb::Slice& text) {
  return {text.data(), text.size()};
}

Error storage_error(const leveldb::Status& status, const std::string& directory) {
  const std::string what = status.ToString();
  if (status.IsCorruption()) return database_corrupted(what, directory);
  const auto says = [&](int number) { return what.find(std::strerror(number)) != std::string::npos; };
  if (says(ENOSPC) || says(EDQUOT)) {
    return environment_error("disk-full", what, "free space on this disk, then start again", directory);
  }
  return environment_error("storage-failed", what, "check the disk and the permissions of the directory",
                           directory);
}

// LevelDB leaves a finished write-ahead file without syncing it, although a later synced write promises that
// all before it is durable. This file syncs itself when LevelDB lets go of it.
class SyncedWhenDone final : public leveldb::WritableFile {
 public:
  SyncedWhenDone(leveldb::WritableFile* file, std::atomic<bool>& failed) : file_(file), failed_(failed) {}
  ~SyncedWhenDone() override {
    if (dirty_ && !file_->Sync().ok()) failed_ = true;
  }
  leveldb::Status Append(const leveldb::Slice& data) override {
    dirty_ = true;
    return file_->Append(data);
  }
  leveldb::Status Close() override {
    const auto status = Sync();
    return status.ok() ? file_->Close() : status;
  }
  leveldb::Status Flush() override { return file_->Flush(); }
  leveldb::Status Sync() override {
    const auto status = file_->Sync();
    if (status.ok()) dirty_ = false;
    return status;
  }

 private:
  std::unique_ptr<leveldb::WritableFile> file_;
  std::atomic<bool>& failed_;
  bool dirty_ = false;
};

// LevelDB's own maps tables into memory: there a failing disk is no error but the signal SIGBUS.
class TableFile final : public leveldb::RandomAccessFile {
 public:
  TableFile(std::string name, int fd) : name_(std::move(name)), fd_(fd) {}
  ~TableFile() override { ::close(fd_); }
  leveldb::Status Read(std::uint64_t offset, std::size_t size, leveldb::Slice* result,
                       char* scratch) const override {
    std::size_t done = 0;
    while (done < size) {
      const ssize_t got = ::pread(fd_, scratch + done, size - done, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return leveldb::Status::IOError(name_, std::strerror(errno));
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    *result = {scratch, done};
    return leveldb::Status::OK();
  }

 private:
  const std::string name_;
  const int fd_;
};

// LevelDB's diary of its own work, a file that only grows.
class NoDiary final : public leveldb::Logger {
 public:
  void Logv(const char*, std::va_list) override {}
};

class Environment final : public leveldb::EnvWrapper {
 public:
  explicit Environment(leveldb::Env* base) : EnvWrapper(base ? base : leveldb::Env::Default()) {}
  leveldb::Status NewRandomAccessFile(const std::string& name, leveldb::RandomAccessFile** result) override {
    *result = nullptr;
    const int fd = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return leveldb::Status::IOError(name, std::strerror(errno));
    *result = new TableFile(name, fd);
    return leveldb::Status::OK();
  }
  leveldb::Status NewWritableFile(const std::string& name, leveldb::WritableFile** result) override {
    const auto status = EnvWrapper::NewWritableFile(name, result);
    if (status.ok() && name.ends_with(".log")) *result = new SyncedWhenDone(*result, failed);
    return status;
  }

  std::atomic<bool> failed{false};
};

Result<std::optional<Bytes>> read_one(leveldb::DB& database, const leveldb::ReadOptions& how,
                                      std::string_view key, const std::string& directory) {
  thread_local std::string value;
  const auto status = database.Get(how, slice(key), &value);
  if (status.IsNotFound()) return std::optional<Bytes>();
  if (!status.ok()) return storage_error(status, directory);
  return std::optional<Bytes>(to_bytes(value));
}

Status read_many(leveldb::DB& database, const leveldb::ReadOptions& how, std::string_view prefix,
                 std::string_view from, const std::function<bool(std::string_view, ByteView)>& visit,
                 const std::string& directory) {
  const std::unique_ptr<leveldb::Iterator> iterator(database.NewIterator(how));
  for (iterator->Seek(slice(std::max(prefix, from))); iterator->Valid(); iterator->Next()) {
    const auto key = view(iterator->key());
    if (!key.starts_with(prefix) || !visit(key, as_bytes(view(iterator->value())))) break;
  }
  if (!iterator->status().ok()) return storage_error(iterator->status(), directory);
  return ok_status();
}

// What a LevelDB held at one moment.
class FrozenLevelDb final : public KeyValueStore {
 public:
  // `owner` is told of every error.
  FrozenLevelDb(leveldb::DB& database, leveldb::ReadOptions how, std::string directory,
                const KeyValueStore& owner)
      : database_(database),
        moment_(database.GetSnapshot(),
                [&database](const leveldb::Snapshot* moment) { database.ReleaseSnapshot(moment); }),
        how_(how),
        directory_(std::move(directory)),
        owner_(owner) {
    how_.snapshot = moment_.get();
    how_.fill_cache = false;  // it is read once, from end to end
  }

  Result<std::optional<Bytes>> get(std::string_view key) const override {
    auto found = read_one(database_, how_, key, directory_);
    if (!found.ok()) return owner_.report(found.error());
    return found;
  }
  Status scan(std::string_view prefix, std::string_view from,
              const std::function<bool(std::string_view key, ByteView value)>& visit) const override {
    const Status read = read_many(database_, how_, prefix, from, visit, directory_);
    return read.ok() ? read : Status(owner_.report(read.error()));
  }
  std::unique_ptr<const KeyValueStore> freeze() const override {
    return std::make_unique<FrozenLevelDb>(*this);
  }
  Status write(const WriteBatch&, Durability) override {
    return our_error("read-only", "a frozen store cannot be written");
  }

 private:
  leveldb::DB& database_;
  const std::shared_ptr<const leveldb::Snapshot> moment_;
  leveldb::ReadOptions how_;
  const std::string directory_;
  const KeyValueStore& owner_;
};

class LevelDb final : public KeyValueStore {
 public:
  LevelDb(std::string directory, const LevelDbOptions& options)
      : directory_(std::move(directory)),
        environment_(options.environment),
        cache_(leveldb::NewLRUCache(options.block_cache_bytes)),
        filter_(leveldb::NewBloomFilterPolicy(options.bloom_bits_per_key)) {
    options_.paranoid_checks = true;
    options_.env = &environment_;
    options_.info_log = &no_diary_;
    options_.max_open_files = options.files_max;
    options_.write_buffer_size = options.write_buffer_bytes;
    options_.max_file_size = 16 << 20;  // fewer, larger tables: less is written again by compaction
    // Hashes and signatures do not compress; trying costs more processor time than the rest of a write.
    options_.compression = leveldb::kNoCompression;
    options_.block_cache = cache_.get();
    options_.filter_policy = filter_.get();
    read_.verify_checksums = true;
  }

  // `present`: a database is there already, and none must be made.
  Status open(bool present) {
    options_.create_if_missing = !present;
    options_.error_if_exists = !present;
    leveldb::DB* database = nullptr;
    const auto status = leveldb::DB::Open(options_, directory_, &database);
    if (!status.ok()) return storage_error(status, directory_);
    database_.reset(database);
    return ok_status();
  }

  Result<std::optional<Bytes>> get(std::string_view key) const override {
    auto found = read_one(*database_, read_, key, directory_);
    if (!found.ok()) return report(found.error());
    return found;
  }

  Status scan(std::string_view prefix, std::string_view from,
              const std::function<bool(std::string_view key, ByteView value)>& visit) const override {
    const Status read = read_many(*database_, read_, prefix, from, visit, directory_);
    return read.ok() ? read : Status(report(read.error()));
  }

  std::unique_ptr<const KeyValueStore> freeze() const override {
    return std::make_unique<FrozenLevelDb>(*database_, read_, directory_, *this);
  }

  Status write(const WriteBatch& batch, Durability durability) override {
    if (environment_.failed) {
      return environment_error("storage-failed", "an earlier write to this store failed",
                               "check the disk, then start again", directory_);
    }
    leveldb::WriteBatch writes;
    for (const auto& [key, value] : batch.writes()) {
      if (value) {
        writes.Put(slice(key), slice(as_text(*value)));
      } else {
        writes.Delete(slice(key));
      }
    }
    leveldb::WriteOptions how;
    how.sync = durability == Durability::kSynced;
    const auto status = database_->Write(how, &writes);
    if (status.ok() && !environment_.failed) return ok_status();
    environment_.failed = true;
    return report(storage_error(
        status.ok() ? leveldb::Status::IOError("syncing the write-ahead file failed") : status, directory_));
  }

  Status compact(std::string_view from, std::string_view to) override {
    const leveldb::Slice begin = slice(from);
    const leveldb::Slice end = slice(to);
    database_->CompactRange(&begin, &end);
    return ok_status();
  }

 private:
  const std::string directory_;
  Environment environment_;
  NoDiary no_diary_;
  std::unique_ptr<leveldb::Cache> cache_;
  std::unique_ptr<const leveldb::FilterPolicy> filter_;
  leveldb::Options options_;
  leveldb::ReadOptions read_;
  std::unique_ptr<leveldb::DB> database_;  // last: it uses all of the above until it is closed
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
