// The chunks of one snapshot, from those nodes that say they have it: a thread for each node, which takes the
// next chunk that nobody has.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>

#include "cli/node_client.h"
#include "cli/session.h"
#include "ledger/snapshot_files.h"

namespace jingchu::cli {

class SnapshotTransfer {
 public:
  SnapshotTransfer(const Session& session, const ledger::Snapshot& snapshot, ledger::SnapshotFiles& files)
      : session_(session), snapshot_(snapshot), files_(files) {}

  // All chunks are in `files` then, each verified. Errors: kPeer "bad-snapshot" (the manifest lies, and so do
  // all who have it), "not-enough" (every node was given up); those of the disk.
  Status run(const std::map<std::size_t, const NodeClient*>& nodes);

  std::size_t fetched() const { return fetched_; }
  std::size_t kept() const { return kept_; }
  const std::map<std::size_t, Error>& given_up() const { return given_up_; }

 private:
  void look_at_kept(Progress& progress);
  void work(std::size_t number, const NodeClient& node);
  // Nothing: there is nothing more to do for this node.
  std::optional<std::size_t> take(std::size_t number);
  Result<Bytes> fetch(const NodeClient& node, std::size_t index) const;
  Status store(std::size_t index, ByteView bytes);
  void done(std::size_t index, const Status& stored);
  void give_back(std::size_t index);
  void show(Progress& progress) const;

  const Session& session_;
  const ledger::Snapshot& snapshot_;
  ledger::SnapshotFiles& files_;

  std::mutex mutex_;  // guards what is below while threads work
  std::condition_variable changed_;
  std::deque<std::size_t> left_;
  std::size_t nodes_ = 0;
  std::size_t working_ = 0;    // threads
  std::size_t under_way_ = 0;  // chunks
  std::size_t fetched_ = 0;
  std::size_t kept_ = 0;
  std::uint64_t bytes_ = 0;
  std::optional<Error> failure_;
  std::map<std::size_t, Error> given_up_;
};

}  // namespace jingchu::cli
