// A home's database out of a snapshot: made beside the old one, and put in its place when it is whole.
#pragma once

#include <memory>
#include <optional>

#include "cli/session.h"
#include "cli/snapshot_fetch.h"
#include "ledger/memory_database.h"
#include "node/config.h"

namespace jingchu::cli {

struct RestoreTarget {
  const node::Config& config;
  bool replace = false;  // a database that is there, which is moved aside
};

struct Restored {
  std::uint64_t entries = 0;
  std::string moved_to;  // the database that was there; may be empty
};

// Before anything is fetched: "database-exists".
Status check_database(const Session& session, const RestoreTarget& target);

// The database of a home that the caller has locked. Whatever breaks off, the home has its old database or
// the new one. Errors: kPeer "bad-snapshot"; those of the disk.
class SnapshotRestore final : public ChunkSink {
 public:
  SnapshotRestore(const Session& session, const RestoreTarget& target, const SnapshotTrust& trust);

  Status begin(const ledger::Snapshot& snapshot) override;
  Status add(const std::vector<ledger::SnapshotEntry>& entries) override;
  // From begin() to the last chunk, of a snapshot that is in files; each is verified. Errors also:
  // kEnvironment "snapshot-damaged".
  Status add_all(const ledger::Snapshot& snapshot, const ledger::SnapshotFiles& files);
  // Once all are added: the new database takes its place.
  Result<Restored> finish();

 private:
  std::string unfinished() const;

  const Session& session_;
  const RestoreTarget target_;
  const SnapshotTrust& trust_;
  const std::string database_;
  std::optional<ledger::Snapshot> snapshot_;
  ledger::MemoryDatabase genesis_store_;
  bool has_genesis_ = false;
  std::unique_ptr<ledger::KeyValueStore> store_;
  std::optional<ledger::SnapshotRestorer> restorer_;
  std::uint64_t entries_ = 0;
};

}  // namespace jingchu::cli
