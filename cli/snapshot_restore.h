// A home's database out of a snapshot: made beside the old one, and put in its place when it is whole.
#pragma once

#include "cli/session.h"
#include "cli/snapshot_fetch.h"
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

// `files` has the chunks; `judged`: they were verified already, else they are now. The home must be locked by
// the caller. Errors: "database-exists"; kPeer "bad-snapshot"; kEnvironment "snapshot-damaged"; those of the
// disk. Whatever breaks off, the home has its old database or the new one.
Result<Restored> restore_snapshot(const Session& session, const RestoreTarget& target,
                                  const SnapshotTrust& trust, const ledger::Snapshot& snapshot,
                                  const ledger::SnapshotFiles& files, bool judged);

}  // namespace jingchu::cli
