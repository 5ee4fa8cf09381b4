// The epochs of a run: what each begins with, and what its messages are checked with. Every honest node
// derives an epoch for itself, from what it executed; here stands what the first of them derived, and any
// other must derive the same.
#pragma once

#include <map>

#include "consensus/verify.h"
#include "node/epoch.h"
#include "node/message_reader.h"
#include "sim/keys.h"
#include "sim/plan.h"

namespace jingchu::sim {

// How a node numbers another that is not of its epoch's validators: beyond them, by the other's number.
inline constexpr std::uint16_t kBeyond = 64;

struct EpochContext {
  EpochContext(node::EpochPlan a_plan, const Hash& chain_id, const KeyRing& keys,
               std::uint64_t batch_bytes_max);

  node::EpochPlan plan;
  Hash base_hash{};
  consensus::Verifier verifier;
  node::MessageReader reader;
};

class Epochs {
 public:
  enum class Begun { kFirst, kSame, kDiffers };

  Epochs(const Hash& chain_id, const KeyRing& keys, std::uint64_t batch_bytes_max)
      : chain_id_(chain_id), keys_(keys), batch_bytes_max_(batch_bytes_max) {}

  // A node begins this one. kDiffers: another node began that epoch with something else.
  Begun begin(const node::EpochPlan& plan);
  // Null: nobody has begun it.
  const EpochContext* find(Epoch epoch) const;
  const EpochContext& at(Epoch epoch) const { return *find(epoch); }
  const EpochContext& latest() const { return contexts_.rbegin()->second; }

 private:
  Hash chain_id_;
  const KeyRing& keys_;
  std::uint64_t batch_bytes_max_;
  std::map<Epoch, EpochContext> contexts_;
};

// The epoch that a message names; nothing for those of any epoch.
std::optional<Epoch> epoch_of(const consensus::Message& message);

}  // namespace jingchu::sim
