// Where snapshots are kept: for each a directory, named by its height, with a file for each chunk and the
// manifest, which is written last: without it, it is one that broke off.
#pragma once

#include "common/file_system.h"
#include "ledger/snapshot.h"

namespace jingchu::ledger {

// Errors are those of the disk, and name the path; of reading also kEnvironment "snapshot-damaged".
class SnapshotFiles {
 public:
  SnapshotFiles(FileSystem& files, std::string directory) : files_(files), directory_(std::move(directory)) {}

  std::string path(Height height) const;
  // Heights that have a manifest, ascending; none if there is no directory.
  Result<std::vector<Height>> whole() const;
  // Lets go of what has no manifest.
  Status remove_broken();

  // Each is there whole or not at all, and durable on return.
  Status put_chunk(Height height, std::size_t index, ByteView bytes);
  Status put_manifest(const Snapshot& snapshot);

  Result<Bytes> manifest(Height height) const;
  // The bytes that the manifest names.
  Result<Bytes> chunk(Height height, std::size_t index, const SnapshotChunk& named) const;
  Status remove(Height height);

 private:
  std::string file(Height height, const std::string& name) const;
  Result<std::vector<Height>> all() const;

  FileSystem& files_;
  const std::string directory_;
};

}  // namespace jingchu::ledger
