#include "ledger/archived_block.h"

#include <algorithm>

#include "common/codec.h"

namespace jingchu::ledger {
namespace {

Error damaged(Height height, const std::string& what) {
  return environment_error("storage-corrupted", "block " + to_string(height) + ": " + what,
                           "move data/db away and start the node: it fetches the chain from its peers");
}

Result<ReceiptLists> receipts_of(const KeyValueStore& store, Height height, std::uint32_t group) {
  const std::string name = "the receipts (key r) of transaction " +
                           std::to_string(group * kReceiptsTogether) + " and those after it";
  ASSIGN_OR_RETURN(const auto bytes, store.get(store_keys::receipts(height, group)));
  if (!bytes) return damaged(height, name + " are missing");
  auto lists = decode<ReceiptLists>(*bytes);
  if (!lists.ok()) return damaged(height, name + " cannot be read: " + lists.error().what);
  return lists;
}

}  // namespace

Result<ArchivedBlock> read_archived(const KeyValueStore& store, Height height) {
  const BlockStore blocks(store);
  ASSIGN_OR_RETURN(auto stored, blocks.block(height));
  if (!stored) return damaged(height, "its summary (key b) is missing");
  ArchivedBlock block;
  block.header = std::move(stored->header);
  block.finalization = std::move(stored->finalization);
  block.path = std::move(stored->path);
  block.roots = stored->roots;
  for (const Hash& tip : stored->batches) {
    ASSIGN_OR_RETURN(const auto batch, blocks.batch(tip));
    if (!batch) return damaged(height, "the batch (key t) " + to_hex(tip) + " is missing");
    block.batches.push_back(batch->batch);
  }
  for (std::uint32_t group = 0; block.receipts.size() < stored->transactions.size(); ++group) {
    ASSIGN_OR_RETURN(auto lists, receipts_of(store, height, group));
    const std::size_t rest = stored->transactions.size() - block.receipts.size();
    if (lists.size() != std::min<std::size_t>(rest, kReceiptsTogether))
      return damaged(height,
                     "receipts (key r) are of another number of transactions than its contents (key c) list");
    for (auto& receipts : lists) {
      const std::size_t position = block.receipts.size();
      if (receipts.empty() || receipts.front().transaction_id != stored->transactions[position]) {
        return damaged(height, "the receipts (key r) of transaction " + std::to_string(position) +
                                   " are those of another than its contents (key c) list");
      }
      block.receipts.push_back(std::move(receipts));
    }
  }
  return block;
}

}  // namespace jingchu::ledger
