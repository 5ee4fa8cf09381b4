// Evidence (R15): pairs of signed contents that no honest validator produces. Signatures may be random (SM2),
// so only DIFFERENT contents count. Notarize beside Nullify of one view is honest, and so are finalizes at
// one height in different views.
#pragma once

#include <optional>
#include <set>
#include <string_view>
#include <tuple>

#include "consensus/messages.h"
#include "consensus/step.h"

namespace jingchu::consensus {

// The kind of evidence that two votes of one epoch make, or nothing.
std::optional<std::string_view> contradiction(const Vote& first, const Vote& second);

Evidence evidence_of(std::string_view kind, const Vote& first, const Vote& second);
Evidence evidence_of_proposals(const Proposal& first, const Proposal& second);
Evidence evidence_of_batches(const Batch& first, const Batch& second);

// Lets each piece of evidence out once.
class EvidenceFilter {
 public:
  // `number` is the view, or the sequence of a batch.
  bool is_new(const Evidence& evidence, std::uint64_t number) {
    return seen_.emplace(number, evidence.culprit, evidence.kind).second;
  }
  void prune(View final_view) { seen_.erase(seen_.begin(), seen_.lower_bound({final_view.value(), {}, {}})); }

 private:
  std::set<std::tuple<std::uint64_t, NodeIndex, std::string>> seen_;
};

}  // namespace jingchu::consensus
