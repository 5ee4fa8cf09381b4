// How evidence is found (R15): pairs of signed contents that no honest validator produces, and batches that
// no honest validator signs. Signatures may be random (SM2), so only DIFFERENT contents count. Notarize
// beside Nullify of one view is honest, and so are finalizes at one height in different views.
#pragma once

#include <optional>
#include <set>
#include <tuple>

#include "consensus/evidence.h"

namespace jingchu::consensus {

// The kind of evidence that two votes of one epoch make, or nothing.
std::optional<EvidenceKind> contradiction(const Vote& first, const Vote& second);

// Of validly signed messages by one validator.
Evidence evidence_of(EvidenceKind kind, const Vote& first, const Vote& second);
Evidence evidence_of_proposals(const Hash& chain_id, const Proposal& first, const Proposal& second);
Evidence evidence_of_batches(const SealedBatch& first, const SealedBatch& second);

// Looks for what is wrong in a batch that was refused for its content: its head, or the first transaction
// that is empty or that `check` refuses. Nothing if nothing is, or if the transaction is too large to be
// shown. Whether the batch is signed is not looked at.
std::optional<Evidence> evidence_of_invalid(const Batch& batch, const TransactionCheck& check);

// Lets each piece of evidence out once.
class EvidenceFilter {
 public:
  // `number` is the view, or the sequence of a batch.
  bool is_new(const Evidence& evidence, std::uint64_t number) {
    return seen_.emplace(number, evidence.culprit, evidence.kind).second;
  }
  void prune(View final_view) { seen_.erase(seen_.begin(), seen_.lower_bound({final_view.value(), {}, {}})); }

 private:
  std::set<std::tuple<std::uint64_t, NodeIndex, EvidenceKind>> seen_;
};

}  // namespace jingchu::consensus
