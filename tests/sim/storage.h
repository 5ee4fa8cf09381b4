// What a whole node does with its store beside execution, as node/history.h and node/snapshots.h have it but
// without their threads and files: it makes snapshots and keeps the last of them, lets go of old epochs, and
// exports them to an archive before.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "ledger/archive.h"
#include "ledger/snapshot.h"
#include "sim/crashing_database.h"
#include "tests/support/faulty_file_system.h"

namespace jingchu::sim {

class World;

struct KeptSnapshot {
  ledger::Snapshot snapshot;
  std::vector<Bytes> chunks;
};

class NodeStorage {
 public:
  NodeStorage(World& world, NodeIndex index);

  // The node begins with this database.
  Status open(CrashingDatabase& database);
  // Behind each write of blocks: the database stands at this height. Errors: the database's.
  Status after_blocks(Height height);
  // A state is held fast, to be cut.
  bool has_to_cut() const { return frozen_ != nullptr; }
  Status cut();
  // What is in the making is lost.
  void crash();

  // What it gives to others.
  const std::map<Height, KeptSnapshot>& kept() const { return kept_; }
  // The database as it was at some epoch's end; null: there is no such copy.
  std::unique_ptr<CrashingDatabase> copy_of_before() const;
  const FileSystem& files() const { return files_; }
  static std::string archive();  // its directory

 private:
  bool is_due(Height height) const;
  Status prove(Height height);
  Status prune();
  // False: broke off, and is tried again.
  Result<bool> export_epoch(Epoch epoch);

  World& world_;
  const bool is_honest_;
  const bool prunes_;
  CrashingDatabase* database_ = nullptr;

  // Durable.
  std::map<Height, KeptSnapshot> kept_;
  std::unique_ptr<const CrashingDatabase> before_;
  test::FaultyFileSystem files_;

  // Lost in a crash.
  std::unique_ptr<const ledger::KeyValueStore> frozen_;
  struct Unproven {
    ledger::SnapshotContents contents;
    std::vector<Bytes> chunks;
  };
  std::optional<Unproven> unproven_;
  bool pruning_ = false;
};

}  // namespace jingchu::sim
