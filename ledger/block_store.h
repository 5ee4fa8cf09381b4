// What was executed, by height, id and tip: blocks with their finalizations, batches, receipts. The executor
// writes it in the same atomic write as the state; everything here only reads, from any thread.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "common/merkle.h"
#include "consensus/core.h"
#include "consensus/messages.h"
#include "ledger/database.h"
#include "ledger/receipt.h"
#include "ledger/state_checksum.h"
#include "ledger/transaction.h"

namespace jingchu::ledger {

// Of FetchBatches, so that one request cannot make this node read and queue without bound.
inline constexpr std::uint64_t kServedBatchBytesMax = 4 << 20;

struct StoredBlock {
  consensus::Header header;
  Hash hash{};
  std::optional<consensus::Certificate>
      finalization;  // of this block or of the last of `path`; none for genesis
  std::vector<consensus::Header> path;
  Roots roots;  // after this block
  std::uint64_t cost = 0;
  std::vector<Hash> batches;       // tips, in the order of execution
  std::vector<Hash> transactions;  // ids with receipts of this height, in the order of execution
};

// The two values that hold a block: what fetches and recovery read, and the lists, which can be long.
Bytes encode_summary(const StoredBlock& block);
Bytes encode_contents(const StoredBlock& block);

// Where a transaction was executed and where its bytes are.
struct TransactionPlace {
  Height height;
  std::uint32_t position = 0;  // among the transactions of the block
  Hash batch{};                // tip
  std::uint32_t batch_position = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(height, position, batch, batch_position);
  }
};

// Where the bytes of a batch are: among what the block of this height wrote, for hashes as keys lie anywhere
// and all that stands under them would be written again and again.
struct BatchPlace {
  Height height;
  std::uint32_t index = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(height, index);
  }
};

// The receipts of so many transactions of a block are one value: each by itself would be an entry of the
// store for a hundred bytes, and all of them much to read for one.
inline constexpr std::uint32_t kReceiptsTogether = 16;
using ReceiptLists = std::vector<std::vector<Receipt>>;  // of one transaction after another

struct TransactionOutcome {
  TransactionPlace place;
  std::vector<Receipt> receipts;  // one for each call
};

// Where the execution stands: one value, written with every block.
struct ExecutionHead {
  std::uint16_t format = 5;
  Hash chain_id{};
  Height height;
  Hash hash{};
  Roots roots;
  Hash genesis_root{};  // executed root of the genesis state
  merkle::Accumulator history;
  StateChecksum checksum;  // roots.checksum is its digest

  template <class Archive>
  void serialize(Archive& archive) {
    archive(format, chain_id, height, hash, roots, genesis_root, history, checksum);
  }
};

// Keys in the store; heights are big-endian so that byte order is their order.
namespace store_keys {
std::string head();
std::string summary(Height height);
std::string contents(Height height);
// Of the transactions from position group * kReceiptsTogether on.
std::string receipts(Height height, std::uint32_t group);
std::string transaction(const Hash& id);
std::string batch(const Hash& tip);     // holds its place
Hash batch_of(const std::string& key);  // key is one of batch()
std::string batch_at(const BatchPlace& place);
// A complete subtree of the history: its leaves are those of index * 2^level + 1 and the heights that follow.
std::string history_node(unsigned level, std::uint64_t index);
}  // namespace store_keys

void put_batch(WriteBatch& writes, const Hash& tip, const BatchPlace& place, Bytes encoded);

class BlockStore {
 public:
  explicit BlockStore(const KeyValueStore& store) : store_(store) {}

  Result<std::optional<ExecutionHead>> head() const;  // nothing: no genesis yet
  // "pruned" (of the caller): it was here, and was let go of.
  Result<std::optional<StoredBlock>> block(Height height) const;
  // The same below the horizon, of which nothing is answered, as long as it is there.
  Result<std::optional<StoredBlock>> stored(Height height) const;
  // A block that is never pruned, an epoch's last or the newest, with its finalization; without its lists.
  Result<std::optional<StoredBlock>> closing(Height height) const { return summary(height); }
  Result<std::optional<StoredBlock>> latest() const;
  Result<std::optional<Hash>> executed_root(Height height) const;

  Result<std::optional<TransactionOutcome>> outcome(const Hash& transaction_id) const;
  Result<std::optional<Transaction>> transaction(const Hash& transaction_id) const;
  // Of all transactions of a block, in the order of execution: the leaves of its receipts root.
  Result<std::vector<Receipt>> receipts(Height height) const;

  // The inclusion proof of a block in the history root after the block of height `of` (RFC 9162, 2.1.3.1):
  // the leaf of index height - 1 among `of` leaves. 1 <= height <= of <= head's height.
  Result<std::vector<Hash>> history_proof(Height height, Height of) const;

  Result<consensus::BatchPointer> batch(const Hash& tip) const;  // null: not here
  Result<std::optional<BatchPlace>> batch_place(const Hash& tip) const;
  // Answers a FetchBatches, in ascending order of sequence: from `tip` back to `first`, or as far back as
  // kFetchBatchesMax, kServedBatchBytesMax and this store reach; empty if `tip` is not here.
  Result<std::vector<consensus::BatchPointer>> batches(const consensus::FetchBatches& fetch) const;
  // Answers a FetchChain: headers above the height, the last of which is finalized by
  // the certificate; nothing if there is none.
  Result<std::optional<consensus::Chain>> chain(const consensus::FetchChain& fetch) const;

  // What the core needs of the ledger after a restart; `records` is left empty. `roots_max` is how many roots
  // to give.
  Result<consensus::Recovered> recovered(std::size_t roots_max) const;

 private:
  Result<std::optional<StoredBlock>> summary(Height height) const;  // without its lists
  Result<bool> is_pruned(Height height) const;

  const KeyValueStore& store_;
};

}  // namespace jingchu::ledger
