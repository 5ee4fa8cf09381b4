#include "consensus/misbehaviour.h"

#include <algorithm>

#include "common/merkle.h"

namespace jingchu::consensus {
namespace {

bool are(VoteKind a, VoteKind b, const Vote& first, const Vote& second) {
  return (first.ballot.kind == a && second.ballot.kind == b) ||
         (first.ballot.kind == b && second.ballot.kind == a);
}

Contradiction ascending(SignedContent first, SignedContent second) {
  if (std::tie(second.height, second.hash) < std::tie(first.height, first.hash)) std::swap(first, second);
  return {first, second};
}

SignedContent content_of(const Vote& vote) {
  return {vote.ballot.height, vote.ballot.hash, vote.signature};
}
SignedContent content_of(const Hash& chain_id, const Proposal& proposal) {
  return {proposal.header.height, block_hash(chain_id, proposal.header), proposal.signature};
}
SignedContent content_of(const SealedBatch& sealed) {
  return {Height(sealed.batch.sequence.value()), sealed.tip, sealed.batch.signature};
}

std::optional<std::size_t> first_invalid(const std::vector<Bytes>& transactions,
                                         const TransactionCheck& check) {
  const auto is_empty = [](const Bytes& transaction) { return transaction.empty(); };
  const auto is_invalid = [&](const Bytes& transaction) {
    return transaction.size() <= kEvidenceTransactionBytesMax && !check(transaction).ok();
  };
  auto found = std::ranges::find_if(transactions, is_empty);
  if (found == transactions.end()) found = std::ranges::find_if(transactions, is_invalid);
  if (found == transactions.end()) return std::nullopt;
  return static_cast<std::size_t>(found - transactions.begin());
}

}  // namespace

std::optional<EvidenceKind> contradiction(const Vote& first, const Vote& second) {
  const bool comparable =
      first.signer == second.signer && first.epoch == second.epoch && first.ballot.view == second.ballot.view;
  if (!comparable || first.ballot == second.ballot) return std::nullopt;
  if (are(VoteKind::kNotarize, VoteKind::kNotarize, first, second)) return EvidenceKind::kTwoNotarizes;
  if (are(VoteKind::kFinalize, VoteKind::kFinalize, first, second)) return EvidenceKind::kTwoFinalizes;
  if (are(VoteKind::kNullify, VoteKind::kFinalize, first, second)) return EvidenceKind::kNullifyAndFinalize;
  return std::nullopt;
}

Evidence evidence_of(EvidenceKind kind, const Vote& first, const Vote& second) {
  const bool is_turned = first.ballot.kind > second.ballot.kind;
  const Contradiction proof =
      first.ballot.kind == second.ballot.kind
          ? ascending(content_of(first), content_of(second))
          : Contradiction{content_of(is_turned ? second : first), content_of(is_turned ? first : second)};
  return {first.epoch, first.signer, kind, first.ballot.view.value(), proof};
}

Evidence evidence_of_proposals(const Hash& chain_id, const Proposal& first, const Proposal& second) {
  return {first.header.epoch, first.proposer, EvidenceKind::kTwoProposals, first.header.view.value(),
          ascending(content_of(chain_id, first), content_of(chain_id, second))};
}

Evidence evidence_of_batches(const SealedBatch& first, const SealedBatch& second) {
  return {first.batch.epoch, first.batch.lane, EvidenceKind::kTwoBatches, first.batch.sequence.value(),
          ascending(content_of(first), content_of(second))};
}

std::optional<Evidence> evidence_of_invalid(const Batch& batch, const TransactionCheck& check) {
  std::vector<Hash> leaves;
  for (const Bytes& transaction : batch.transactions) leaves.push_back(merkle::leaf_hash(transaction));
  InvalidBatch proof{batch.prev, merkle::root(leaves), batch.signature, std::nullopt};
  if (head_is_well_formed(batch.sequence, proof.prev, proof.transactions_root)) {
    const auto index = first_invalid(batch.transactions, check);
    if (!index) return std::nullopt;
    proof.transaction = IncludedTransaction{batch.transactions[*index], *index, leaves.size(),
                                            merkle::inclusion_proof(leaves, *index)};
  }
  return Evidence{batch.epoch, batch.lane, EvidenceKind::kInvalidBatch, batch.sequence.value(),
                  std::move(proof)};
}

}  // namespace jingchu::consensus
