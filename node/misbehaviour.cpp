#include "node/misbehaviour.h"

#include <boost/asio/post.hpp>

#include "common/clock.h"
#include "common/codec.h"
#include "ledger/batch_check.h"

namespace jingchu::node {
namespace {

using consensus::Evidence;
using consensus::EvidenceKind;

// Of one kind against one culprit in one epoch. One is enough to convict; an invalid batch may be large.
constexpr std::size_t kContradictionsMax = 4;
constexpr std::size_t kInvalidBatchesMax = 1;
// In the log, which is kept longer than the database keeps it.
constexpr std::size_t kLoggedBytesMax = 1'024;

std::size_t pieces_max(EvidenceKind kind) {
  return kind == EvidenceKind::kInvalidBatch ? kInvalidBatchesMax : kContradictionsMax;
}

std::string logged(const Evidence& evidence) {
  const Bytes bytes = encode(evidence);
  if (bytes.size() <= kLoggedBytesMax) return to_hex(bytes);
  return std::to_string(bytes.size()) + " bytes, in GET /v1/misbehaviour";
}

}  // namespace

// ---- epochs

void Misbehaviour::set_verifiers(const EpochPlan& plan) {
  const auto verifier = [&](Epoch epoch, consensus::ValidatorSet validators) {
    return std::make_shared<const consensus::Verifier>(parts_.genesis->chain_id, epoch, std::move(validators),
                                                       consensus::real_signatures());
  };
  const std::lock_guard lock(mutex_);
  current_ = verifier(plan.epoch, plan.validators);
  before_ = plan.before ? verifier(plan.epoch.previous(), validator_set(*plan.before)) : nullptr;
}

Status Misbehaviour::open(const EpochPlan& plan) {
  RETURN_IF_ERROR(enter(plan));
  return parts_.store->visit({}, [&](const ledger::RecordedEvidence& recorded) {
    places_.insert(ledger::MisbehaviourStore::place_of(recorded.evidence));
    parts_.metrics->misbehaviour(recorded.validator, to_string(recorded.evidence.kind));
    return true;
  });
}

Status Misbehaviour::enter(const EpochPlan& plan) {
  set_verifiers(plan);
  if (plan.epoch == Epoch()) return ok_status();
  const Epoch oldest = plan.epoch.previous();
  Evidence first;
  first.epoch = oldest;
  {
    const std::lock_guard lock(mutex_);
    places_.erase(places_.begin(), places_.lower_bound(ledger::MisbehaviourStore::place_of(first)));
  }
  return parts_.store->erase_before(oldest);
}

Result<Misbehaviour::VerifierPointer> Misbehaviour::verifier_of(Epoch epoch) const {
  const std::lock_guard lock(mutex_);
  if (before_ && before_->epoch() == epoch) return before_;
  RETURN_IF_ERROR(current_->check_epoch(epoch));
  return current_;
}

// ---- taking evidence

// Its place without the number is what all of its kind, culprit and epoch begin with.
bool Misbehaviour::is_wanted(const Evidence& evidence) const {
  const std::string place = ledger::MisbehaviourStore::place_of(evidence);
  const std::string kind = place.substr(0, place.size() - 2 * sizeof(evidence.number));
  if (places_.contains(place)) return false;
  std::size_t pieces = 0;
  for (auto at = places_.lower_bound(kind); at != places_.end() && at->starts_with(kind); ++at) ++pieces;
  return pieces < pieces_max(evidence.kind);
}

bool Misbehaviour::note(const Evidence& evidence) {
  const std::lock_guard lock(mutex_);
  return is_wanted(evidence) && places_.insert(ledger::MisbehaviourStore::place_of(evidence)).second;
}

Status Misbehaviour::take(const Evidence& evidence) {
  ASSIGN_OR_RETURN(const VerifierPointer verifier, verifier_of(evidence.epoch));
  {
    const std::lock_guard lock(mutex_);
    if (!is_wanted(evidence)) return ok_status();
  }
  RETURN_IF_ERROR(verify_evidence(*verifier, evidence, transaction_check()));
  if (note(evidence)) record(evidence, verifier->validators()[evidence.culprit].name);
  return ok_status();
}

consensus::TransactionCheck Misbehaviour::transaction_check() const {
  return [genesis = parts_.genesis](ByteView bytes) {
    return ledger::check_transaction(bytes, genesis->chain_id, genesis->rules.transaction);
  };
}

void Misbehaviour::examine(const consensus::Batch& batch) {
  {
    const std::lock_guard lock(mutex_);
    const Evidence wanted{batch.epoch, batch.lane, EvidenceKind::kInvalidBatch, batch.sequence.value(), {}};
    if (!is_wanted(wanted)) return;
  }
  const auto evidence = consensus::evidence_of_invalid(batch, transaction_check());
  if (!evidence) return;
  // What its owner has not signed accuses nobody.
  [[maybe_unused]] const Status taken = take(*evidence);
}

void Misbehaviour::record(const Evidence& evidence, std::string validator) {
  parts_.metrics->misbehaviour(validator, to_string(evidence.kind));
  parts_.log.error("a validator broke the protocol, and signed what proves it",
                   {{"validator", validator},
                    {"kind", to_string(evidence.kind)},
                    {"epoch", evidence.epoch.value()},
                    {"number", evidence.number},
                    {"evidence", logged(evidence)}});
  parts_.on_new(evidence);
  // A failed write is reported by the store itself and ends the node.
  boost::asio::post(*parts_.pool, [this, recorded = ledger::RecordedEvidence{evidence, std::move(validator),
                                                                             system_clock().wall_ms()}] {
    [[maybe_unused]] const Status written = parts_.store->put(recorded);
  });
}

void Misbehaviour::recall(std::function<void(const Evidence&)> visit) {
  {
    const std::lock_guard lock(mutex_);
    if (places_.empty()) return;
  }
  boost::asio::post(*parts_.pool, [this, visit = std::move(visit)] {
    [[maybe_unused]] const Status read =
        parts_.store->visit({}, [&](const ledger::RecordedEvidence& recorded) {
          visit(recorded.evidence);
          return true;
        });
  });
}

}  // namespace jingchu::node
