#include "consensus/misbehaviour.h"

#include "common/codec.h"

namespace jingchu::consensus {
namespace {

bool are(VoteKind a, VoteKind b, const Vote& first, const Vote& second) {
  return (first.ballot.kind == a && second.ballot.kind == b) ||
         (first.ballot.kind == b && second.ballot.kind == a);
}

}  // namespace

std::optional<std::string_view> contradiction(const Vote& first, const Vote& second) {
  const bool comparable =
      first.signer == second.signer && first.epoch == second.epoch && first.ballot.view == second.ballot.view;
  if (!comparable || first.ballot == second.ballot) return std::nullopt;
  if (are(VoteKind::kNotarize, VoteKind::kNotarize, first, second)) return "two-notarizes";
  if (are(VoteKind::kFinalize, VoteKind::kFinalize, first, second)) return "two-finalizes";
  if (are(VoteKind::kNullify, VoteKind::kFinalize, first, second)) return "nullify-and-finalize";
  return std::nullopt;
}

Evidence evidence_of(std::string_view kind, const Vote& first, const Vote& second) {
  return {first.signer, first.epoch, std::string(kind), encode(first), encode(second)};
}

Evidence evidence_of_proposals(const Proposal& first, const Proposal& second) {
  // The certificates inside are other validators' and prove nothing about this one.
  Proposal a = first;
  Proposal b = second;
  a.justification.clear();
  b.justification.clear();
  return {first.proposer, first.header.epoch, "two-proposals", encode(a), encode(b)};
}

Evidence evidence_of_batches(const Batch& first, const Batch& second) {
  return {first.lane, first.epoch, "two-batches", encode(first), encode(second)};
}

}  // namespace jingchu::consensus
