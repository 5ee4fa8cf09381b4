// Evidence (R15): what proves to anyone, alone, that a validator has broken the protocol. It is small, and
// needs nothing but the chain id and the validators of its epoch to be judged (docs/formats.md, "Evidence").
#pragma once

#include <functional>
#include <optional>
#include <variant>
#include <vector>

#include "consensus/messages.h"
#include "consensus/verify.h"

namespace jingchu::consensus {

enum class EvidenceKind : std::uint8_t {
  kTwoProposals = 1,
  kTwoNotarizes = 2,
  kTwoFinalizes = 3,
  kNullifyAndFinalize = 4,
  kTwoBatches = 5,
  kInvalidBatch = 6,
};
inline bool is_valid(EvidenceKind kind) {
  return kind >= EvidenceKind::kTwoProposals && kind <= EvidenceKind::kInvalidBatch;
}
std::string_view to_string(EvidenceKind kind);  // "two-proposals"

// Of a transaction that proves a batch invalid. A larger one is refused as well, but proven by nothing.
inline constexpr std::size_t kEvidenceTransactionBytesMax = 1 << 20;

// What was signed, beside epoch, kind and view. A signature covers a header or a batch by its hash alone, so
// the hash is all that has to be shown.
struct SignedContent {
  Height height;  // of a batch its sequence
  Hash hash{};
  Signature signature{};

  template <class Archive>
  void serialize(Archive& archive) {
    archive(height, hash, signature);
  }
};

// Two contents that no honest validator signs beside each other: ascending by height and hash, which makes
// them different; of nullify and finalize the nullify is first.
struct Contradiction {
  SignedContent first;
  SignedContent second;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(first, second);
  }
};

// A transaction and its inclusion proof (RFC 9162, 2.1.3.1) under a batch's transactions root. The root does
// not tell the count: another one under which the proof holds proves the same.
struct IncludedTransaction {
  Bytes bytes;
  std::uint64_t index = 0;
  std::uint64_t count = 0;
  std::vector<Hash> path;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(bytes, index, count, path);
  }
};

// The rest of a batch's head, which gives its tip, and the transaction that is not as it must be; nothing
// where the head itself is not.
struct InvalidBatch {
  Hash prev{};
  Hash transactions_root{};
  Signature signature{};
  std::optional<IncludedTransaction> transaction;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(prev, transactions_root, signature, transaction);
  }
};

struct Evidence {
  Epoch epoch;
  NodeIndex culprit;
  EvidenceKind kind = EvidenceKind::kTwoProposals;
  std::uint64_t number = 0;  // the view; of batches the sequence
  std::variant<Contradiction, InvalidBatch> proof;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(epoch, culprit, kind, number, proof);
  }
};

// What the rules of the ledger say of a transaction's bytes for ever, whatever the state: an Error if no
// honest validator has it in a batch.
using TransactionCheck = std::function<Status(ByteView)>;

// Whether the evidence proves what it says against a validator of the verifier's epoch. Every error is the
// fault of who brought it: "unfounded-evidence", or one of Verifier ("earlier-epoch", "later-epoch",
// "unknown-signer", "bad-signature"). Pure.
Status verify_evidence(const Verifier& verifier, const Evidence& evidence, const TransactionCheck& check);

}  // namespace jingchu::consensus
