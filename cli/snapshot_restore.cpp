#include "cli/snapshot_restore.h"

#include <future>

#include "cli/stopped_home.h"

namespace jingchu::cli {
namespace {

constexpr const char* kUnfinished = ".restoring";
constexpr const char* kReplaced = ".replaced";

Status remove_files(FileSystem& files, const std::string& directory) {
  if (!files.exists(directory)) return ok_status();
  ASSIGN_OR_RETURN(const auto names, files.list(directory));
  for (const auto& name : names) RETURN_IF_ERROR(files.remove(directory + "/" + name));
  return ok_status();
}

// Its files, and those of its values in the one directory within.
Status remove_database(FileSystem& files, const std::string& directory) {
  if (!files.exists(directory)) return ok_status();
  RETURN_IF_ERROR(remove_files(files, directory + "/values"));
  RETURN_IF_ERROR(remove_files(files, directory));
  return files.remove(directory);
}

using Entries = std::vector<ledger::SnapshotEntry>;

// On a thread of its own.
std::future<Result<Entries>> read_ahead(const ledger::Snapshot& snapshot, const ledger::SnapshotFiles& files,
                                        std::size_t index) {
  return std::async(std::launch::async, [&snapshot, &files, index]() -> Result<Entries> {
    const auto& chunk = snapshot.contents.chunks[index];
    ASSIGN_OR_RETURN(const auto bytes, files.chunk(snapshot.height(), index, chunk));
    return ledger::read_chunk(chunk, bytes, snapshot.contents.head.chain_id);
  });
}

}  // namespace

Status check_database(const Session& session, const RestoreTarget& target) {
  const std::string database = target.config.path(target.config.data) + "/db";
  if (!session.files.exists(database) || target.replace) return ok_status();
  return caller_error("database-exists", "this home has a database already",
                      "to put the snapshot in its place, give --replace: the old one is moved aside",
                      database);
}

SnapshotRestore::SnapshotRestore(const Session& session, const RestoreTarget& target,
                                 const SnapshotTrust& trust)
    : session_(session),
      target_(target),
      trust_(trust),
      database_(target.config.path(target.config.data) + "/db") {}

std::string SnapshotRestore::unfinished() const {
  return database_ + kUnfinished;
}

Status SnapshotRestore::begin(const ledger::Snapshot& snapshot) {
  RETURN_IF_ERROR(check_database(session_, target_));
  restorer_.reset();
  store_.reset();
  RETURN_IF_ERROR(remove_database(session_.files, unfinished()));
  snapshot_ = snapshot;
  entries_ = 0;
  if (!has_genesis_) {
    const auto begun = begin_chain(trust_.genesis, genesis_store_);
    if (!begun.ok()) return begun.error();
    has_genesis_ = true;
  }
  ASSIGN_OR_RETURN(store_, ledger::open_leveldb(unfinished(), {.identity = to_hex(trust_.genesis.chain_id)}));
  restorer_.emplace(*store_, genesis_store_, *snapshot_);
  return ok_status();
}

Status SnapshotRestore::add(const Entries& entries) {
  entries_ += entries.size();
  return restorer_->add(entries);
}

// The next one is read while one is written.
Status SnapshotRestore::add_all(const ledger::Snapshot& snapshot, const ledger::SnapshotFiles& files) {
  RETURN_IF_ERROR(begin(snapshot));
  Progress progress(session_);
  const std::size_t count = snapshot.contents.chunks.size();
  auto next = read_ahead(snapshot, files, 0);
  for (std::size_t index = 0; index < count; ++index) {
    const auto entries = next.get();
    if (index + 1 < count) next = read_ahead(snapshot, files, index + 1);
    if (!entries.ok()) return entries.error();
    RETURN_IF_ERROR(add(*entries));
    progress.show("restoring: chunk " + std::to_string(index + 1) + " of " + std::to_string(count));
  }
  return ok_status();
}

Result<Restored> SnapshotRestore::finish() {
  FileSystem& disk = session_.files;
  {
    Progress progress(session_);
    progress.show("restoring: the tree of the state");
    RETURN_IF_ERROR(restorer_->finish());
  }
  restorer_.reset();
  store_.reset();
  Restored restored;
  restored.entries = entries_;
  if (disk.exists(database_)) {
    restored.moved_to = database_ + kReplaced;
    RETURN_IF_ERROR(remove_database(disk, restored.moved_to));
    RETURN_IF_ERROR(disk.rename(database_, restored.moved_to));
  }
  RETURN_IF_ERROR(disk.rename(unfinished(), database_));
  return restored;
}

}  // namespace jingchu::cli
