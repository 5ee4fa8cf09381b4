#include "consensus/safety.h"

#include "consensus/mutant.h"
#include "consensus/pacemaker.h"

namespace jingchu::consensus {

// Notarize after an own Nullify is allowed; twice in a view is not.
bool may_notarize(const OwnSignatures& own) {
  return !own.notarize;
}

bool may_nullify(const OwnSignatures& own) {
  return !own.nullify && (!own.finalize || mutant(Mutant::kNullifyAfterFinalize));
}

bool may_finalize(const OwnSignatures& own) {
  return !own.finalize && (!own.nullify || mutant(Mutant::kFinalizeAfterNullify));
}

Judgement form_fits(const Header& header, const EpochRules& rules) {
  if (header.protocol_version != kProtocolVersion) return {Fit::kNever, "another protocol version"};
  if (header.epoch != rules.epoch) return {Fit::kNever, "another epoch"};
  if (header.cut.size() != rules.validators) return {Fit::kNever, "a cut across another number of lanes"};
  if (header.validators_hash != rules.validators_hash) return {Fit::kNever, "another validator set"};
  if (header.next_validators_hash != rules.next_validators_hash)
    return {Fit::kNever, "another next validator set"};
  if (header.parent_view >= header.view) return {Fit::kNever, "a parent that is not of an earlier view"};
  if (header.executed_height >= header.height)
    return {Fit::kNever, "an execution that is not of an earlier block"};
  return {};
}

std::optional<View> first_gap(const VoteBook& book, View parent, View view) {
  if (mutant(Mutant::kNoGapCheck)) return std::nullopt;
  for (View between = parent.next(); between < view; between = between.next()) {
    if (book.certificate(VoteKind::kNullify, between) == nullptr) return between;
  }
  return std::nullopt;
}

Judgement height_fits(const Header& header, const Header& parent) {
  if (header.height != parent.height.next())
    return {Fit::kNever, "a height that does not follow the parent's"};
  return {};
}

Judgement cut_fits(const Header& header, const Header& parent, const Parameters& parameters) {
  std::uint64_t batches = 0;
  for (std::size_t lane = 0; lane < header.cut.size(); ++lane) {
    const CutEntry& from = parent.cut[lane];
    const CutEntry& to = header.cut[lane];
    if (to.sequence < from.sequence) return {Fit::kNever, "a cut that goes back"};
    if (to.sequence == from.sequence && to.tip != from.tip && !mutant(Mutant::kCutBySequenceOnly)) {
      return {Fit::kNever, "a cut with another tip at the same sequence"};
    }
    if (to.sequence - from.sequence > parameters.block_batches_max - batches) {
      return {Fit::kNever, "more batches than a block may have"};
    }
    batches += to.sequence - from.sequence;
  }
  if (header.height - header.executed_height > parameters.execution_lag_max && batches != 0) {
    return {Fit::kNever, "a cut that moves while execution is too far behind"};
  }
  return {};
}

Judgement tail_fits(const Header& header, const Header& parent, const EpochRules& rules) {
  if (header.height > rules.last_height && header.cut != parent.cut && !mutant(Mutant::kTailOrders))
    return {Fit::kNever, "a cut that moves after the epoch's last block"};
  return {};
}

Judgement limits_fit(std::uint64_t bytes, std::uint64_t transactions, const Parameters& parameters) {
  if (bytes > parameters.block_bytes_max) return {Fit::kNever, "more bytes than a block may have"};
  if (transactions > parameters.block_transactions_max)
    return {Fit::kNever, "more transactions than a block may have"};
  return {};
}

Judgement execution_fits(const Header& header, const Header& parent, const ExecutedRoots& roots) {
  if (header.executed_height < parent.executed_height) return {Fit::kNever, "an execution that goes back"};
  if (header.executed_height == parent.executed_height) {
    if (header.executed_root != parent.executed_root)
      return {Fit::kNever, "another root for the parent's execution"};
    return {};
  }
  if (mutant(Mutant::kHeaderFieldUnchecked)) return {};
  const auto own = roots.find(header.executed_height);
  if (own == roots.end()) return {Fit::kWaits, "own execution"};
  if (own->second != header.executed_root) return {Fit::kNever, "an executed root that is not ours"};
  return {};
}

Judgement time_fits(const Header& header, const Header& parent, std::uint64_t received_wall_ms,
                    std::uint64_t failed_views, const Parameters& parameters) {
  if (header.time_ms <= parent.time_ms) return {Fit::kNever, "a time that does not follow the parent's"};
  const bool is_least = header.time_ms - parent.time_ms == 1 && !mutant(Mutant::kLeastTimeRefused);
  if (!is_least && header.time_ms > received_wall_ms &&
      header.time_ms - received_wall_ms > parameters.precision_ms) {
    return {Fit::kUntimely, "a time in the future"};
  }
  const std::uint64_t allowance_ms = parameters.precision_ms + grown_delay_ms(parameters, failed_views);
  if (header.time_ms < received_wall_ms && received_wall_ms - header.time_ms > allowance_ms) {
    return {Fit::kUntimely, "a time too long ago"};
  }
  return {};
}

}  // namespace jingchu::consensus
