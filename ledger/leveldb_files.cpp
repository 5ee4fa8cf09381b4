#include "ledger/leveldb_files.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "ledger/leveldb_log.h"

namespace jingchu::ledger {
namespace {

constexpr std::uint64_t kFileBytesMax = std::uint64_t{4} << 30;
constexpr std::size_t kBatchHeaderBytes = 12;  // sequence 8, count 4

std::optional<std::uint64_t> number_of(std::string_view name, std::string_view begin, std::string_view end) {
  if (!name.starts_with(begin) || !name.ends_with(end) || name.size() <= begin.size() + end.size()) return {};
  const auto digits = name.substr(begin.size(), name.size() - begin.size() - end.size());
  std::uint64_t number = 0;
  const auto [rest, code] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return code == std::errc() && rest == digits.data() + digits.size() ? std::optional(number) : std::nullopt;
}

std::string file_path(const std::string& directory, std::uint64_t number, std::string_view extension) {
  const std::string digits = std::to_string(number);
  const std::size_t zeros = digits.size() < 6 ? 6 - digits.size() : 0;
  return directory + "/" + std::string(zeros, '0') + digits + std::string(extension);
}

// ---- MANIFEST

struct Version {
  std::map<std::uint64_t, std::uint64_t> tables;  // number -> bytes
  std::uint64_t log_number = 0;
  std::uint64_t previous_log_number = 0;
  std::set<std::uint64_t> seen;  // tags
};

// Tags of the fields of a version edit.
enum Tag : std::uint64_t {
  kComparator = 1,
  kLogNumber = 2,
  kNextFileNumber = 3,
  kLastSequence = 4,
  kCompactPointer = 5,
  kDeletedFile = 6,
  kNewFile = 7,
  kPreviousLogNumber = 9,
};

// The fields of a version edit (leveldb db/version_edit.cc), each a tag and its content.
class Edit {
 public:
  explicit Edit(ByteView bytes) : rest_(bytes) {}

  bool apply_to(Version& version) {
    while (whole_ && !rest_.empty()) field(version);
    return whole_;
  }

 private:
  void field(Version& version) {
    const std::uint64_t tag = number();
    version.seen.insert(tag);
    switch (tag) {
      case kComparator:
        return skip_text();
      case kLogNumber:
        version.log_number = number();
        return;
      case kNextFileNumber:
      case kLastSequence:
        number();
        return;
      case kCompactPointer:
        number();
        return skip_text();
      case kDeletedFile:
        number();
        version.tables.erase(number());
        return;
      case kNewFile: {
        number();
        const std::uint64_t table = number();
        version.tables[table] = number();
        skip_text();
        return skip_text();
      }
      case kPreviousLogNumber:
        version.previous_log_number = number();
        return;
      default:
        whole_ = false;
    }
  }

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const std::uint64_t byte = rest_.front();
      rest_ = rest_.subspan(1);
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
    whole_ = false;
    return 0;
  }
  void skip_text() {
    const std::uint64_t size = number();
    if (size > rest_.size()) whole_ = false;
    if (whole_) rest_ = rest_.subspan(static_cast<std::size_t>(size));
  }

  ByteView rest_;
  bool whole_ = true;
};

bool begins_record(const leveldb_log::LaterPiece& piece) {
  return piece.type == leveldb_log::Piece::kFull || piece.type == leveldb_log::Piece::kFirst;
}

void note_torn(const leveldb_log::File& file, const std::string& path, LevelDbFiles& found) {
  if (file.torn()) found.torn.push_back({path, file.size, file.valid_bytes});
}

// Each edit is synced before the next one is written, so only the last one can be torn.
Result<Version> read_manifest(const FileSystem& files, const std::string& path, LevelDbFiles& found) {
  ASSIGN_OR_RETURN(const Bytes bytes, files.read(path, kFileBytesMax));
  const auto file = leveldb_log::read(bytes, std::numeric_limits<std::size_t>::max());
  if (std::any_of(file.later.begin(), file.later.end(), begins_record) || file.records.empty()) {
    return database_corrupted(
        "the list of the database's files is damaged at byte " + std::to_string(file.valid_bytes), path);
  }
  Version version;
  for (const auto& record : file.records) {
    if (!Edit(record).apply_to(version))
      return database_corrupted("the list of the database's files cannot be read", path);
  }
  // LevelDB makes CURRENT name a list only once these are in it.
  for (const Tag tag : {kLogNumber, kNextFileNumber, kLastSequence}) {
    if (!version.seen.contains(tag))
      return database_corrupted("the list of the database's files is cut off", path);
  }
  note_torn(file, path, found);
  return version;
}

Status check_tables(const FileSystem& files, const std::string& directory, const Version& version) {
  for (const auto& [number, bytes] : version.tables) {
    const std::string path = file_path(directory, number, ".ldb");
    if (!files.exists(path)) return database_corrupted("a file of the database is missing", path);
    ASSIGN_OR_RETURN(const std::uint64_t size, files.size(path));
    if (size == bytes) continue;
    return database_corrupted(
        "a file of the database has " + std::to_string(size) + " bytes instead of " + std::to_string(bytes),
        path);
  }
  return ok_status();
}

// ---- write-ahead files

// An empty batch, which the executor writes with a sync: Executor::sync().
bool is_sync_mark(const leveldb_log::LaterPiece& piece) {
  return piece.type == leveldb_log::Piece::kFull && piece.content.size() == kBatchHeaderBytes &&
         std::all_of(piece.content.begin() + 8, piece.content.end(),
                     [](std::uint8_t byte) { return byte == 0; });
}

// Nothing is written behind a sync that has not succeeded: a sync mark with a record behind it proves that
// all before it was durable once.
bool proves_damage(const leveldb_log::File& file) {
  const auto mark = std::find_if(file.later.begin(), file.later.end(), is_sync_mark);
  return mark != file.later.end() && std::any_of(std::next(mark), file.later.end(), begins_record);
}

// The records of the files that LevelDB is going to read, in order.
class WriteAhead {
 public:
  Status add(const std::string& path, leveldb_log::File file) {
    // One that LevelDB has let go of was synced whole before the next got its first record
    // (leveldb_database.cpp, SyncedWhenDone).
    if (last_ && !file.records.empty() && (last_->torn() || last_->records.empty())) {
      return damaged(last_path_, *last_);
    }
    if (proves_damage(file)) return damaged(path, file);
    for (const auto& record : file.records) {
      if (record.size() < kBatchHeaderBytes)
        return database_corrupted("a write-ahead file cannot be read", path);
      const std::uint64_t sequence = leveldb_log::little_endian(ByteView(record).first(8));
      if (next_sequence_ != 0 && sequence != next_sequence_)
        return database_corrupted("a record of a write-ahead file is missing", path);
      next_sequence_ = sequence + leveldb_log::little_endian(ByteView(record).subspan(8, 4));
    }
    last_ = std::move(file);
    last_path_ = path;
    return ok_status();
  }

