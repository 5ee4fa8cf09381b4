// A snapshot: the state at the end of an epoch, in chunks, with what proves to whoever has the genesis file
// that it is the whole state and nothing else (docs/formats.md, "Snapshots"). The first block of the next
// epoch commits to the checksum of the state; each chunk has a checksum of its own, and together they make
// that one: so a chunk that is wrong is known by itself, whoever gave it. Pure.
#pragma once

#include <functional>
#include <set>

#include "ledger/block_store.h"
#include "ledger/genesis.h"
#include "ledger/proof_verify.h"
#include "ledger/state_checksum.h"

namespace jingchu::ledger {

inline constexpr std::uint16_t kSnapshotFormat = 1;
inline constexpr std::size_t kSnapshotManifestBytesMax = 64 << 20;
inline constexpr std::uint32_t kSnapshotChunkBytes = 2 << 20;  // a chunk ends with the entry that fills it
inline constexpr std::uint32_t kSnapshotChunkBytesMax = 32 << 20;  // of one with a very large entry

struct SnapshotChunk {
  std::uint32_t entries = 0;
  std::uint32_t bytes = 0;
  Hash hash{};             // SHA-256 of the bytes
  StateChecksum checksum;  // of its entries of the state

  template <class Archive>
  void serialize(Archive& archive) {
    archive(entries, bytes, hash, checksum);
  }
};

// What is the same on every node that makes a snapshot of this height.
struct SnapshotContents {
  std::uint16_t format = kSnapshotFormat;
  ExecutionHead head;
  std::vector<SnapshotChunk> chunks;

  // H("jingchu/snapshot", contents): by which nodes say that they have the same one.
  Hash id() const;
  std::uint64_t bytes() const;  // of all chunks

  template <class Archive>
  void serialize(Archive& archive) {
    archive(format, head, chunks);
  }
};

// The manifest: the contents, and why they are those of the chain.
struct Snapshot {
  SnapshotContents contents;
  std::vector<SetChange> sets;  // to the set of the next epoch
  FinalHeader last;             // the block at the height of the head, an epoch's last
  FinalHeader following;        // the one behind it, which names its executed root

  Height height() const { return contents.head.height; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(contents, sets, last, following);
  }
};

Bytes encode_snapshot(const Snapshot& snapshot);
// Errors: kPeer "bad-snapshot".
Result<Snapshot> decode_snapshot(ByteView bytes);

// The chain behind a snapshot, and that its chunks make the state of it, if each is what the manifest says.
// `genesis_root` is the executed root of the genesis state. Errors: kPeer "bad-snapshot", which names what
// does not hold.
Result<AnchorFacts> verify_snapshot(const Snapshot& snapshot, ByteView genesis, const Hash& genesis_root);

// A key and value of the store.
struct SnapshotEntry {
  std::string key;
  Bytes value;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(key, value);
  }
};

// The entries of a chunk that read_chunk() has judged before.
Result<std::vector<SnapshotEntry>> decode_chunk(ByteView bytes);

// The entries of a chunk, in the order of their keys. Errors: kPeer "chunk-damaged" (these are not the bytes
// of the manifest), "bad-snapshot" (they are, and the manifest lies).
Result<std::vector<SnapshotEntry>> read_chunk(const SnapshotChunk& chunk, ByteView bytes,
                                              const Hash& chain_id);

// Takes each chunk as soon as it is full; an Error ends the work.
using TakeChunk = std::function<Status(std::size_t index, ByteView bytes)>;

// Cuts the state of a store that stands at an epoch's end, and the batches that its queue still needs, into
// chunks. Every node has to cut at the same size. Errors: the store's, those of `take`.
Result<SnapshotContents> cut_snapshot(const KeyValueStore& frozen, const TakeChunk& take,
                                      std::uint32_t chunk_bytes = kSnapshotChunkBytes);

// The manifest, once the block behind it is executed; nothing before. Errors: the store's.
Result<std::optional<Snapshot>> prove_snapshot(const KeyValueStore& store, const Genesis& genesis,
                                               const SnapshotContents& contents);

// Writes a verified snapshot into an empty store, chunk by chunk in their order. Before finish() has
// succeeded, which syncs, the store is no node's.
class SnapshotRestorer {
 public:
  // The tree of so many entities is built at a time, which bounds the memory that it takes.
  static constexpr std::size_t kHeadsAtATime = 1 << 18;

  // `genesis_store` holds the executed genesis; all outlive the restorer.
  SnapshotRestorer(KeyValueStore& store, const KeyValueStore& genesis_store, const Snapshot& snapshot,
                   std::size_t heads_at_a_time = kHeadsAtATime)
      : store_(store),
        genesis_store_(genesis_store),
        snapshot_(snapshot),
        heads_at_a_time_(heads_at_a_time) {}

  // Errors: kPeer "bad-snapshot", the store's.
  Status add(const std::vector<SnapshotEntry>& entries);
  Status finish();

 private:
  Status note(const SnapshotEntry& entry);
  void keep(const SnapshotEntry& entry, WriteBatch& writes) const;
  Status build_tree();
  Status add_blocks(WriteBatch& writes) const;

  KeyValueStore& store_;
  const KeyValueStore& genesis_store_;
  const Snapshot& snapshot_;
  const std::size_t heads_at_a_time_;
  std::string last_key_;
  std::uint64_t entries_ = 0;
  std::vector<EntityLeaf> heads_;
  std::set<Hash> queued_;  // tips of batches that the queue needs
  std::set<Hash> batches_;
};

}  // namespace jingchu::ledger
