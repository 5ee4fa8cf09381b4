#include "sim/simulated_log.h"

namespace jingchu::sim {

using consensus::Record;

void SimulatedLog::append(std::uint64_t turn, const std::vector<Record>& records) {
  CHECK(turn > synced_turn_ && (unsynced_.empty() || turn > unsynced_.back().turn));
  unsynced_.push_back({turn, records});
}

consensus::SyncReceipt SimulatedLog::sync_through(std::uint64_t turn, std::vector<Record>& fresh) {
  std::size_t count = 0;
  while (count < unsynced_.size() && unsynced_[count].turn <= turn) {
    const auto& records = unsynced_[count++].records;
    write(records);
    fresh.insert(fresh.end(), records.begin(), records.end());
  }
  unsynced_.erase(unsynced_.begin(), unsynced_.begin() + static_cast<std::ptrdiff_t>(count));
  synced_turn_ = turn;
  return receipt(turn);
}

void SimulatedLog::crash(Random& random) {
  const std::uint64_t reached = random.coin() ? 0 : random.below(unsynced_.size() + 1);
  for (std::size_t i = 0; i < reached; ++i) write(unsynced_[i].records);
  unsynced_.clear();
  synced_turn_ = 0;
}

void SimulatedLog::replace(const std::vector<Record>& records) {
  CHECK(unsynced_.empty());
  durable_.clear();
  write(records);
}

Result<std::vector<Record>> SimulatedLog::read(const Hash& chain_id) const {
  std::vector<Record> records;
  records.reserve(durable_.size());
  for (const Bytes& bytes : durable_) {
    ASSIGN_OR_RETURN(auto record, consensus::decode_record(chain_id, bytes));
    records.push_back(std::move(record));
  }
  return records;
}

void SimulatedLog::write(const std::vector<Record>& records) {
  for (const Record& record : records) durable_.push_back(consensus::encode_record(record));
}

}  // namespace jingchu::sim
