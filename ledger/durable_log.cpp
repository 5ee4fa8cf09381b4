#include "ledger/durable_log.h"

#include <algorithm>
#include <cstdio>

#include "common/clock.h"
#include "common/signature.h"
#include "consensus/mutant.h"

namespace jingchu::ledger {
namespace {

using consensus::mutant;
using consensus::Mutant;

constexpr std::uint64_t kSegmentBytesMax = std::uint64_t{4} << 30;

std::string segment_path(const std::string& directory, std::uint64_t segment) {
  char name[32];
  std::snprintf(name, sizeof(name), "log-%08llu", static_cast<unsigned long long>(segment));
  return directory + "/" + name;
}

// The numbers of the segments in a directory, ascending.
Result<std::vector<std::uint64_t>> segments(FileSystem& files, const std::string& directory) {
  std::vector<std::uint64_t> numbers;
  if (!files.exists(directory)) return numbers;
  ASSIGN_OR_RETURN(const auto names, files.list(directory));
  for (const auto& name : names) {
    const bool digits =
        name.size() == 12 && name.starts_with("log-") &&
        std::all_of(name.begin() + 4, name.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (digits) numbers.push_back(std::stoull(name.substr(4)));
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::vector<Bytes> encode_all(const std::vector<consensus::Record>& records) {
  std::vector<Bytes> encoded;
  encoded.reserve(records.size());
  for (const auto& record : records) encoded.push_back(consensus::encode_record(record));
  return encoded;
}

log_format::Salt new_salt() {
  log_format::Salt salt;
  random_bytes(salt);
  return salt;
}

Error no_log(const std::string& directory) {
  return environment_error("no-log", "there is no log for this validator's key",
                           "a key without its log only observes: if the log was lost, join with a new key",
                           directory);
}

Error first_group_damaged(const std::string& path) {
  return environment_error("log-damaged", "the first group of the log is not valid",
                           "do not start this validator with this log: it may have forgotten its own votes. "
                           "Restore the disk, or join again with a new key",
                           path);
}

// The newest segment that is whole from its beginning. One that is torn within its first group is a change of
// segments that a crash broke off: the segment before it still holds everything.
struct Newest {
  std::uint64_t number = 0;
  log_format::Segment content;
};
Result<Newest> newest_segment(FileSystem& files, const std::string& directory,
                              std::vector<std::uint64_t> numbers) {
  if (numbers.empty()) return no_log(directory);
  const auto read = [&](std::uint64_t number) -> Result<log_format::Segment> {
    const auto path = segment_path(directory, number);
    ASSIGN_OR_RETURN(const auto bytes, files.read(path, kSegmentBytesMax));
    auto segment = log_format::scan_segment(bytes);
    if (segment.ok()) return segment;
    Error error = segment.error();
    error.where = path;
    return error;
  };
  ASSIGN_OR_RETURN(auto newest, read(numbers.back()));
  if (!newest.groups.empty()) return Newest{numbers.back(), std::move(newest)};
  if (numbers.size() == 1) return first_group_damaged(segment_path(directory, numbers.back()));
  numbers.pop_back();
  ASSIGN_OR_RETURN(auto before, read(numbers.back()));
  if (before.groups.empty()) return first_group_damaged(segment_path(directory, numbers.back()));
  return Newest{numbers.back(), std::move(before)};
}

Status check_key_record(const std::vector<consensus::Record>& records, const Hash& chain_id,
                        const std::string& directory) {
  const auto* key = records.empty() ? nullptr : std::get_if<consensus::KeyRecord>(&records.front());
  if (key == nullptr) {
    return environment_error("log-damaged", "the log does not begin with the record of its key", {},
                             directory);
  }
  if (key->chain_id == chain_id) return ok_status();
  return environment_error(
      "wrong-chain",
      "the log is of the network " + to_hex(key->chain_id) + ", the genesis file is that of " +
          to_hex(chain_id),
      "put back the genesis file that this home was made with, or use this network's home", directory);
}

Result<std::vector<consensus::Record>> decode_records(const log_format::Segment& segment,
                                                      const Hash& chain_id, const std::string& path) {
  std::vector<consensus::Record> records;
  for (const auto& group : segment.groups) {
    for (const auto& bytes : group.records) {
      auto record = consensus::decode_record(chain_id, bytes);
      if (!record.ok()) {
        return environment_error("log-damaged", "a record of the log cannot be read: " + record.error().what,
                                 "was it written by another version of this program?", path);
      }
      records.push_back(std::move(record).value());
    }
  }
  return records;
}

}  // namespace

Result<bool> DurableLog::exists(FileSystem& files, const std::string& directory) {
  ASSIGN_OR_RETURN(const auto numbers, segments(files, directory));
  return !numbers.empty();
}

Status DurableLog::create(FileSystem& files, const std::string& directory, const consensus::KeyRecord& key) {
  ASSIGN_OR_RETURN(const bool present, exists(files, directory));
  if (present) {
    return environment_error("log-exists", "there is a log already; it is not overwritten",
                             "use another directory", directory);
  }
  RETURN_IF_ERROR(files.make_directories(directory));
  const std::vector<Bytes> records = encode_all({consensus::Record(key)});
  return files.write_atomically(segment_path(directory, 1),
                                log_format::encode_group(new_salt(), 1, 0, records), 0600);
}

Result<DurableLog::Found> DurableLog::find(FileSystem& files, const std::string& directory,
                                           const Hash& chain_id) {
  ASSIGN_OR_RETURN(const auto numbers, segments(files, directory));
  ASSIGN_OR_RETURN(const auto newest, newest_segment(files, directory, numbers));
  const auto path = segment_path(directory, newest.number);
  const auto& segment = newest.content;
  Found found;
  ASSIGN_OR_RETURN(found.records, decode_records(segment, chain_id, path));
  RETURN_IF_ERROR(check_key_record(found.records, chain_id, path));
  found.torn_bytes = segment.size - segment.valid_bytes;
  found.segment = newest.number;
  for (const auto number : numbers) {
    if (number != newest.number) found.superfluous.push_back(number);
  }
  found.valid_bytes = segment.valid_bytes;
  found.last_group = segment.groups.back().number;
  found.salt = segment.salt;
  return found;
}

Result<std::unique_ptr<DurableLog>> DurableLog::open(FileSystem& files, const std::string& directory,
                                                     const Found& found) {
  const auto path = segment_path(directory, found.segment);
  if (found.torn_bytes != 0 && !mutant(Mutant::kTornTailKept))
    RETURN_IF_ERROR(files.truncate(path, found.valid_bytes));
  for (const auto number : found.superfluous) RETURN_IF_ERROR(files.remove(segment_path(directory, number)));
  std::unique_ptr<DurableLog> log(new DurableLog(files, directory));
  ASSIGN_OR_RETURN(log->file_, files.open_append(path));
  log->segment_ = found.segment;
  log->salt_ = found.salt;
  log->next_group_ = found.last_group + 1;
  log->segment_bytes_ = found.valid_bytes;
  return log;
}

DurableLog::~DurableLog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (writer_.joinable()) writer_.join();
}

void DurableLog::notify(OnSynced on_synced, OnFailure on_failure, OnWritten on_written) {
  on_synced_ = std::move(on_synced);
  on_failure_ = std::move(on_failure);
  on_written_ = std::move(on_written);
}

void DurableLog::start() {
  CHECK(!writer_.joinable());
  writer_ = std::thread([this] { run(); });
}

void DurableLog::append(std::uint64_t turn, const std::vector<consensus::Record>& records) {
  enqueue({turn, encode_all(records), false});
}

void DurableLog::rotate(const std::vector<consensus::Record>& live) {
  enqueue({0, encode_all(live), true});
}

void DurableLog::enqueue(Item item) {
  {
    const std::lock_guard lock(mutex_);
    if (failed_) return;
    queue_.push_back(std::move(item));
  }
  wake_.notify_one();
}

void DurableLog::run() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
    }
    if (!flush().ok()) return;
  }
}

