// Making a snapshot.
#include "common/codec.h"
#include "consensus/mutant.h"
#include "ledger/executor_work.h"
#include "ledger/set_changes.h"
#include "ledger/snapshot.h"
#include "ledger/state.h"

namespace jingchu::ledger {
namespace {

// Gathers entries until a chunk is full.
class Cutter {
 public:
  Cutter(const TakeChunk& take, std::uint32_t chunk_bytes) : take_(take), chunk_bytes_(chunk_bytes) {}

  Status add(std::string_view key, ByteView value) {
    entries_.push_back({std::string(key), to_bytes(value)});
    bytes_ += key.size() + value.size();
    const std::string state = stored_state_key({});
    if (key.starts_with(state)) checksum_.add(key.substr(state.size()), value);
    return bytes_ < chunk_bytes_ ? ok_status() : cut();
  }

  Status cut() {
    if (entries_.empty()) return ok_status();
    const Bytes bytes = encode(entries_);
    chunks_.push_back({static_cast<std::uint32_t>(entries_.size()), static_cast<std::uint32_t>(bytes.size()),
                       sha256(bytes), checksum_});
    entries_.clear();
    bytes_ = 0;
    checksum_ = {};
    return take_(chunks_.size() - 1, bytes);
  }

  std::vector<SnapshotChunk> take() { return std::move(chunks_); }

 private:
  const TakeChunk& take_;
  const std::uint32_t chunk_bytes_;
  std::vector<SnapshotEntry> entries_;
  std::uint64_t bytes_ = 0;
  StateChecksum checksum_;
  std::vector<SnapshotChunk> chunks_;
};

}  // namespace

Result<SnapshotContents> cut_snapshot(const KeyValueStore& frozen, const TakeChunk& take,
                                      std::uint32_t chunk_bytes) {
  ASSIGN_OR_RETURN(const auto head, BlockStore(frozen).head());
  if (!head) return our_error("no-genesis", "the store holds no genesis yet");
  Cutter cutter(take, chunk_bytes);
  std::set<Hash> queued;
  Status outcome = ok_status();
  const std::string state = stored_state_key({});
  RETURN_IF_ERROR(frozen.scan(state, state, [&](std::string_view key, ByteView value) {
    if (const auto tip = queued_batch(key, value)) queued.insert(*tip);
    outcome = cutter.add(key, value);
    return outcome.ok();
  }));
  RETURN_IF_ERROR(outcome);
  if (consensus::mutant(consensus::Mutant::kSnapshotWithoutQueue)) queued.clear();
  // Of what waits in the queue the state has the transactions; where they came from, the batches say.
  for (const Hash& tip : queued) {
    ASSIGN_OR_RETURN(const auto sealed, BlockStore(frozen).batch(tip));
    if (!sealed) {
      return frozen.report(
          environment_error("storage-corrupted", "a batch of the queue is missing", "check the disk"));
    }
    // Its tip does not cover the signature, of which its owner can make as many as it likes.
    auto batch = sealed->batch;
    batch.signature = {};
    RETURN_IF_ERROR(cutter.add(store_keys::batch(tip), encode(batch)));
  }
  RETURN_IF_ERROR(cutter.cut());
  SnapshotContents contents;
  contents.head = *head;
  contents.chunks = cutter.take();
  return contents;
}

Result<std::optional<Snapshot>> prove_snapshot(const KeyValueStore& store, const Genesis& genesis,
                                               const SnapshotContents& contents) {
  const Height height = contents.head.height;
  ASSIGN_OR_RETURN(auto following, BlockStore(store).block(height.next()));
  if (!following || !following->finalization) return std::optional<Snapshot>();
  Snapshot snapshot;
  snapshot.contents = contents;
  ASSIGN_OR_RETURN(snapshot.sets, set_changes(store, genesis.epochs(), following->header.epoch));
  ASSIGN_OR_RETURN(snapshot.last, closing_proof(store, height));
  snapshot.following = {std::move(following->header), std::move(following->path),
                        std::move(*following->finalization)};
  return std::optional(std::move(snapshot));
}

}  // namespace jingchu::ledger
