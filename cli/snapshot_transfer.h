// The chunks of one snapshot, from those nodes that say they have it: a thread for each node, which takes the
// next chunk that nobody has.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "cli/node_client.h"
#include "cli/session.h"
#include "ledger/snapshot_files.h"

namespace jingchu::cli {

// Who makes something of the chunks while they come.
class ChunkSink {
 public:
  virtual ~ChunkSink() = default;
  // Chunks of this one follow from the first on; those of another one, if there were any, are of no use.
  virtual Status begin(const ledger::Snapshot& snapshot) = 0;
  // Verified, in their order.
  virtual Status add(const std::vector<ledger::SnapshotEntry>& entries) = 0;
};

class SnapshotTransfer {
 public:
  // `sink`: null if nobody wants them; it has begun.
  SnapshotTransfer(const Session& session, const ledger::Snapshot& snapshot, ledger::SnapshotFiles& files,
                   ChunkSink* sink = nullptr)
      : session_(session), snapshot_(snapshot), files_(files), sink_(sink) {}

  // All chunks are in `files` then, each verified, and went to the sink. Errors: kPeer "bad-snapshot" (the
  // manifest lies, and so do all who have it), "not-enough" (every node was given up); those of the disk and
  // of the sink.
  Status run(const std::map<std::size_t, const NodeClient*>& nodes);

  std::size_t fetched() const { return fetched_; }
  std::size_t kept() const { return kept_.size(); }
  const std::map<std::size_t, Error>& given_up() const { return given_up_; }

 private:
  using Entries = std::vector<ledger::SnapshotEntry>;

  void look_at_kept(Progress& progress);
  void work(std::size_t number, const NodeClient& node);
  // Nothing: there is nothing more to do for this node.
  std::optional<std::size_t> take(std::size_t number);
  Result<Bytes> fetch(const NodeClient& node, std::size_t index) const;
  void done(std::size_t index, const Status& stored, Entries entries);
  void fail(const Error& error);
  void give_back(std::size_t index);
  bool can_take() const;
  // The next chunk to the sink; false: it is not here yet. Lets go of the lock meanwhile.
  bool give_next(std::unique_lock<std::mutex>& lock);
  Result<Entries> read_kept(std::size_t index) const;
  void show(Progress& progress) const;

  const Session& session_;
  const ledger::Snapshot& snapshot_;
  ledger::SnapshotFiles& files_;
  ChunkSink* const sink_;

  mutable std::mutex mutex_;  // guards what is below while threads work
  std::condition_variable changed_;
  std::set<std::size_t> left_;
  std::map<std::size_t, Entries> here_;  // chunks that were fetched and are not with the sink yet
  std::size_t given_ = 0;                // chunks that are
  std::size_t nodes_ = 0;
  std::size_t working_ = 0;    // threads
  std::size_t under_way_ = 0;  // chunks
  std::size_t fetched_ = 0;
  std::set<std::size_t> kept_;
  std::uint64_t bytes_ = 0;
  std::optional<Error> failure_;
  std::map<std::size_t, Error> given_up_;
};

}  // namespace jingchu::cli
