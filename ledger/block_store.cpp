#include "ledger/block_store.h"

#include <algorithm>
#include <limits>

#include "common/codec.h"
#include "consensus/mutant.h"
#include "ledger/horizon.h"

namespace jingchu::ledger {
namespace {

using consensus::mutant;
using consensus::Mutant;

std::string big_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) text += static_cast<char>(value >> shift);
  return text;
}

std::string keyed(char prefix, std::string_view rest) {
  return prefix + std::string(rest);
}

// Decodes what this program wrote: anything else is the disk's fault.
template <class T>
Result<std::optional<T>> read(const KeyValueStore& store, const std::string& key) {
  ASSIGN_OR_RETURN(const auto bytes, store.get(key));
  if (!bytes) return std::optional<T>();
  auto value = decode<T>(*bytes, {.list_max = std::numeric_limits<std::uint32_t>::max()});
  if (value.ok()) return std::optional<T>(std::move(value).value());
  return store.report(
      environment_error("storage-corrupted", "a stored value cannot be read: " + value.error().what,
                        "check the disk; was it written by another version of this program?"));
}

Error missing(const KeyValueStore& store, const std::string& what) {
  return store.report(environment_error("storage-corrupted", what + " missing", "check the disk"));
}

Error gone(Height height) {
  return caller_error("pruned", "this node keeps no history up to block " + to_string(height),
                      "ask a node that keeps all of it, or read the archive");
}

struct Summary {
  StoredBlock block;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(block.header, block.hash, block.finalization, block.path, block.roots, block.cost);
  }
};

struct Contents {
  std::vector<Hash> batches;
  std::vector<Hash> transactions;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(batches, transactions);
  }
};

}  // namespace

namespace store_keys {
std::string head() {
  return "m";
}
std::string summary(Height height) {
  return keyed('b', big_endian(height.value(), 8));
}
std::string contents(Height height) {
  return keyed('c', big_endian(height.value(), 8));
}
std::string receipts(Height height, std::uint32_t group) {
  return keyed('r', big_endian(height.value(), 8) + big_endian(group, 4));
}
std::string transaction(const Hash& id) {
  return keyed('x', as_text(id));
}
std::string batch(const Hash& tip) {
  return keyed('t', as_text(tip));
}
Hash batch_of(const std::string& key) {
  Hash tip{};
  CHECK(key.size() == 1 + tip.size());
  std::copy(key.begin() + 1, key.end(), tip.begin());
  return tip;
}
std::string batch_at(const BatchPlace& place) {
  return keyed('a', big_endian(place.height.value(), 8) + big_endian(place.index, 4));
}
std::string history_node(unsigned level, std::uint64_t index) {
  return keyed('h', static_cast<char>(level) + big_endian(index, 8));
}
}  // namespace store_keys

Bytes encode_summary(const StoredBlock& block) {
  return encode(block.header, block.hash, block.finalization, block.path, block.roots, block.cost);
}

Bytes encode_contents(const StoredBlock& block) {
  return encode(block.batches, block.transactions);
}

void put_batch(WriteBatch& writes, const Hash& tip, const BatchPlace& place, Bytes encoded) {
  writes.put(store_keys::batch(tip), encode(place));
  writes.put(store_keys::batch_at(place), std::move(encoded));
}

Result<std::optional<ExecutionHead>> BlockStore::head() const {
  return read<ExecutionHead>(store_, store_keys::head());
}

Result<std::optional<StoredBlock>> BlockStore::summary(Height height) const {
  ASSIGN_OR_RETURN(auto stored, read<Summary>(store_, store_keys::summary(height)));
  return stored ? std::optional<StoredBlock>(std::move(stored->block)) : std::nullopt;
}

// Genesis stays. Looked at where something is missing, or about to be: nothing hot.
Result<bool> BlockStore::is_pruned(Height height) const {
  ASSIGN_OR_RETURN(const auto horizon, read_horizon(store_));
  return height.value() != 0 && height <= horizon.target;
}

Result<std::optional<StoredBlock>> BlockStore::block(Height height) const {
  ASSIGN_OR_RETURN(const bool pruned, is_pruned(height));
  return pruned ? Result<std::optional<StoredBlock>>(gone(height)) : stored(height);
}

