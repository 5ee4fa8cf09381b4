#include "ledger/table_check.h"

#include <algorithm>
#include <map>

#include "common/file_reader.h"
#include "ledger/leveldb_environment.h"
#include "ledger/leveldb_files.h"
#include "ledger/leveldb_log.h"
#include "ledger/value_files.h"

namespace jingchu::ledger {
namespace {

constexpr std::size_t kFooterBytes = 48;
constexpr std::uint64_t kMagic = 0xdb4775248b80fb57;
constexpr std::size_t kTrailerBytes = 5;  // type 1, checksum 4

struct Handle {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

// Reads forward; after the first thing that does not fit all that follows are zeros, and ok() is false.
class Input {
 public:
  explicit Input(ByteView bytes) : bytes_(bytes) {}
  bool ok() const { return ok_; }
  bool at_end() const { return bytes_.empty(); }
  std::size_t left() const { return bytes_.size(); }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64 && !bytes_.empty(); shift += 7) {
      const std::uint8_t byte = bytes_.front();
      bytes_ = bytes_.subspan(1);
      value |= static_cast<std::uint64_t>(byte & 127) << shift;
      if (byte < 128) return value;
    }
    ok_ = false;
    return 0;
  }
  ByteView bytes(std::uint64_t size) {
    if (size > bytes_.size()) ok_ = false;
    if (!ok_) return {};
    const ByteView taken = bytes_.first(static_cast<std::size_t>(size));
    bytes_ = bytes_.subspan(static_cast<std::size_t>(size));
    return taken;
  }
  Handle handle() {
    const std::uint64_t offset = varint();
    return {offset, varint()};
  }

 private:
  ByteView bytes_;
  bool ok_ = true;
};

class Table {
 public:
  explicit Table(ByteView bytes) : bytes_(bytes) {}

  std::optional<std::string> damage() {
    if (bytes_.size() < kFooterBytes) return "it is cut off";
    const ByteView footer = bytes_.last(kFooterBytes);
    if (leveldb_log::little_endian(footer.last(8)) != kMagic)
      return "its footer is damaged, or it is cut off";
    Input input(footer.first(kFooterBytes - 8));
    const Handle metaindex = input.handle();
    const Handle index = input.handle();
    const ByteView padding = input.bytes(input.left());
    if (!input.ok() || std::any_of(padding.begin(), padding.end(), [](auto byte) { return byte != 0; })) {
      return "its footer is damaged";
    }
    for (const Handle& list : {metaindex, index}) {
      if (auto what = check_block(list)) return what;
      if (auto what = check_listed(content(list))) return what;
    }
    return check_gaps();
  }

 private:
  ByteView content(const Handle& handle) const { return bytes_.subspan(handle.offset, handle.size); }

  std::optional<std::string> check_block(const Handle& handle) {
    const std::string place = "the block at byte " + std::to_string(handle.offset);
    const std::uint64_t room = bytes_.size() - kFooterBytes;
    if (handle.offset > room || room - handle.offset < kTrailerBytes ||
        handle.size > room - handle.offset - kTrailerBytes) {
      return place + " is beyond its end";
    }
    const ByteView covered = bytes_.subspan(handle.offset, handle.size + 1);  // with its type
    const auto stored = leveldb_log::little_endian(bytes_.subspan(handle.offset + handle.size + 1, 4));
    if (stored != leveldb_log::masked_checksum(covered)) return place + " does not have its checksum";
    if (covered.back() != 0) return place + " is compressed, which this program does not write";
    if (!blocks_.emplace(handle.offset, handle.size + kTrailerBytes).second)
      return place + " is listed twice";
    return std::nullopt;
  }

  // Of an index: entries {shared, unshared, value size, key, value: handle}, then restart points.
  std::optional<std::string> check_listed(ByteView list) {
    if (list.size() < 4) return "its index is damaged";
    const std::uint64_t restarts = leveldb_log::little_endian(list.last(4));
    if (restarts > (list.size() - 4) / 4) return "its index is damaged";
    Input input(list.first(list.size() - 4 - 4 * static_cast<std::size_t>(restarts)));
    while (!input.at_end()) {
      input.varint();
      const std::uint64_t unshared = input.varint();
      const std::uint64_t value_bytes = input.varint();
      input.bytes(unshared);
      Input value(input.bytes(value_bytes));
      const Handle handle = value.handle();
      if (!input.ok() || !value.ok()) return "its index is damaged";
      if (auto what = check_block(handle)) return what;
    }
    return std::nullopt;
  }

  std::optional<std::string> check_gaps() const {
    std::uint64_t end = 0;
    for (const auto& [offset, size] : blocks_) {
      if (offset != end) break;
      end = offset + size;
    }
    if (end == bytes_.size() - kFooterBytes) return std::nullopt;
    return "no block covers byte " + std::to_string(end);
  }

  const ByteView bytes_;
  std::map<std::uint64_t, std::uint64_t> blocks_;
};

// The progress of all files together.
class Work {
 public:
  Work(TableCheck& check, const BytesProgress& progress) : check_(check), progress_(progress) {}
  void expect(std::uint64_t bytes) { total_ += bytes; }
  void did(std::uint64_t bytes) {
    check_.bytes += bytes;
    if (progress_) progress_(check_.bytes, total_);
  }

 private:
  TableCheck& check_;
  const BytesProgress& progress_;
  std::uint64_t total_ = 0;
};

Status check_value_file(const FileSystem& files, leveldb::Env& environment, const ValueFileName& name,
                        TableCheck& check, Work& work) {
  ASSIGN_OR_RETURN(const std::uint64_t size, files.size(name.path));
  OpenFiles one(1);
  const ValueFile file(environment, name.path, name.family, one);
  ASSIGN_OR_RETURN(const std::uint64_t end, scan_value_file(file, name.number, {}));
  if (end != size && !name.is_last) {
    check.damaged.push_back(
        database_corrupted("a value at byte " + std::to_string(end) + " is damaged", name.path));
  }
  check.value_files += 1;
  work.did(size);
  return ok_status();
}

}  // namespace

std::optional<std::string> damage_of_table(ByteView table) {
  return Table(table).damage();
}

Result<TableCheck> check_tables(const FileSystem& files, const std::string& directory,
                                const BytesProgress& progress) {
  ASSIGN_OR_RETURN(const auto found, check_leveldb_files(files, directory));
  ASSIGN_OR_RETURN(const auto value_files, list_value_files(files, directory));
  TableCheck check;
  Work work(check, progress);
  std::vector<std::unique_ptr<FileReader>> tables;
  for (const auto& path : found.tables) {
    ASSIGN_OR_RETURN(auto table, FileReader::open(path));
    work.expect(table->size());
    tables.push_back(std::move(table));
  }
  for (const auto& file : value_files) {
    ASSIGN_OR_RETURN(const std::uint64_t size, files.size(file.path));
    work.expect(size);
  }
  for (auto& table : tables) {
    ASSIGN_OR_RETURN(const Bytes bytes, table->read(0, table->size()));
    if (const auto what = damage_of_table(bytes)) {
      check.damaged.push_back(database_corrupted(*what, table->path()));
    }
    check.tables += 1;
    table.reset();
    work.did(bytes.size());
  }
  Environment environment(nullptr);
  for (const auto& file : value_files) {
    RETURN_IF_ERROR(check_value_file(files, environment, file, check, work));
  }
  return check;
}

}  // namespace jingchu::ledger
