// The disk under a node's durable log: groups of encoded records, of which a crash loses what was not synced.
// Torn groups are lost whole, as the real log treats them (docs/protocol.md, R8).
#pragma once

#include <vector>

#include "consensus/durable.h"
#include "sim/random.h"

namespace jingchu::sim {

class SimulatedLog : public consensus::RecordLog {
 public:
  // Turns grow from group to group until the next crash.
  void append(std::uint64_t turn, const std::vector<consensus::Record>& records);
  // Everything up to `turn` is durable from now on; the records that became so are added to `fresh`.
  consensus::SyncReceipt sync_through(std::uint64_t turn, std::vector<consensus::Record>& fresh);
  // Of the last sync since the last crash.
  consensus::SyncReceipt last_receipt() const { return receipt(synced_turn_); }
  bool has_unsynced() const { return !unsynced_.empty(); }
  // Unsynced groups are lost, except perhaps a first few that had reached the disk by chance.
  void crash(Random& random);
  // A fresh segment takes the place of all before. Only while nothing is unsynced.
  void replace(const std::vector<consensus::Record>& records);

  Result<std::vector<consensus::Record>> read(const Hash& chain_id) const;

 private:
  struct Group {
    std::uint64_t turn;
    std::vector<consensus::Record> records;
  };
  void write(const std::vector<consensus::Record>& records);

  std::vector<Bytes> durable_;  // encoded records
  std::vector<Group> unsynced_;
  std::uint64_t synced_turn_ = 0;
};

}  // namespace jingchu::sim