 private:
  static Error damaged(const std::string& path, const leveldb_log::File& file) {
    return database_corrupted("a write-ahead file is damaged at byte " + std::to_string(file.valid_bytes) +
                                  " although later records are whole",
                              path);
  }

  std::optional<leveldb_log::File> last_;
  std::string last_path_;
  std::uint64_t next_sequence_ = 0;
};

Status check_write_ahead(const FileSystem& files, const std::string& directory, const Version& version,
                         const std::vector<std::uint64_t>& numbers, LevelDbFiles& found) {
  WriteAhead records;
  for (const auto number : numbers) {
    if (number < version.log_number && number != version.previous_log_number) continue;
    const std::string path = file_path(directory, number, ".log");
    ASSIGN_OR_RETURN(const Bytes bytes, files.read(path, kFileBytesMax));
    auto file = leveldb_log::read(bytes, kBatchHeaderBytes + 1);
    note_torn(file, path, found);
    RETURN_IF_ERROR(records.add(path, std::move(file)));
  }
  return ok_status();
}

}  // namespace

Error database_corrupted(const std::string& what, const std::string& where) {
  return environment_error(
      "storage-corrupted", what,
      "check the disk; move the directory of the database away and start again: the node fetches the chain "
      "from its peers. Keep the log directory",
      where);
}

Result<LevelDbFiles> check_leveldb_files(const FileSystem& files, const std::string& directory) {
  LevelDbFiles found;
  if (!files.exists(directory)) return found;
  ASSIGN_OR_RETURN(const auto names, files.list(directory));
  std::vector<std::uint64_t> logs;
  bool has_content = false;
  for (const auto& name : names) {
    if (const auto number = number_of(name, "", ".log")) logs.push_back(*number);
    has_content |= name.ends_with(".ldb") || name.ends_with(".log") ||
                   (name.starts_with("MANIFEST-") && name != "MANIFEST-000001");
  }
  std::sort(logs.begin(), logs.end());
  const std::string current_path = directory + "/CURRENT";
  if (!files.exists(current_path)) {
    if (has_content)
      return database_corrupted("the file that names the database's list of files is missing", current_path);
    return found;
  }
  found.present = true;
  ASSIGN_OR_RETURN(const Bytes current, files.read(current_path, 1024));
  std::string_view name = as_text(current);
  const bool named = name.ends_with('\n') && number_of(name.substr(0, name.size() - 1), "MANIFEST-", "");
  if (!named || !files.exists(directory + "/" + std::string(name.substr(0, name.size() - 1)))) {
    return database_corrupted("the file does not name the database's list of files", current_path);
  }
  name.remove_suffix(1);
  ASSIGN_OR_RETURN(const Version version, read_manifest(files, directory + "/" + std::string(name), found));
  RETURN_IF_ERROR(check_tables(files, directory, version));
  for (const auto& table : version.tables) found.tables.push_back(file_path(directory, table.first, ".ldb"));
  if (version.log_number != 0 && !std::binary_search(logs.begin(), logs.end(), version.log_number)) {
    return database_corrupted(
        "write-ahead file " + std::to_string(version.log_number) + " of the database is missing", directory);
  }
  RETURN_IF_ERROR(check_write_ahead(files, directory, version, logs, found));
  return found;
}

}  // namespace jingchu::ledger
