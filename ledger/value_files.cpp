#include "ledger/value_files.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "ledger/leveldb_files.h"
#include "ledger/leveldb_log.h"

namespace jingchu::ledger {
namespace {

constexpr std::size_t kSumBytes = 8;
constexpr std::size_t kHeaderBytes = kSumBytes + 2 + 4;
constexpr std::size_t kKeyBytesMax = 0xffff;
// Less is not worth a place of its own: 14 bytes, and a read more. Heads of evidence have 120.
constexpr std::size_t kValueBytesMin = 96;
constexpr std::size_t kScanBytes = 1 << 20;
constexpr std::uint64_t kHardlyAnything = 64;  // of a full file, the share

std::uint64_t sum_of(std::string_view record) {
  return XXH3_64bits(record.data() + kSumBytes, record.size() - kSumBytes);
}

std::uint64_t integer_at(std::string_view text, std::size_t offset, std::size_t bytes) {
  return leveldb_log::little_endian(as_bytes(text.substr(offset, bytes)));
}

void put_integer(std::string& text, std::size_t offset, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) text[offset + i] = static_cast<char>(value >> (8 * i));
}

std::size_t key_bytes(std::string_view record) {
  return static_cast<std::size_t>(integer_at(record, kSumBytes, 2));
}
std::uint64_t record_bytes(std::string_view header) {
  return kHeaderBytes + key_bytes(header) + integer_at(header, kSumBytes + 2, 4);
}
bool is_whole(std::string_view record) {
  return record.size() >= kHeaderBytes && record_bytes(record) == record.size() &&
         sum_of(record) == integer_at(record, 0, kSumBytes);
}

void make_record(std::string_view key, ByteView value, std::string& record) {
  record.resize(kHeaderBytes);
  put_integer(record, kSumBytes, key.size(), 2);
  put_integer(record, kSumBytes + 2, value.size(), 4);
  record.append(key);
  record.append(as_text(value));
  put_integer(record, 0, sum_of(record), kSumBytes);
}

// "s<contract>/record/..." (contracts/record_store.h) or "s<contract>/head/..." (contracts/entity_history.h).
bool is_record_or_head(std::string_view key) {
  const auto slash = key.find('/');
  if (slash == key.npos) return false;
  const auto own = key.substr(slash + 1);
  return own.starts_with("record/") || own.starts_with("head/");
}

constexpr char kDirectory[] = "/values";
constexpr std::string_view kEnding = ".values";

}  // namespace

bool is_valid(ValueFamily family) {
  return family == ValueFamily::kHistory || family == ValueFamily::kRecords || family == ValueFamily::kTree;
}

// Of the state records go to files, which never change, and heads, of which most never do.
std::optional<ValueFamily> family_of(std::string_view key, std::size_t value_bytes) {
  if (key.empty() || key.size() > kKeyBytesMax || value_bytes < kValueBytesMin) return std::nullopt;
  switch (key.front()) {
    case 'a':  // batches
    case 'c':  // contents of blocks
    case 'r':  // receipts
      return ValueFamily::kHistory;
    case 'n':  // nodes of the state tree, and the changes that are in no step yet
    case 'd':
      return ValueFamily::kTree;
    case 's':
      // The ledger's own state: what waits, and ids within their window.
      if (key.starts_with("sledger/")) return ValueFamily::kTree;
      return is_record_or_head(key) ? std::optional(ValueFamily::kRecords) : std::nullopt;
    default:
      return std::nullopt;
  }
}

Error storage_error(const leveldb::Status& status, const std::string& where) {
  const std::string what = status.ToString();
  if (status.IsCorruption()) return database_corrupted(what, where);
  const auto says = [&](int number) { return what.find(std::strerror(number)) != std::string::npos; };
  if (says(ENOSPC) || says(EDQUOT)) {
    return environment_error("disk-full", what, "free space on this disk, then start again", where);
  }
  return environment_error("storage-failed", what, "check the disk and the permissions of the directory",
                           where);
}

ValueFile::~ValueFile() {
  if (is_counted_) open_files_.give_back();
}

leveldb::Status ValueFile::open(bool must_stay, Reader& reader) const {
  const std::lock_guard lock(mutex_);
  reader = reader_;
  if (reader) return leveldb::Status::OK();
  leveldb::RandomAccessFile* file = nullptr;
  const auto status = environment_.NewRandomAccessFile(path_, &file);
  if (!status.ok()) return status;
  reader.reset(file);
  is_counted_ = open_files_.take();
  if (is_counted_ || must_stay) reader_ = reader;
  return status;
}

leveldb::Status ValueFile::hold() const {
  Reader reader;
  return open(true, reader);
}

