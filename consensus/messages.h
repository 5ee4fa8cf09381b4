// Everything that validators say to each other (docs/protocol.md, "Messages"). The bytes are the canonical
// encoding; a frame's kind is kFirstMessageKind plus the index in the Message variant.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "common/bytes.h"
#include "consensus/certificate.h"
#include "consensus/header.h"
#include "consensus/vote.h"

namespace jingchu::consensus {

inline constexpr std::uint8_t kFirstMessageKind = 16;
inline constexpr std::size_t kInlineNullificationsMax =
    32;                                              // in a proposal's justification; more are fetched
inline constexpr std::size_t kFetchHeadersMax = 64;  // both ends count headers
// Of a chain, where no block in between is known to be final by itself: more than a node ever links at once
// (kUnlinkedBlocksMax), so that what one has, it can give.
inline constexpr std::size_t kChainHeadersMax = 1024;
inline constexpr std::size_t kFetchBatchesMax = 64;  // both ends count batches
inline constexpr std::size_t kFetchesOfOneMax = 8;   // of one peer at the same time; it refuses many more

// One link of a validator's lane. Transactions are opaque here; the ledger reads them. prev is the tip of
// sequence - 1, or the zero hash for sequence 1.
struct Batch {
  Epoch epoch;
  NodeIndex lane;
  Sequence sequence;
  Hash prev{};
  std::vector<Bytes> transactions;
  Signature signature{};

  template <class Archive>
  void serialize(Archive& archive) {
    archive(epoch, lane, sequence, prev, transactions, signature);
  }
};

// A batch with what is derived from its bytes once.
struct SealedBatch {
  Batch batch;
  Hash tip{};               // H("jingchu/batch", chain id, epoch, lane, sequence, prev, transactions root)
  std::uint64_t bytes = 0;  // sum of the transactions' sizes
};
using BatchPointer = std::shared_ptr<const SealedBatch>;

Hash batch_tip(const Hash& chain_id, Epoch epoch, NodeIndex lane, Sequence sequence, const Hash& prev,
               const Hash& transactions_root);
// A lane begins with sequence 1 after nothing, and no batch is without transactions.
bool head_is_well_formed(Sequence sequence, const Hash& prev, const Hash& transactions_root);
// Computes the tip (RFC 9162 root over the transactions) and the size.
BatchPointer seal(const Hash& chain_id, Batch batch);

struct LaneStatus {
  Epoch epoch;
  View view;
  Cut watermarks;  // for each lane, the contiguous sequence stored durably and its tip
  Height executed_height;
  Hash executed_root{};
  View final_view;
  Height final_height;
  View idle_view;  // 0: none announced

  template <class Archive>
  void serialize(Archive& archive) {
    archive(epoch, view, watermarks, executed_height, executed_root, final_view, final_height, idle_view);
  }
};

struct Proposal {
  Header header;
  NodeIndex proposer;
  Signature signature{};
  std::vector<Certificate>
      justification;  // of the parent, and the nullification of every skipped view (up to 32)

  template <class Archive>
  void serialize(Archive& archive) {
    archive(header, proposer, signature, justification);
  }
};

// Asks for the notarization, nullification or finalization of views; and for the header of a block by its
// hash.
struct FetchCertificates {
  View first;
  View last;  // at most kFetchHeadersMax views
  template <class Archive>
  void serialize(Archive& archive) {
    archive(first, last);
  }
};
struct FetchProposal {
  View view;
  Hash hash{};
  template <class Archive>
  void serialize(Archive& archive) {
    archive(view, hash);
  }
};
// Asks for up to kFetchBatchesMax batches of a lane: back from the batch with this tip, down to sequence
// `first`.
struct FetchBatches {
  NodeIndex lane;
  Sequence first;
  Sequence last;
  Hash tip{};  // of `last`
  template <class Archive>
  void serialize(Archive& archive) {
    archive(lane, first, last, tip);
  }
};
// Asks for the finalized chain above a height: answered by a Chain.
struct FetchChain {
  Height above;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(above);
  }
};

// Headers of consecutive heights, and the finalization of the last of them.
struct Chain {
  std::vector<Header> headers;  // at most kChainHeadersMax
  Certificate finalization;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(headers, finalization);
  }
};

// The explicit refusal of a fetch, so that the asker goes on to the next peer at once.
enum class FetchKind : std::uint8_t { kCertificates = 1, kProposal = 2, kBatches = 3, kChain = 4 };
inline bool is_valid(FetchKind kind) {
  return kind >= FetchKind::kCertificates && kind <= FetchKind::kChain;
}
struct Unavailable {
  FetchKind kind = FetchKind::kProposal;
  std::uint64_t number = 0;  // the view, sequence or height asked for
  Hash hash{};               // the hash asked for, or zero
  template <class Archive>
  void serialize(Archive& archive) {
    archive(kind, number, hash);
  }
};

// The refusal of each kind of fetch.
Unavailable refusal_of(const FetchCertificates& fetch);
Unavailable refusal_of(const FetchProposal& fetch);
Unavailable refusal_of(const FetchBatches& fetch);
Unavailable refusal_of(const FetchChain& fetch);

using Message = std::variant<Proposal, Vote, Certificate, LaneStatus, BatchPointer, FetchCertificates,
                             FetchProposal, FetchBatches, FetchChain, Chain, Unavailable>;

// The frame kind and the payload of a message.
std::uint8_t message_kind(const Message& message);
Bytes encode_message(const Message& message);

}  // namespace jingchu::consensus