Result<std::optional<StoredBlock>> BlockStore::stored(Height height) const {
  ASSIGN_OR_RETURN(auto stored, summary(height));
  if (!stored) return stored;
  ASSIGN_OR_RETURN(auto lists, read<Contents>(store_, store_keys::contents(height)));
  if (!lists) {
    ASSIGN_OR_RETURN(const auto horizon, read_horizon(store_));
    return height <= horizon.done ? gone(height) : missing(store_, "a block's lists are");  // meanwhile
  }
  stored->batches = std::move(lists->batches);
  stored->transactions = std::move(lists->transactions);
  return stored;
}

Result<std::optional<StoredBlock>> BlockStore::latest() const {
  ASSIGN_OR_RETURN(const auto last, head());
  if (!last) return std::optional<StoredBlock>();
  return block(last->height);
}

Result<std::optional<Hash>> BlockStore::executed_root(Height height) const {
  ASSIGN_OR_RETURN(const auto stored, summary(height));
  return stored ? std::optional<Hash>(stored->roots.executed()) : std::nullopt;
}

Result<std::optional<TransactionOutcome>> BlockStore::outcome(const Hash& transaction_id) const {
  ASSIGN_OR_RETURN(const auto place, read<TransactionPlace>(store_, store_keys::transaction(transaction_id)));
  if (!place) return std::optional<TransactionOutcome>();
  const auto key = store_keys::receipts(place->height, place->position / kReceiptsTogether);
  ASSIGN_OR_RETURN(auto lists, read<ReceiptLists>(store_, key));
  const std::uint32_t at = place->position % kReceiptsTogether;
  if (!lists || at >= lists->size()) {
    ASSIGN_OR_RETURN(const bool pruned, is_pruned(place->height));  // meanwhile
    if (pruned) return std::optional<TransactionOutcome>();
    return missing(store_, "a transaction's receipts are");
  }
  return std::optional<TransactionOutcome>({*place, std::move((*lists)[at])});
}

Result<std::optional<Transaction>> BlockStore::transaction(const Hash& transaction_id) const {
  ASSIGN_OR_RETURN(const auto place, read<TransactionPlace>(store_, store_keys::transaction(transaction_id)));
  if (!place) return std::optional<Transaction>();
  ASSIGN_OR_RETURN(const auto source, batch(place->batch));
  if (!source || place->batch_position >= source->batch.transactions.size()) {
    ASSIGN_OR_RETURN(const bool pruned, is_pruned(place->height));
    if (pruned) return std::optional<Transaction>();
    return missing(store_, "a transaction's batch is");
  }
  ASSIGN_OR_RETURN(auto found, decode_transaction(source->batch.transactions[place->batch_position],
                                                  {std::numeric_limits<std::uint64_t>::max()}));
  return std::optional<Transaction>(std::move(found));
}

Result<std::vector<Receipt>> BlockStore::receipts(Height height) const {
  std::vector<Receipt> all;
  Status decoded = ok_status();
  const auto prefix = keyed('r', big_endian(height.value(), 8));
  RETURN_IF_ERROR(store_.scan(prefix, prefix, [&](std::string_view, ByteView value) {
    auto lists = decode<ReceiptLists>(value);
    if (!lists.ok()) {
      decoded = store_.report(environment_error("storage-corrupted", lists.error().what, "check the disk"));
      return false;
    }
    for (auto& receipts : *lists) std::move(receipts.begin(), receipts.end(), std::back_inserter(all));
    return true;
  }));
  RETURN_IF_ERROR(decoded);
  return all;
}

Result<std::vector<Hash>> BlockStore::history_proof(Height height, Height of) const {
  CHECK(height.value() >= 1 && height <= of);
  return merkle::inclusion_proof(
      height.value() - 1, of.value(), [&](unsigned level, std::uint64_t index) -> Result<Hash> {
        ASSIGN_OR_RETURN(const auto node, read<Hash>(store_, store_keys::history_node(level, index)));
        if (!node) return missing(store_, "a node of the history is");
        return *node;
      });
}

Result<std::optional<BatchPlace>> BlockStore::batch_place(const Hash& tip) const {
  return read<BatchPlace>(store_, store_keys::batch(tip));
}