leveldb::Status ValueFile::read(std::uint64_t offset, std::size_t bytes, std::string& into) const {
  Reader reader;
  if (const auto opened = open(false, reader); !opened.ok()) return opened;
  into.resize(bytes);
  leveldb::Slice got;
  const auto status = reader->Read(offset, bytes, &got, into.data());
  if (!status.ok()) return status;
  if (got.size() != bytes) return leveldb::Status::Corruption("a file of values ends too early");
  if (got.data() != into.data()) std::memmove(into.data(), got.data(), bytes);
  return status;
}

std::string ValueFileName::path_of(const std::string& database, std::uint32_t number, ValueFamily family) {
  const std::string digits = std::to_string(number);
  const std::size_t zeros = digits.size() < 6 ? 6 - digits.size() : 0;
  return database + kDirectory + "/" + std::string(zeros, '0') + digits + "." + static_cast<char>(family) +
         std::string(kEnding);
}

Result<std::vector<ValueFileName>> list_value_files(const FileSystem& files, const std::string& database) {
  std::vector<ValueFileName> found;
  const std::string directory = database + kDirectory;
  if (!files.exists(directory)) return found;
  ASSIGN_OR_RETURN(const auto names, files.list(directory));
  for (const auto& name : names) {
    std::uint32_t number = 0;
    std::from_chars(name.data(), name.data() + name.size(), number);
    for (const auto family : {ValueFamily::kHistory, ValueFamily::kRecords, ValueFamily::kTree}) {
      const std::string path = ValueFileName::path_of(database, number, family);
      if (path == directory + "/" + name) found.push_back({path, number, family, false});
    }
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
  std::map<ValueFamily, ValueFileName*> last;
  for (auto& file : found) last[file.family] = &file;
  for (const auto& [family, file] : last) file->is_last = true;
  return found;
}

Status ValueFiles::open(const NamedFiles& named) {
  FileSystem& files = system_files();
  auto view = std::make_shared<ValueFileMap>();
  std::map<ValueFamily, std::uint32_t> last;
  for (const auto& [number, file] : named) {
    (*view)[number] =
        std::make_shared<ValueFile>(environment_, path_of(number, file.family), file.family, open_files_);
    last[file.family] = number;
    next_number_ = number + 1;
  }
  view_ = std::move(view);
  for (const auto& [number, file] : named) {
    RETURN_IF_ERROR(check(number, file, last[file.family] == number));
  }
  RETURN_IF_ERROR(files.make_directories(database_ + kDirectory));
  ASSIGN_OR_RETURN(const auto present, list_value_files(files, database_));
  for (const auto& file : present) {
    if (named.count(file.number) == 0) RETURN_IF_ERROR(files.remove(file.path));
  }
  for (const auto& [family, number] : last) RETURN_IF_ERROR(go_on(number, named.at(number)));
  return ok_status();
}

// Of files that are full no more than their size: reading them all would take long.
Status ValueFiles::check(std::uint32_t number, const NamedFile& named, bool is_last) const {
  const auto& file = *view_->at(number);
  if (!system_files().exists(file.path())) {
    return database_corrupted("a file of values is missing", file.path());
  }
  ASSIGN_OR_RETURN(std::uint64_t end, system_files().size(file.path()));
  if (end >= named.bytes && is_last) {
    ASSIGN_OR_RETURN(end, scan_value_file(file, number, {}));
  }
  if (end >= named.bytes) return ok_status();
  return database_corrupted("a value at byte " + std::to_string(end) + " is damaged", file.path());
}

Status ValueFiles::go_on(std::uint32_t number, const NamedFile& named) {
  const std::string path = path_of(number, named.family);
  ASSIGN_OR_RETURN(const auto size, system_files().size(path));
  if (size != named.bytes) RETURN_IF_ERROR(system_files().truncate(path, named.bytes));
  leveldb::WritableFile* opened = nullptr;
  const auto status = environment_.NewAppendableFile(path, &opened);
  if (!status.ok()) return storage_error(status, path);
  writers_[named.family] = {number, named.bytes, std::unique_ptr<leveldb::WritableFile>(opened)};
  return ok_status();
}

Status ValueFiles::begin_file(ValueFamily family, Writer& writer) {
  // A full one is not synced again.
  if (writer.file) {
    const auto status = writer.file->Sync();
    if (!status.ok()) return storage_error(status, path_of(writer.number, family));
  }
  const std::uint32_t number = next_number_++;
  const std::string path = path_of(number, family);
  RETURN_IF_ERROR(system_files().open_append(path));  // which makes its name durable
  leveldb::WritableFile* opened = nullptr;
  const auto status = environment_.NewWritableFile(path, &opened);
  if (!status.ok()) return storage_error(status, path);
  writer = {number, 0, std::unique_ptr<leveldb::WritableFile>(opened)};
  show([&](ValueFileMap& files) {
    files[number] = std::make_shared<ValueFile>(environment_, path, family, open_files_);
  });
  return ok_status();
}

Result<ValuePlace> ValueFiles::append(ValueFamily family, std::string_view key, ByteView value) {
  Writer& writer = writers_[family];
  if (!writer.file || writer.size >= file_bytes_) RETURN_IF_ERROR(begin_file(family, writer));
  make_record(key, value, record_);
  const ValuePlace place{writer.number, static_cast<std::uint32_t>(writer.size),
                         static_cast<std::uint32_t>(record_.size())};
  const auto status = writer.file->Append(record_);
  if (!status.ok()) return storage_error(status, path_of(writer.number, family));
  writer.size += record_.size();
  dirty_[writer.number] = {family, static_cast<std::uint32_t>(writer.size)};
  return place;
}

Result<NamedFiles> ValueFiles::sync() {
  for (auto& [family, writer] : writers_) {
    if (dirty_.count(writer.number) == 0) continue;
    const auto status = writer.file->Sync();
    if (!status.ok()) return storage_error(status, path_of(writer.number, family));
  }
  return std::exchange(dirty_, {});
}

void ValueFiles::finish(ValueFamily family) {
  const auto writer = writers_.find(family);
  if (writer == writers_.end() || writer->second.size < file_bytes_ / kHardlyAnything) return;
  if (dirty_.count(writer->second.number) == 0) writers_.erase(writer);
}

void ValueFiles::show(const std::function<void(ValueFileMap&)>& change) {
  const std::lock_guard lock(mutex_);
  auto next = std::make_shared<ValueFileMap>(*view_);
  change(*next);
  view_ = std::move(next);
}

ValueView ValueFiles::view() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

ValueFileMap ValueFiles::full(ValueFamily family) const {
  ValueFileMap found;
  const auto writer = writers_.find(family);
  const auto all = view();
  for (const auto& [number, file] : *all) {
    const bool is_written = writer != writers_.end() && writer->second.number == number;
    if (file->family() == family && !is_written) found[number] = file;
  }
  return found;
}

Status ValueFiles::remove(std::uint32_t number) {
  const auto all = view();
  const auto file = all->find(number);
  CHECK(file != all->end());
  const auto opened = file->second->hold();
  if (!opened.ok()) return storage_error(opened, file->second->path());
  show([&](ValueFileMap& files) { files.erase(number); });
  return system_files().remove(file->second->path());
}

Result<std::optional<Bytes>> ValueFiles::read(const ValueFileMap& view, const ValuePlace& place,
                                              std::string_view key) {
  const auto file = view.find(place.file);
  if (file == view.end()) return std::optional<Bytes>();
  thread_local std::string record;
  const auto status = file->second->read(place.offset, place.bytes, record);
  if (!status.ok()) return storage_error(status, file->second->path());
  if (!is_whole(record) || std::string_view(record).substr(kHeaderBytes, key_bytes(record)) != key) {
    return database_corrupted("a value at byte " + std::to_string(place.offset) + " is damaged",
                              file->second->path());
  }
  return std::optional(to_bytes(std::string_view(record).substr(kHeaderBytes + key.size())));
}

Result<std::uint64_t> scan_value_file(const ValueFile& file, std::uint32_t number, const VisitRecord& visit) {
  ASSIGN_OR_RETURN(const std::uint64_t size, system_files().size(file.path()));
  std::string window;
  std::uint64_t begin = 0, end = 0;  // of what is in the window
  std::uint64_t offset = 0;
  const auto at = [&](std::uint64_t bytes) -> Result<std::string_view> {
    if (offset + bytes > end) {
      begin = offset;
      end = std::min(size, std::max(offset + kScanBytes, offset + bytes));
      const auto status = file.read(begin, static_cast<std::size_t>(end - begin), window);
      if (!status.ok()) return storage_error(status, file.path());
    }
    return std::string_view(window).substr(static_cast<std::size_t>(offset - begin),
                                           static_cast<std::size_t>(bytes));
  };
  while (size - offset >= kHeaderBytes) {
    ASSIGN_OR_RETURN(const auto header, at(kHeaderBytes));
    const std::uint64_t bytes = record_bytes(header);
    if (bytes > size - offset) break;
    ASSIGN_OR_RETURN(const auto record, at(bytes));
    if (!is_whole(record)) break;
    const ValuePlace place{number, static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(bytes)};
    offset += bytes;
    if (visit && !visit(place, record.substr(kHeaderBytes, key_bytes(record)))) break;
  }
  return offset;
}

}  // namespace jingchu::ledger
