#include "consensus/evidence.h"

#include <tuple>

#include "common/merkle.h"

namespace jingchu::consensus {
namespace {

Status unfounded(std::string what) {
  return peer_error("unfounded-evidence", std::move(what));
}

// What the two contents of a contradiction were signed as.
struct SignedKinds {
  SignedKind first;
  SignedKind second;
};

SignedKinds signed_kinds(EvidenceKind kind) {
  switch (kind) {
    case EvidenceKind::kTwoProposals:
      return {SignedKind::kProposal, SignedKind::kProposal};
    case EvidenceKind::kTwoNotarizes:
      return {SignedKind::kNotarize, SignedKind::kNotarize};
    case EvidenceKind::kTwoFinalizes:
      return {SignedKind::kFinalize, SignedKind::kFinalize};
    case EvidenceKind::kNullifyAndFinalize:
      return {SignedKind::kNullify, SignedKind::kFinalize};
    case EvidenceKind::kTwoBatches:
    case EvidenceKind::kInvalidBatch:
      break;
  }
  return {SignedKind::kBatch, SignedKind::kBatch};
}

// R7, and what the signature of a batch covers.
bool is_well_formed(SignedKind kind, const SignedContent& content, std::uint64_t number) {
  if (kind == SignedKind::kNullify) return content.height == Height() && content.hash == kZeroHash;
  return kind != SignedKind::kBatch || content.height == Height(number);
}

Status check_content(const Verifier& verifier, const Evidence& evidence, SignedKind kind,
                     const SignedContent& content) {
  const View view(kind == SignedKind::kBatch ? 0 : evidence.number);
  const Bytes message =
      signing_bytes(verifier.chain_id(), evidence.epoch, kind, view, content.height, content.hash);
  return verifier.check_signature(evidence.culprit, message, content.signature);
}

Status check_contradiction(const Verifier& verifier, const Evidence& evidence, const Contradiction& proof) {
  const auto& [first, second] = proof;
  const SignedKinds kinds = signed_kinds(evidence.kind);
  if (evidence.number == 0) return unfounded("view 0 and sequence 0 are never signed");
  if (!is_well_formed(kinds.first, first, evidence.number) ||
      !is_well_formed(kinds.second, second, evidence.number)) {
    return unfounded("a content that is not of its kind");
  }
  // Signatures over one content may differ, and prove nothing.
  const bool ascend = std::tie(first.height, first.hash) < std::tie(second.height, second.hash);
  if (kinds.first == kinds.second && !ascend) return unfounded("the contents do not ascend");
  RETURN_IF_ERROR(check_content(verifier, evidence, kinds.first, first));
  return check_content(verifier, evidence, kinds.second, second);
}

Status check_included(const IncludedTransaction& transaction, const Hash& root) {
  if (transaction.bytes.size() > kEvidenceTransactionBytesMax) {
    return unfounded("a transaction of " + std::to_string(transaction.bytes.size()) + " bytes");
  }
  const Hash leaf = merkle::leaf_hash(transaction.bytes);
  if (merkle::verify_inclusion(leaf, transaction.index, transaction.count, transaction.path, root)) {
    return ok_status();
  }
  return unfounded("the transaction is not of the batch");
}

Status check_invalid_batch(const Verifier& verifier, const Evidence& evidence, const InvalidBatch& proof,
                           const TransactionCheck& check) {
  const Sequence sequence(evidence.number);
  const bool head_fits = head_is_well_formed(sequence, proof.prev, proof.transactions_root);
  if (head_fits != proof.transaction.has_value()) {
    return unfounded("the head of the batch and a transaction: exactly one must be what is wrong");
  }
  if (proof.transaction) RETURN_IF_ERROR(check_included(*proof.transaction, proof.transactions_root));
  const Hash tip = batch_tip(verifier.chain_id(), evidence.epoch, evidence.culprit, sequence, proof.prev,
                             proof.transactions_root);
  const SignedContent content{Height(sequence.value()), tip, proof.signature};
  RETURN_IF_ERROR(check_content(verifier, evidence, SignedKind::kBatch, content));
  if (proof.transaction && check(proof.transaction->bytes).ok()) {
    return unfounded("the transaction is as it must be");
  }
  return ok_status();
}

}  // namespace

std::string_view to_string(EvidenceKind kind) {
  switch (kind) {
    case EvidenceKind::kTwoProposals:
      return "two-proposals";
    case EvidenceKind::kTwoNotarizes:
      return "two-notarizes";
    case EvidenceKind::kTwoFinalizes:
      return "two-finalizes";
    case EvidenceKind::kNullifyAndFinalize:
      return "nullify-and-finalize";
    case EvidenceKind::kTwoBatches:
      return "two-batches";
    case EvidenceKind::kInvalidBatch:
      return "invalid-batch";
  }
  return "unknown";
}

Status verify_evidence(const Verifier& verifier, const Evidence& evidence, const TransactionCheck& check) {
  RETURN_IF_ERROR(verifier.check_epoch(evidence.epoch));
  const auto* contradiction = std::get_if<Contradiction>(&evidence.proof);
  if ((contradiction == nullptr) != (evidence.kind == EvidenceKind::kInvalidBatch)) {
    return unfounded("a proof of another kind");
  }
  if (contradiction != nullptr) return check_contradiction(verifier, evidence, *contradiction);
  return check_invalid_batch(verifier, evidence, std::get<InvalidBatch>(evidence.proof), check);
}

}  // namespace jingchu::consensus
