#include "ledger/archived_block.h"

#include "common/codec.h"

namespace jingchu::ledger {
namespace {

Error damaged(Height height, const std::string& what) {
  return environment_error("storage-corrupted", "block " + to_string(height) + ": " + what,
                           "move data/db away and start the node: it fetches the chain from its peers");
}

Result<std::vector<Receipt>> receipts_of(const KeyValueStore& store, Height height, std::uint32_t position) {
  const std::string name = "the receipts (key r) of transaction " + std::to_string(position);
  ASSIGN_OR_RETURN(const auto bytes, store.get(store_keys::receipts(height, position)));
  if (!bytes) return damaged(height, name + " are missing");
  auto receipts = decode<std::vector<Receipt>>(*bytes);
  if (!receipts.ok()) return damaged(height, name + " cannot be read: " + receipts.error().what);
  return receipts;
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
  for (std::uint32_t position = 0; position < stored->transactions.size(); ++position) {
    ASSIGN_OR_RETURN(auto receipts, receipts_of(store, height, position));
    if (receipts.empty() || receipts.front().transaction_id != stored->transactions[position]) {
      return damaged(height, "the receipts (key r) of transaction " + std::to_string(position) +
                                 " are those of another than its contents (key c) list");
    }
    block.receipts.push_back(std::move(receipts));
  }
  return block;
}

}  // namespace jingchu::ledger
