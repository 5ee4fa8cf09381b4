// What must be durable before something may leave, held by types: the core hands out Held messages, only a
// SyncReceipt releases them, and only a RecordLog that has synced makes a receipt (docs/protocol.md, "Durable
// before sent").
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "common/check.h"
#include "consensus/messages.h"

namespace jingchu::consensus {

// First record of a log: which key it belongs to. A key without its log only observes (R8).
struct KeyRecord {
  Hash chain_id{};
  PublicKey consensus_key;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(chain_id, consensus_key);
  }
};
// A vote of our own. The first record of a view carries the certificate that opened the view, and a Finalize
// carries the notarization (R1).
struct VoteRecord {
  Vote vote;
  std::optional<Certificate> reason;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(vote, reason);
  }
};
// A proposal taken in (header, proposer's signature, justification), or our own before it leaves.
struct ProposalRecord {
  Proposal proposal;
  std::optional<Certificate> reason;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(proposal, reason);
  }
};
struct BatchRecord {
  BatchPointer batch;
};
// What was signed in earlier epochs, and up to this view, was executed and is not in the log any more. With a
// database that is behind it (lost, say, and fetched anew) the log is not complete.
struct FloorRecord {
  Epoch epoch;
  View view;
  friend auto operator<=>(const FloorRecord&, const FloorRecord&) = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(epoch, view);
  }
};
using Record = std::variant<KeyRecord, VoteRecord, ProposalRecord, BatchRecord, FloorRecord>;

// Bytes of a record in the log, and back. `chain_id` is needed to compute a batch's tip.
Bytes encode_record(const Record& record);
Result<Record> decode_record(const Hash& chain_id, ByteView bytes);

// Proof that every group up to and including `turn` is durable.
class SyncReceipt {
 public:
  std::uint64_t turn() const { return turn_; }

 private:
  friend class RecordLog;
  explicit SyncReceipt(std::uint64_t turn) : turn_(turn) {}
  std::uint64_t turn_;
};

// Base of whatever persists records: the ledger's durable log, the simulator's.
class RecordLog {
 public:
  virtual ~RecordLog() = default;

 protected:
  static SyncReceipt receipt(std::uint64_t turn) { return SyncReceipt(turn); }
};

struct Outgoing {
  std::optional<NodeIndex> to;  // nothing: every other validator and follower
  Message message;
};

// Messages that may leave only once the records of `turn` are durable.
class Held {
 public:
  Held(std::uint64_t turn, std::vector<Outgoing> messages) : turn_(turn), messages_(std::move(messages)) {}
  bool empty() const { return messages_.empty(); }
  std::uint64_t turn() const { return turn_; }
  // A receipt of an earlier turn is a bug of the driver.
  std::vector<Outgoing> release(const SyncReceipt& receipt) && {
    CHECK(receipt.turn() >= turn_);
    return std::move(messages_);
  }

 private:
  std::uint64_t turn_;
  std::vector<Outgoing> messages_;
};

}  // namespace jingchu::consensus
