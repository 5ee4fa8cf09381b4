// An operator who puts a snapshot of other nodes in the place of a stopped node's database, as `jingchu
// snapshot restore` does: none of those that it is fetched from is believed, what came before a break is
// kept, and the home has its old database or the new one.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "ledger/snapshot.h"
#include "sim/crashing_database.h"
#include "sim/storage.h"

namespace jingchu::sim {

class Node;
class WholeLedger;

class Restore {
 public:
  // Of this node, which must be down until it is over.
  Restore(World& world, Node& node);
  ~Restore();

  // Goes on from what is durable.
  void run();
  // It is killed: only what is durable is left.
  void kill();

 private:
  struct Offer {
    Height height;
    Hash id{};
    std::vector<std::size_t> nodes;
  };

  void later(std::uint64_t delay_us);
  void step();
  std::vector<Offer> offers() const;
  // Whom to ask for the snapshot that is being fetched.
  std::vector<std::size_t> holders() const;
  void find_snapshot();
  Result<ledger::Snapshot> judge_manifest(const Offer& offer, std::size_t node);
  void fetch_chunk();
  void fill();
  void finish();
  void end_without();
  // What a node gives: a liar, or a bad disk or line, gives something else.
  Bytes given(std::size_t node, const Bytes& bytes) const;
  void refused(std::size_t node, std::string_view what);

  World& world_;
  Node& node_;
  std::unique_ptr<WholeLedger> genesis_;  // executed, and no more
  std::uint64_t life_ = 0;
  std::shared_ptr<int> alive_ = std::make_shared<int>();  // as long as this is

  // Durable.
  std::optional<ledger::Snapshot> snapshot_;
  std::map<std::size_t, Bytes> chunks_;

  // Of one run.
  std::set<std::size_t> left_;  // nodes that are not asked any more
  unsigned tries_ = 0;
  std::unique_ptr<CrashingDatabase> database_;
  std::unique_ptr<ledger::SnapshotRestorer> restorer_;
  std::size_t next_ = 0;  // chunk to write
};

}  // namespace jingchu::sim
