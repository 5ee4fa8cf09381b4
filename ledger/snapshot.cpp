#include "ledger/snapshot.h"

#include <algorithm>
#include <limits>

#include "common/codec.h"
#include "consensus/mutant.h"
#include "ledger/state.h"

namespace jingchu::ledger {
namespace {

using consensus::mutant;
using consensus::Mutant;

// What is read is bounded by its bytes: no count is larger than those that follow.
constexpr DecodeLimits kLimits{.list_max = std::numeric_limits<std::uint32_t>::max()};

Error bad_snapshot(const std::string& what) {
  return peer_error("bad-snapshot", what);
}

Error not_final(const std::string& which, const ProofFailure& failure) {
  std::string what = which + ": " + std::string(to_string(failure.reason)) + " at " + failure.where;
  if (!failure.expected.empty()) what += ", expected " + failure.expected;
  if (!failure.found.empty()) what += ", found " + failure.found;
  return bad_snapshot(what);
}

// That the head is what the block behind it commits to, by its roots or by itself.
Status check_head(const ExecutionHead& head, const consensus::Header& following, const Hash& genesis_root) {
  if (head.format != ExecutionHead().format) return bad_snapshot("its head has another format");
  if (head.hash != following.parent_hash) return bad_snapshot("the block behind it has another parent");
  if (following.height != head.height.next() || following.executed_height != head.height) {
    return bad_snapshot("the block behind it names another height");
  }
  if (head.roots.executed() != following.executed_root) {
    return bad_snapshot("its executed root is " + to_hex(head.roots.executed()) +
                        ", and the block behind it names " + to_hex(following.executed_root));
  }
  if (head.genesis_root != genesis_root) return bad_snapshot("its genesis root is another");
  if (head.checksum.digest() != head.roots.checksum)
    return bad_snapshot("its checksum is not that of its root");
  const auto& history = head.history;
  if (!history.is_whole() || history.size() != head.height.value() || history.root() != head.roots.history) {
    return bad_snapshot("its history is not that of its root");
  }
  return ok_status();
}

Status check_chunks(const SnapshotContents& contents) {
  StateChecksum sum;
  for (const auto& chunk : contents.chunks) {
    if (chunk.entries == 0 || chunk.bytes > kSnapshotChunkBytesMax) return bad_snapshot("a chunk of no size");
    sum.join(chunk.checksum);
  }
  if (sum == contents.head.checksum) return ok_status();
  return bad_snapshot("its chunks do not make the state that the chain commits to");
}

// The last block of the epoch: final by its own epoch's set.
Status check_last(const Snapshot& snapshot, ByteView genesis) {
  const auto& head = snapshot.contents.head;
  const auto& header = snapshot.last.header;
  if (header.height != head.height || consensus::block_hash(head.chain_id, header) != head.hash) {
    return bad_snapshot("its last block is not that of its head");
  }
  auto sets = snapshot.sets;
  if (!sets.empty() && sets.back().proof.header.height == header.height) sets.pop_back();
  const auto judged = verify_final(genesis, head.chain_id, sets, snapshot.last);
  const auto* wrong = std::get_if<ProofFailure>(&judged);
  return wrong == nullptr ? ok_status() : Status(not_final("its last block", *wrong));
}

bool is_batch_key(std::string_view key) {
  return key.size() == store_keys::batch({}).size() && key.front() == store_keys::batch({}).front();
}

Status check_batch(const SnapshotEntry& entry, const Hash& chain_id) {
  auto batch = decode<consensus::Batch>(entry.value, kLimits);
  if (!batch.ok()) return bad_snapshot("a batch cannot be read: " + batch.error().what);
  if (batch->signature != Signature{}) return bad_snapshot("a batch has a signature");
  const auto sealed = consensus::seal(chain_id, std::move(*batch));
  if (store_keys::batch(sealed->tip) == entry.key) return ok_status();
  return bad_snapshot("a batch is not the one of its key");
}

}  // namespace

Hash SnapshotContents::id() const {
  return sha256(encode(std::string("jingchu/snapshot"), *this));
}

std::uint64_t SnapshotContents::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& chunk : chunks) sum += chunk.bytes;
  return sum;
}

Bytes encode_snapshot(const Snapshot& snapshot) {
  return encode(snapshot);
}

Result<Snapshot> decode_snapshot(ByteView bytes) {
  if (bytes.size() > kSnapshotManifestBytesMax) return bad_snapshot("the manifest is too long");
  auto snapshot = decode<Snapshot>(bytes, kLimits);
  if (!snapshot.ok()) return bad_snapshot("the manifest cannot be read: " + snapshot.error().what);
  if (snapshot->contents.format == kSnapshotFormat) return snapshot;
  return bad_snapshot("its format is " + std::to_string(snapshot->contents.format));
}

Result<AnchorFacts> verify_snapshot(const Snapshot& snapshot, ByteView genesis, const Hash& genesis_root) {
  const auto& head = snapshot.contents.head;
  auto judged = verify_final(genesis, head.chain_id, snapshot.sets, snapshot.following);
  if (const auto* wrong = std::get_if<ProofFailure>(&judged)) {
    return not_final("the block behind it", *wrong);
  }
  RETURN_IF_ERROR(check_head(head, snapshot.following.header, genesis_root));
  if (snapshot.last.header.epoch.next() != snapshot.following.header.epoch) {
    return bad_snapshot("its height is not an epoch's end");
  }
  RETURN_IF_ERROR(check_last(snapshot, genesis));
  RETURN_IF_ERROR(check_chunks(snapshot.contents));
  return std::get<AnchorFacts>(std::move(judged));
}

Result<std::vector<SnapshotEntry>> decode_chunk(ByteView bytes) {
  auto entries = decode<std::vector<SnapshotEntry>>(bytes, kLimits);
  if (entries.ok()) return entries;
  return bad_snapshot("a chunk cannot be read: " + entries.error().what);
}

Result<std::vector<SnapshotEntry>> read_chunk(const SnapshotChunk& chunk, ByteView bytes,
                                              const Hash& chain_id) {
  const bool is_judged = !mutant(Mutant::kChunkUnverified);
  if (is_judged && (bytes.size() != chunk.bytes || sha256(bytes) != chunk.hash)) {
    return peer_error("chunk-damaged", "the chunk is not the one of the manifest");
  }
  ASSIGN_OR_RETURN(auto entries, decode_chunk(bytes));
  if (entries.size() != chunk.entries) return bad_snapshot("a chunk has another number of entries");
  const std::string state = stored_state_key({});
  std::vector<StateChecksum::Change> of_state;
  const std::string* before = nullptr;
  for (const auto& entry : entries) {
    if (before != nullptr && entry.key <= *before)
      return bad_snapshot("a chunk is not in the order of its keys");
    before = &entry.key;
    if (entry.key.starts_with(state)) {
      of_state.push_back({std::string_view(entry.key).substr(state.size()), entry.value, true});
    } else if (is_batch_key(entry.key)) {
      RETURN_IF_ERROR(check_batch(entry, chain_id));
    } else {
      return bad_snapshot("a chunk holds what is not of the state");
    }
  }
  StateChecksum checksum;
  checksum.apply(of_state);
  if (is_judged && checksum != chunk.checksum)
    return bad_snapshot("a chunk has not the checksum of the manifest");
  return entries;
}

}  // namespace jingchu::ledger
