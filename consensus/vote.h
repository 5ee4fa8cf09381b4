// What validators sign: votes, and by the same preimage proposals and batches (docs/protocol.md,
// "Signatures").
#pragma once

#include "common/hash.h"
#include "common/ids.h"
#include "common/signature.h"

namespace jingchu::consensus {

enum class SignedKind : std::uint8_t {
  kNotarize = 1,
  kNullify = 2,
  kFinalize = 3,
  kProposal = 4,
  kBatch = 5
};
inline bool is_valid(SignedKind kind) {
  return kind >= SignedKind::kNotarize && kind <= SignedKind::kBatch;
}

enum class VoteKind : std::uint8_t { kNotarize = 1, kNullify = 2, kFinalize = 3 };
inline bool is_valid(VoteKind kind) {
  return kind >= VoteKind::kNotarize && kind <= VoteKind::kFinalize;
}
std::string_view to_string(VoteKind kind);

// The content of a vote, by which tallies go. Height and hash are 0 for Nullify (R7).
struct Ballot {
  VoteKind kind = VoteKind::kNotarize;
  View view;
  Height height;
  Hash hash{};

  friend auto operator<=>(const Ballot&, const Ballot&) = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(kind, view, height, hash);
  }
};

struct Vote {
  Epoch epoch;
  Ballot ballot;
  NodeIndex signer;
  Signature signature{};

  friend bool operator==(const Vote&, const Vote&) = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(epoch, ballot, signer, signature);
  }
};

// The bytes that a consensus signature covers: {"jingchu/consensus", chain id, epoch, kind, view, height,
// hash}.
Bytes signing_bytes(const Hash& chain_id, Epoch epoch, SignedKind kind, View view, Height height,
                    const Hash& hash);
Bytes signing_bytes(const Hash& chain_id, Epoch epoch, const Ballot& ballot);

}  // namespace jingchu::consensus
