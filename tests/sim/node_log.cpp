#include "sim/node_log.h"

#include "ledger/log_format.h"

namespace jingchu::sim {
namespace {

constexpr const char* kDirectory = "log";

}  // namespace

using consensus::Record;

NodeLog::NodeLog(const consensus::KeyRecord& key) : key_(key) {
  CHECK(ledger::DurableLog::create(files_, kDirectory, key).ok());
}

Result<std::vector<Record>> NodeLog::open() {
  ASSIGN_OR_RETURN(auto found, ledger::DurableLog::find(files_, kDirectory, key_.chain_id));
  ASSIGN_OR_RETURN(log_, ledger::DurableLog::open(files_, kDirectory, found));
  log_->notify([this](consensus::SyncReceipt receipt) { receipt_ = receipt; }, {});
  return std::move(found.records);
}

void NodeLog::append(std::uint64_t turn, const std::vector<Record>& records) {
  waiting_.push_back({turn, records, false});
}

void NodeLog::rotate(const std::vector<Record>& live) {
  waiting_.push_back({0, live, true});
}

void NodeLog::hand_over(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (waiting_[i].rotates) {
      log_->rotate(waiting_[i].records);
    } else {
      log_->append(waiting_[i].turn, waiting_[i].records);
    }
  }
}

Result<std::optional<consensus::SyncReceipt>> NodeLog::finish_write(std::vector<Record>& fresh) {
  hand_over(writing_);
  RETURN_IF_ERROR(log_->flush());
  for (std::size_t i = 0; i < writing_; ++i) {
    const auto& records = waiting_[i].records;
    if (!waiting_[i].rotates) fresh.insert(fresh.end(), records.begin(), records.end());
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(writing_));
  writing_ = 0;
  return receipt_;
}

NodeLog::Torn NodeLog::crash(Random& random) {
  if (log_ != nullptr && writing_ != 0 && random.coin()) {
    // The write had begun: it is handed to the disk, and no sync comes back.
    hand_over(writing_);
    files_.fail_next_sync();
    [[maybe_unused]] const Status cut_off = log_->flush();
  }
  log_.reset();
  Torn torn = Torn::kNothing;
  files_.crash([&](const std::string&, std::size_t unsynced) -> std::size_t {
    if (unsynced == 0 || random.chance(1, 4)) return 0;
    const std::size_t kept = random.chance(1, 4) ? unsynced : random.below(unsynced + 1);
    if (kept != 0) torn = kept == unsynced ? Torn::kWhole : Torn::kGroup;
    return kept;
  });
  waiting_.clear();
  writing_ = 0;
  receipt_.reset();
  return torn;
}

void NodeLog::fill_up(std::optional<std::uint64_t> room) {
  files_.set_capacity(std::nullopt);
  if (!room) return;
  const DiskSpace space = files_.space(kDirectory).value();
  files_.set_capacity(space.total_bytes - space.free_bytes + *room);
}

std::string NodeLog::segment() const {
  const auto names = files_.list(kDirectory);
  CHECK(names.ok() && !names->empty());
  return std::string(kDirectory) + "/" + names->back();
}

bool NodeLog::rot(Random& random) {
  const std::string path = segment();
  Bytes bytes = files_.content(path);
  const auto scanned = ledger::log_format::scan_segment(bytes);
  if (!scanned.ok() || scanned->groups.size() < 2 || scanned->torn()) return false;
  // The last group begins at the last block that its magic number begins.
  std::size_t last = bytes.size() / ledger::log_format::kBlockBytes * ledger::log_format::kBlockBytes;
  do {
    last -= ledger::log_format::kBlockBytes;
  } while (last != 0 && !as_text(ByteView(bytes).subspan(last, 4)).starts_with("JLG1"));
  if (last == 0) return false;
  bytes[random.below(last)] ^= static_cast<std::uint8_t>(1u << random.below(8));
  files_.put(path, std::move(bytes));
  return true;
}

}  // namespace jingchu::sim
