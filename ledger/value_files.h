// Values in files beside LevelDB, which then keeps only where they are. LevelDB writes all that it holds
// again at each of its levels, also what never changes; a value here is written once, and once more if most
// of its file has been erased (Lu and others, "WiscKey", FAST 2016).
//
// A record: {XXH3-64 of all that follows: 64, bytes of the key: 16, of the value: 32, key, value}, integers
// little-endian (docs/formats.md, "Database files"). Files hold values of one family, which live about as
// long as each other. Appending and removing are for one thread at a time, reading is for all.
#pragma once

#include <leveldb/env.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.h"
#include "common/file_system.h"
#include "common/result.h"

namespace jingchu::ledger {

enum class ValueFamily : std::uint8_t {
  kHistory = 'h',  // of blocks: pruned in the order of their heights
  kRecords = 's',  // of the contracts, never erased; and heads, which are replaced if their entity has more
  kTree = 't',     // nodes of the state tree and other things that are soon replaced
};

// The family whose files keep a value of this key and size; nothing: it stays in LevelDB.
std::optional<ValueFamily> family_of(std::string_view key, std::size_t value_bytes);

// Where a record is.
struct ValuePlace {
  std::uint32_t file = 0;  // its number
  std::uint32_t offset = 0;
  std::uint32_t bytes = 0;  // of the whole record

  friend bool operator==(const ValuePlace&, const ValuePlace&) = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(file, offset, bytes);
  }
};

// What the database keeps of a file, under its number.
struct NamedFile {
  ValueFamily family{};
  std::uint32_t bytes = 0;  // at least so many are durable

  template <class Archive>
  void serialize(Archive& archive) {
    archive(family, bytes);
  }
};
using NamedFiles = std::map<std::uint32_t, NamedFile>;
bool is_valid(ValueFamily family);

// How many files are kept open; the others are opened for each read.
class OpenFiles {
 public:
  explicit OpenFiles(int max) : left_(max) {}
  bool take() {
    if (left_.fetch_sub(1) > 0) return true;
    left_.fetch_add(1);
    return false;
  }
  void give_back() { left_.fetch_add(1); }

 private:
  std::atomic<int> left_;
};

class ValueFile {
 public:
  // `environment` and `open_files` outlive it.
  ValueFile(leveldb::Env& environment, std::string path, ValueFamily family, OpenFiles& open_files)
      : environment_(environment), path_(std::move(path)), family_(family), open_files_(open_files) {}
  ~ValueFile();

  const std::string& path() const { return path_; }
  ValueFamily family() const { return family_; }
  // From here on it stays open, so that reads go on when the file is removed.
  leveldb::Status hold() const;
  // Exactly so many bytes, or an error.
  leveldb::Status read(std::uint64_t offset, std::size_t bytes, std::string& into) const;

 private:
  using Reader = std::shared_ptr<leveldb::RandomAccessFile>;
  leveldb::Status open(bool must_stay, Reader& reader) const;

  leveldb::Env& environment_;
  const std::string path_;
  const ValueFamily family_;
  OpenFiles& open_files_;
  mutable std::mutex mutex_;  // guards what follows
  mutable Reader reader_;
  mutable bool is_counted_ = false;
};

// A file of values by its name in the database's directory.
struct ValueFileName {
  std::string path;
  std::uint32_t number = 0;
  ValueFamily family{};
  bool is_last = false;  // of its family: the one that is written

  static std::string path_of(const std::string& database, std::uint32_t number, ValueFamily family);
};
// All that lie there, by number.
Result<std::vector<ValueFileName>> list_value_files(const FileSystem& files, const std::string& database);

// The files of one moment: what is removed later can still be read.
using ValueFileMap = std::map<std::uint32_t, std::shared_ptr<const ValueFile>>;
using ValueView = std::shared_ptr<const ValueFileMap>;

class ValueFiles {
 public:
  // Of a database's directory. `environment` outlives it. A file of at least `file_bytes` is full; `open_max`
  // are kept open for reading. It outlives all views.
  ValueFiles(leveldb::Env& environment, std::string database, std::uint64_t file_bytes, int open_max)
      : environment_(environment),
        database_(std::move(database)),
        file_bytes_(file_bytes),
        open_files_(open_max) {}

  // The files that the database names; others are what a crash left and are removed, as is what it broke off
  // behind what is durable. "storage-corrupted": one is missing or too short, or what of the last one of a
  // family is durable is damaged; nothing is changed then.
  Status open(const NamedFiles& named);

  // A record that sync() makes durable.
  Result<ValuePlace> append(ValueFamily family, std::string_view key, ByteView value);
  // All that was appended since; answers what the database has to name before it leads to any of it. After an
  // error of append() or this nothing more may be appended.
  Result<NamedFiles> sync();

  // The next value of the family begins a file, unless the present one holds hardly anything: it then counts
  // as full.
  void finish(ValueFamily family);

  ValueView view() const;
  // The files of a family that are full, by number.
  ValueFileMap full(ValueFamily family) const;
  // Those who have a view go on reading it.
  Status remove(std::uint32_t number);

  // "storage-corrupted": the record is not there, is damaged or is another key's. Nothing: the view has no
  // such file.
  static Result<std::optional<Bytes>> read(const ValueFileMap& view, const ValuePlace& place,
                                           std::string_view key);

 private:
  struct Writer {
    std::uint32_t number = 0;
    std::uint64_t size = 0;
    std::unique_ptr<leveldb::WritableFile> file;
  };

  std::string path_of(std::uint32_t number, ValueFamily family) const {
    return ValueFileName::path_of(database_, number, family);
  }
  Status check(std::uint32_t number, const NamedFile& named, bool is_last) const;
  Status go_on(std::uint32_t number, const NamedFile& named);
  Status begin_file(ValueFamily family, Writer& writer);
  void show(const std::function<void(ValueFileMap&)>& change);

  leveldb::Env& environment_;
  const std::string database_;
  const std::uint64_t file_bytes_;
  OpenFiles open_files_;
  std::map<ValueFamily, Writer> writers_;
  NamedFiles dirty_;  // written since the last sync
  std::uint32_t next_number_ = 1;
  std::string record_;  // room for one

  mutable std::mutex mutex_;  // guards what follows
  ValueView view_ = std::make_shared<ValueFileMap>();
};

// Visits the records of a file from its beginning, until `visit` answers false. Answers where the last whole
// record ends: less than its size if something is damaged or broken off there. Errors: those of reading.
using VisitRecord = std::function<bool(const ValuePlace& place, std::string_view key)>;
Result<std::uint64_t> scan_value_file(const ValueFile& file, std::uint32_t number, const VisitRecord& visit);

// An error of LevelDB or its environment, as the type it has here.
Error storage_error(const leveldb::Status& status, const std::string& where);

}  // namespace jingchu::ledger
