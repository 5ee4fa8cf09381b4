// Inside the executor only: a block in execution, and the state keys of the window and the queue
// (docs/formats.md, "State").
#pragma once

#include "ledger/executor.h"

namespace jingchu::ledger {

struct Executor::Work {
  explicit Work(const consensus::FinalizedBlock& of) : block(of) {}
  const consensus::FinalizedBlock& block;
  ExecutedBlock result;
  StoredBlock stored;
  WriteBatch writes;
  std::vector<Hash> ordered;  // ids that this block brought, for the window
  merkle::Leaves receipts;
  Bytes receipts_together;        // the encoded lists of the newest transactions, not yet among the writes
  std::uint32_t queued_here = 0;  // transactions that this block put into the queue

  Height height() const { return block.header.height; }
  void put_receipts();
};

// Keys of the state, without its prefix in the store.
std::string window_key(Height height);
std::string queue_key(Height height, std::uint32_t index);

// What waits in the queue, as the state holds it.
struct QueuedValue {
  Hash batch{};
  std::uint32_t batch_position = 0;
  Bytes transaction;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(batch, batch_position, transaction);
  }
};

// Of a key and value in the store: the tip of the batch from which a transaction waits in the queue; nothing
// if it is no entry of the queue.
std::optional<Hash> queued_batch(std::string_view stored_key, ByteView value);

// Of a full key of the state, "<contract>/head/<32 bytes>": the head of an entity's history.
bool is_head(std::string_view full_key);
// The key of one for a message: the bytes in hexadecimal.
std::string words_of_head(std::string_view full_key);
// The leaves of many heads in the state tree, hashed together.
class HeadLeaves {
 public:
  // What is no head is passed over. "storage-corrupted": one that cannot be read.
  Status add(std::string_view full_key, ByteView value);
  std::vector<EntityLeaf> leaves() const;

 private:
  HashTexts paths_;
  HashTexts values_;
};
// Of one key; nothing if it is no head.
Result<std::optional<EntityLeaf>> head_leaf(std::string_view full_key, ByteView value);

}  // namespace jingchu::ledger
