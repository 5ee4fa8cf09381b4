#include "cli/snapshot_restore.h"

#include <future>

#include "cli/stopped_home.h"
#include "ledger/memory_database.h"

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

class Restore {
 public:
  Restore(const Session& session, const SnapshotTrust& trust, const ledger::Snapshot& snapshot,
          const ledger::SnapshotFiles& files, bool judged)
      : trust_(trust), snapshot_(snapshot), files_(files), judged_(judged), progress_(session) {}

  // The chunks into a new database, the next one being read while one is written.
  Result<std::uint64_t> into(const std::string& directory) {
    ledger::MemoryDatabase genesis_store;
    ASSIGN_OR_RETURN([[maybe_unused]] const auto begin, begin_chain(trust_.genesis, genesis_store));
    ASSIGN_OR_RETURN(const auto store,
                     ledger::open_leveldb(directory, {.identity = to_hex(trust_.genesis.chain_id)}));
    ledger::SnapshotRestorer restorer(*store, genesis_store, snapshot_);
    const std::size_t count = snapshot_.contents.chunks.size();
    std::uint64_t written = 0;
    auto next = read_ahead(0);
    for (std::size_t index = 0; index < count; ++index) {
      const auto entries = next.get();
      if (index + 1 < count) next = read_ahead(index + 1);
      if (!entries.ok()) return entries.error();
      RETURN_IF_ERROR(restorer.add(*entries));
      written += entries->size();
      progress_.show("restoring: chunk " + std::to_string(index + 1) + " of " + std::to_string(count));
    }
    progress_.show("restoring: the tree of the state");
    RETURN_IF_ERROR(restorer.finish());
    return written;
  }

 private:
  using Entries = std::vector<ledger::SnapshotEntry>;

  std::future<Result<Entries>> read_ahead(std::size_t index) const {
    return std::async(std::launch::async, [this, index] { return read(index); });
  }

  Result<Entries> read(std::size_t index) const {
    const auto& chunk = snapshot_.contents.chunks[index];
    ASSIGN_OR_RETURN(const auto bytes, files_.chunk(snapshot_.height(), index, chunk));
    if (judged_) return ledger::decode_chunk(bytes);
    return ledger::read_chunk(chunk, bytes, snapshot_.contents.head.chain_id);
  }

  const SnapshotTrust& trust_;
  const ledger::Snapshot& snapshot_;
  const ledger::SnapshotFiles& files_;
  const bool judged_;
  Progress progress_;
};

}  // namespace

Status check_database(const Session& session, const RestoreTarget& target) {
  const std::string database = target.config.path(target.config.data) + "/db";
  if (!session.files.exists(database) || target.replace) return ok_status();
  return caller_error("database-exists", "this home has a database already",
                      "to put the snapshot in its place, give --replace: the old one is moved aside",
                      database);
}

Result<Restored> restore_snapshot(const Session& session, const RestoreTarget& target,
                                  const SnapshotTrust& trust, const ledger::Snapshot& snapshot,
                                  const ledger::SnapshotFiles& files, bool judged) {
  FileSystem& disk = session.files;
  const std::string database = target.config.path(target.config.data) + "/db";
  RETURN_IF_ERROR(check_database(session, target));
  const std::string unfinished = database + kUnfinished;
  RETURN_IF_ERROR(remove_database(disk, unfinished));
  Restored restored;
  ASSIGN_OR_RETURN(restored.entries, Restore(session, trust, snapshot, files, judged).into(unfinished));
  if (disk.exists(database)) {
    restored.moved_to = database + kReplaced;
    RETURN_IF_ERROR(remove_database(disk, restored.moved_to));
    RETURN_IF_ERROR(disk.rename(database, restored.moved_to));
  }
  RETURN_IF_ERROR(disk.rename(unfinished, database));
  return restored;
}

}  // namespace jingchu::cli
