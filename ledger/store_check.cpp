#include "ledger/store_check.h"

#include "common/codec.h"
#include "ledger/horizon.h"

namespace jingchu::ledger {
namespace {

Error damaged(Height height, const std::string& what) {
  return environment_error("storage-corrupted", "block " + to_string(height) + ": " + what);
}

// Where the index says that the transaction is.
Status check_place(const KeyValueStore& store, const Hash& id, Height height, std::uint32_t position) {
  const std::string name = "the place (key x) of transaction " + to_hex(id);
  ASSIGN_OR_RETURN(const auto bytes, store.get(store_keys::transaction(id)));
  if (!bytes) return damaged(height, name + " is missing");
  const auto place = decode<TransactionPlace>(*bytes);
  if (!place.ok()) return damaged(height, name + " cannot be read: " + place.error().what);
  if (place->height != height || place->position != position)
    return damaged(height, name + " is another block's");
  const BlockStore blocks(store);
  const auto transaction = blocks.transaction(id);
  if (!transaction.ok()) return damaged(height, name + ": " + transaction.error().what);
  if (!*transaction || transaction_id(**transaction) != id)
    return damaged(height, name + " leads to another one");
  return ok_status();
}

Status check_block(const KeyValueStore& store, Height height, ChainVerifier& verifier) {
  ASSIGN_OR_RETURN(const auto block, read_archived(store, height));
  RETURN_IF_ERROR(verifier.block(block));
  ASSIGN_OR_RETURN(const auto stored, BlockStore(store).block(height));
  if (!stored || stored->hash != verifier.position().hash) {
    return damaged(height, "the hash of its summary (key b) is not that of its header");
  }
  std::uint32_t position = 0;
  for (const Hash& id : stored->transactions) RETURN_IF_ERROR(check_place(store, id, height, position++));
  return ok_status();
}

Status check_head(const ExecutionHead& head, const ChainPosition& at) {
  const bool same = head.hash == at.hash && head.roots.executed() == at.executed_root &&
                    encode(head.history) == encode(at.history) &&
                    head.checksum.digest() == head.roots.checksum;
  return same ? ok_status() : Status(damaged(head.height, "the head (key m) is not what its blocks lead to"));
}

}  // namespace

Result<StoreFacts> scan_store(const KeyValueStore& store) {
  StoreFacts facts;
  RETURN_IF_ERROR(store.scan({}, {}, [&](std::string_view key, ByteView value) {
    facts.values += 1;
    facts.bytes += key.size() + value.size();
    return true;
  }));
  return facts;
}

// What a pruning that broke off has left up to the horizon is taken in as it would be pruned.
Result<ChainPosition> first_position(const SegmentSource& source, ChainPosition genesis) {
  const BlockStore blocks(*source.store);
  ASSIGN_OR_RETURN(auto horizon, read_horizon(*source.store));
  if (horizon.target == Height()) return genesis;
  for (Height height = horizon.done.next(); height <= horizon.target; height = height.next()) {
    ASSIGN_OR_RETURN(const auto block, blocks.stored(height));
    if (!block) return damaged(height, "its summary (key b) is missing");
    horizon.history.append(history_leaf(height, block->hash, block->roots.receipts));
  }
  ASSIGN_OR_RETURN(auto last, blocks.closing(horizon.target));
  if (!last) return damaged(horizon.target, "the last block (key b) of a pruned epoch is missing");
  ChainPosition position;
  position.hash = consensus::block_hash(source.genesis->chain_id, last->header);
  position.header = std::move(last->header);
  position.executed_root = last->roots.executed();
  position.history = std::move(horizon.history);
  ASSIGN_OR_RETURN(position.validators, source.set_of(source.genesis->epochs().after(horizon.target)));
  return position;
}

Status check_chain(const SegmentSource& source, ChainVerifier& verifier, const ArchiveProgress& progress) {
  const auto& store = *source.store;
  const auto epochs = source.genesis->epochs();
  ASSIGN_OR_RETURN(const auto head, BlockStore(store).head());
  if (!head) return damaged(Height(), "the head (key m) is missing");
  const Height start = verifier.position().header.height;
  for (Height height = start.next(); height <= head->height; height = height.next()) {
    RETURN_IF_ERROR(check_block(store, height, verifier));
    if (epochs.is_last(height)) {
      ASSIGN_OR_RETURN(const auto next, source.set_of(epochs.of(height).next()));
      RETURN_IF_ERROR(verifier.enter_epoch(next));
    }
    if (progress) progress(height - start, head->height - start);
  }
  return check_head(*head, verifier.position());
}

}  // namespace jingchu::ledger