Status DurableLog::flush() {
  std::vector<Item> items;
  {
    const std::lock_guard lock(mutex_);
    if (failed_) return environment_error("log-failed", "an earlier write to the log failed", {}, directory_);
    items.swap(queue_);
  }
  auto written = write_items(std::move(items));
  return written.ok() ? written : fail(written.error());
}

// What stands between two changes of segment becomes one group: one write and one sync.
Status DurableLog::write_items(std::vector<Item> items) {
  std::vector<Bytes> records;
  std::uint64_t turn = 0;
  bool gathered = false;
  const auto write_gathered = [&]() -> Status {
    if (!gathered) return ok_status();
    RETURN_IF_ERROR(write_group(turn, records));
    records.clear();
    gathered = false;
    return ok_status();
  };
  std::uint64_t bytes = 0;
  for (auto& item : items) {
    if (item.rotates) {
      RETURN_IF_ERROR(write_gathered());
      RETURN_IF_ERROR(change_segment(item.records));
      continue;
    }
    std::uint64_t item_bytes = 0;
    for (const auto& record : item.records) item_bytes += record.size() + 4;
    if (bytes + item_bytes > log_format::kGroupBytesMax / 2) {
      RETURN_IF_ERROR(write_gathered());
      bytes = 0;
    }
    bytes += item_bytes;
    turn = item.turn;
    gathered = true;
    std::move(item.records.begin(), item.records.end(), std::back_inserter(records));
  }
  return write_gathered();
}

