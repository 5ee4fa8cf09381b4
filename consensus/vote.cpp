#include "consensus/vote.h"

#include "common/codec.h"

namespace jingchu::consensus {

std::string_view to_string(VoteKind kind) {
  switch (kind) {
    case VoteKind::kNotarize:
      return "notarize";
    case VoteKind::kNullify:
      return "nullify";
    case VoteKind::kFinalize:
      return "finalize";
  }
  return "unknown";
}

Bytes signing_bytes(const Hash& chain_id, Epoch epoch, SignedKind kind, View view, Height height,
                    const Hash& hash) {
  return encode(std::string("jingchu/consensus"), chain_id, epoch, kind, view, height, hash);
}

Bytes signing_bytes(const Hash& chain_id, Epoch epoch, const Ballot& ballot) {
  // The three kinds of votes have the same numbers in both enumerations.
  const auto kind = static_cast<SignedKind>(ballot.kind);
  return signing_bytes(chain_id, epoch, kind, ballot.view, ballot.height, ballot.hash);
}

}  // namespace jingchu::consensus
