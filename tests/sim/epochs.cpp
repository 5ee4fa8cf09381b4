#include "sim/epochs.h"

namespace jingchu::sim {

using namespace consensus;

namespace {

// All but the pending set, which changes within an epoch.
bool is_same(const node::EpochPlan& a, const node::EpochPlan& b) {
  return a.members == b.members && a.next == b.next && a.validators.hash() == b.validators.hash() &&
         a.next_validators_hash == b.next_validators_hash && a.last_height == b.last_height &&
         a.base == b.base && a.base_hash == b.base_hash;
}

}  // namespace

// Whom its receiver has listed (Node::number_of), but not as a validator, may still say what it has.
EpochContext::EpochContext(node::EpochPlan a_plan, const Hash& chain_id, const KeyRing& keys,
                           std::uint64_t batch_bytes_max)
    : plan(std::move(a_plan)),
      base_hash(plan.base_hash ? *plan.base_hash : block_hash(chain_id, plan.base)),
      verifier(chain_id, plan.epoch, plan.validators, keys.checker()),
      reader(verifier, batch_bytes_max, [](NodeIndex from) { return from.value() >= kBeyond; }) {}

Epochs::Begun Epochs::begin(const node::EpochPlan& plan) {
  if (const EpochContext* known = find(plan.epoch))
    return is_same(known->plan, plan) ? Begun::kSame : Begun::kDiffers;
  contexts_.try_emplace(plan.epoch, plan, chain_id_, keys_, batch_bytes_max_);
  return Begun::kFirst;
}

const EpochContext* Epochs::find(Epoch epoch) const {
  const auto found = contexts_.find(epoch);
  return found == contexts_.end() ? nullptr : &found->second;
}

std::optional<Epoch> epoch_of(const Message& message) {
  if (const auto* proposal = std::get_if<Proposal>(&message)) return proposal->header.epoch;
  if (const auto* vote = std::get_if<Vote>(&message)) return vote->epoch;
  if (const auto* certificate = std::get_if<Certificate>(&message)) return certificate->epoch;
  if (const auto* batch = std::get_if<BatchPointer>(&message)) return (*batch)->batch.epoch;
  if (const auto* chain = std::get_if<Chain>(&message)) return chain->finalization.epoch;
  return std::nullopt;
}

}  // namespace jingchu::sim