Status DurableLog::write_group(std::uint64_t turn, const std::vector<Bytes>& records) {
  const std::uint64_t start_us = system_clock().monotonic_us();
  const Bytes group = log_format::encode_group(salt_, next_group_, turn, records);
  RETURN_IF_ERROR(file_->append(group));
  const Status synced = mutant(Mutant::kLogNotSynced) ? ok_status() : file_->sync();
  if (!synced.ok() && !mutant(Mutant::kFailedSyncIgnored)) return synced;
  if (on_written_) on_written_(group.size(), system_clock().monotonic_us() - start_us);
  ++next_group_;
  last_turn_ = turn;
  {
    const std::lock_guard lock(mutex_);
    segment_bytes_ = file_->size();
  }
  if (on_synced_) on_synced_(receipt(turn));
  return ok_status();
}

Status DurableLog::change_segment(const std::vector<Bytes>& live) {
  const auto salt = new_salt();
  if (mutant(Mutant::kSegmentRemovedEarly)) {
    RETURN_IF_ERROR(files_.remove(segment_path(directory_, segment_)));
  }
  ASSIGN_OR_RETURN(auto file, files_.open_append(segment_path(directory_, segment_ + 1)));
  RETURN_IF_ERROR(file->append(log_format::encode_group(salt, next_group_, last_turn_, live)));
  RETURN_IF_ERROR(file->sync());
  ++next_group_;
  file_ = std::move(file);
  salt_ = salt;
  if (!mutant(Mutant::kSegmentRemovedEarly)) {
    RETURN_IF_ERROR(files_.remove(segment_path(directory_, segment_)));
  }
  ++segment_;
  const std::lock_guard lock(mutex_);
  segment_bytes_ = file_->size();
  return ok_status();
}

Status DurableLog::fail(Error error) {
  {
    const std::lock_guard lock(mutex_);
    failed_ = true;
    queue_.clear();
  }
  if (on_failure_) on_failure_(error);
  return error;
}

std::uint64_t DurableLog::segment_bytes() const {
  const std::lock_guard lock(mutex_);
  return segment_bytes_;
}

}  // namespace jingchu::ledger
