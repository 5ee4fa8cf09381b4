// The durable log of a simulated node: the real ledger::DurableLog, without its thread, on a disk in memory.
// What is appended waits here until the simulated sync is over; a crash meanwhile may leave a torn group.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "ledger/durable_log.h"
#include "sim/random.h"
#include "tests/support/faulty_file_system.h"

namespace jingchu::sim {

class NodeLog {
 public:
  explicit NodeLog(const consensus::KeyRecord& key);

  // Reads what is there and goes on behind it.
  Result<std::vector<consensus::Record>> open();
  // Turns grow from group to group until the next crash.
  void append(std::uint64_t turn, const std::vector<consensus::Record>& records);
  void rotate(const std::vector<consensus::Record>& live);
  bool has_waiting() const { return !waiting_.empty(); }
  std::uint64_t segment_bytes() const { return log_->segment_bytes(); }

  // A sync begins; it covers what waits by now.
  void begin_write() { writing_ = waiting_.size(); }
  // And ends: the records that became durable are added to `fresh`. The receipt is of the last group since
  // the start; there may be none yet. After an error the node has to end.
  Result<std::optional<consensus::SyncReceipt>> finish_write(std::vector<consensus::Record>& fresh);

  enum class Torn { kNothing, kGroup, kWhole };  // what a crash left of the write under way
  Torn crash(Random& random);

  // Faults.
  void fail_next_sync() { files_.fail_next_sync(); }
  // Every append beyond `room` more bytes fails; without it there is room again.
  void fill_up(std::optional<std::uint64_t> room);
  // One bit of a group before the last flips; false: there is none.
  bool rot(Random& random);

 private:
  struct Item {
    std::uint64_t turn = 0;
    std::vector<consensus::Record> records;
    bool rotates = false;
  };
  void hand_over(std::size_t count);
  std::string segment() const;

  consensus::KeyRecord key_;
  test::FaultyFileSystem files_;
  std::unique_ptr<ledger::DurableLog> log_;
  std::deque<Item> waiting_;
  std::size_t writing_ = 0;
  std::optional<consensus::SyncReceipt> receipt_;
};

}  // namespace jingchu::sim