Result<consensus::BatchPointer> BlockStore::batch(const Hash& tip) const {
  ASSIGN_OR_RETURN(const auto place, batch_place(tip));
  if (!place) return consensus::BatchPointer();
  ASSIGN_OR_RETURN(auto stored, read<consensus::Batch>(store_, store_keys::batch_at(*place)));
  if (!stored) {
    ASSIGN_OR_RETURN(const auto again, batch_place(tip));
    if (again) return missing(store_, "a batch is");
    return consensus::BatchPointer();  // pruned meanwhile
  }
  auto sealed = std::make_shared<consensus::SealedBatch>();
  sealed->batch = std::move(*stored);
  sealed->tip = tip;
  for (const auto& bytes : sealed->batch.transactions) sealed->bytes += bytes.size();
  return consensus::BatchPointer(std::move(sealed));
}

Result<std::vector<consensus::BatchPointer>> BlockStore::batches(const consensus::FetchBatches& fetch) const {
  std::vector<consensus::BatchPointer> found;
  std::uint64_t bytes = 0;
  Hash tip = fetch.tip;
  while (found.size() < consensus::kFetchBatchesMax && bytes < kServedBatchBytesMax) {
    ASSIGN_OR_RETURN(auto next, batch(tip));
    if (!next || next->batch.lane != fetch.lane || next->batch.sequence < fetch.first) break;
    // It came with a snapshot, and nobody who asks could verify it.
    if (next->batch.signature == Signature{}) break;
    bytes += next->bytes;
    tip = next->batch.prev;
    found.push_back(std::move(next));
    if (found.back()->batch.sequence == fetch.first) break;
  }
  std::reverse(found.begin(), found.end());
  if (mutant(Mutant::kAnswersWithoutTip) && !found.empty()) found.pop_back();
  return found;
}

Result<std::optional<consensus::Chain>> BlockStore::chain(const consensus::FetchChain& fetch) const {
  std::vector<StoredBlock> blocks;
  for (Height height = fetch.above.next(); blocks.size() < consensus::kFetchHeadersMax && height.value() != 0;
       height = height.next()) {
    ASSIGN_OR_RETURN(auto stored, summary(height));
    if (!stored) break;  // not executed, or pruned
    // A chain is of one epoch, whose set verifies it; up to the epoch's end it is the closing proof.
    if (!blocks.empty() && stored->header.epoch != blocks.front().header.epoch) break;
    blocks.push_back(std::move(*stored));
  }
  // The longest stretch that ends in a finalized block: the last one that is final by itself, else the first
  // block that is final by its path.
  consensus::Chain chain;
  const auto direct = std::find_if(blocks.rbegin(), blocks.rend(), [](const StoredBlock& block) {
    return block.finalization && block.path.empty();
  });
  const auto end = direct != blocks.rend() ? direct.base() : blocks.begin() + (blocks.empty() ? 0 : 1);
  for (auto block = blocks.begin(); block != end; ++block) chain.headers.push_back(std::move(block->header));
  if (chain.headers.empty()) return std::optional<consensus::Chain>();
  auto& last = *std::prev(end);
  if (!last.finalization || chain.headers.size() + last.path.size() > consensus::kChainHeadersMax) {
    return std::optional<consensus::Chain>();
  }
  std::move(last.path.begin(), last.path.end(), std::back_inserter(chain.headers));
  chain.finalization = std::move(*last.finalization);
  return std::optional<consensus::Chain>(std::move(chain));
}

Result<consensus::Recovered> BlockStore::recovered(std::size_t roots_max) const {
  ASSIGN_OR_RETURN(const auto last, head());
  if (!last) return our_error("no-genesis", "the store holds no genesis yet");
  consensus::Recovered recovered;
  const std::uint64_t top = last->height.value();
  // A store that began with a snapshot has no block below it.
  ASSIGN_OR_RETURN(const auto horizon, read_horizon(store_));
  const std::uint64_t first =
      std::max(top - std::min<std::uint64_t>(top, roots_max - 1), horizon.target.value());
  for (std::uint64_t height = first; height <= top; ++height) {
    ASSIGN_OR_RETURN(auto stored, summary(Height(height)));
    if (!stored) return missing(store_, "a block is");
    recovered.roots.emplace_back(Height(height), stored->roots.executed());
    if (height != top) continue;
    recovered.executed = std::move(stored->header);
    recovered.finalization = std::move(stored->finalization);
    recovered.path = std::move(stored->path);
  }
  return recovered;
}

}  // namespace jingchu::ledger
