#include "consensus/lanes.h"

#include <algorithm>
#include <set>
#include <utility>

#include "consensus/mutant.h"

namespace jingchu::consensus {
namespace {

constexpr std::uint64_t kBatchWeightMin = 1024;
constexpr std::uint64_t kTransactionWeight = 64;
// Owners keep to the cap; others allow twice as much, because they may hear of finality later than the owner.
constexpr std::uint64_t kSlack = 2;
// What follows nothing comes early at the most; an owner that only sends such batches must not fill memory.
constexpr std::uint64_t kLooseBatches = 8;

}  // namespace

std::uint64_t weight_of(const SealedBatch& batch) {
  return std::max(kBatchWeightMin, batch.bytes + kTransactionWeight * batch.batch.transactions.size());
}

Lanes::Lanes(Cut executed, const Parameters& parameters)
    : parameters_(parameters), lanes_(executed.size()), watermarks_(std::move(executed)) {
  for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
    lanes_[lane].base = watermarks_[lane];
    lanes_[lane].final_sequence = watermarks_[lane].sequence;
  }
}

Lanes::Intake Lanes::take(const BatchPointer& sealed, std::uint64_t now_us, bool wanted) {
  const Batch& batch = sealed->batch;
  Lane& lane = lanes_[batch.lane.value()];
  if (batches_.contains(sealed->tip)) return {Taken::kKnown, nullptr};
  Intake intake;
  const auto twins = lane.by_sequence.find(batch.sequence);
  if (twins != lane.by_sequence.end()) intake.twin = get(twins->second.front());
  intake.taken = Taken::kOld;
  if (batch.sequence <= lane.base.sequence) return intake;
  if (batch.sequence <= lane.final_sequence && !wanted) return intake;
  const bool loose = !is_linked(lane, batch);
  intake.taken = Taken::kFull;
  if (!wanted && !has_room(lane, *sealed, loose)) return intake;
  intake.taken = Taken::kStored;
  batches_.emplace(sealed->tip, Stored{sealed, now_us, false, loose});
  if (loose) lane.loose_weight += weight_of(*sealed);
  lane.by_sequence[batch.sequence].push_back(sealed->tip);
  lane.next.emplace(batch.prev, sealed->tip);
  if (batch.sequence > lane.final_sequence) count(lane, *sealed, true);
  return intake;
}

bool Lanes::has_room(const Lane& lane, const SealedBatch& batch, bool loose) const {
  const std::uint64_t weight = weight_of(batch);
  if (lane.closed || lane.pending_weight + weight > kSlack * parameters_.lane_bytes_max) return false;
  return !loose || lane.loose_weight + weight <= kLooseBatches * parameters_.batch_bytes_max;
}

bool Lanes::is_linked(const Lane& lane, const Batch& batch) const {
  if (batch.sequence == lane.base.sequence.next() && batch.prev == lane.base.tip) return true;
  const auto previous = batches_.find(batch.prev);
  if (previous == batches_.end() || previous->second.loose) return false;
  const Batch& before = previous->second.batch->batch;
  return before.lane == batch.lane && before.sequence.next() == batch.sequence;
}

bool Lanes::set_durable(const Hash& tip) {
  const auto stored = batches_.find(tip);
  if (stored == batches_.end()) return false;
  stored->second.durable = true;
  return extend(stored->second.batch->batch.lane.value());
}

const SealedBatch* Lanes::find(const Hash& tip) const {
  const auto stored = batches_.find(tip);
  return stored == batches_.end() ? nullptr : stored->second.batch.get();
}

BatchPointer Lanes::get(const Hash& tip) const {
  const auto stored = batches_.find(tip);
  return stored == batches_.end() ? nullptr : stored->second.batch;
}

std::vector<BatchPointer> Lanes::all() const {
  std::vector<BatchPointer> batches;
  for (const Lane& lane : lanes_) {
    for (const auto& [sequence, tips] : lane.by_sequence) {
      for (const Hash& tip : tips) batches.push_back(get(tip));
    }
  }
  return batches;
}

std::optional<Hash> Lanes::tip_at(std::size_t index, Sequence sequence) const {
  const Lane& lane = lanes_[index];
  if (sequence == lane.base.sequence) return lane.base.tip;
  if (sequence < lane.base.sequence) return std::nullopt;
  const std::uint64_t offset = sequence - lane.base.sequence - 1;
  if (offset >= lane.chain.size()) return std::nullopt;
  return lane.chain[offset];
}

std::optional<std::uint64_t> Lanes::since_us(std::size_t lane, Sequence sequence) const {
  const auto tip = tip_at(lane, sequence);
  if (!tip) return std::nullopt;
  const auto stored = batches_.find(*tip);
  if (stored == batches_.end()) return std::nullopt;
  return stored->second.since_us;
}

std::optional<std::uint64_t> Lanes::oldest_beyond_us(const Cut& cut) const {
  std::optional<std::uint64_t> oldest;
  for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
    // A lane that leaders do not cut, or whose chain is off the cut, must not keep everybody awake.
    if (lanes_[lane].closed || tip_at(lane, cut[lane].sequence) != cut[lane].tip) continue;
    const auto since = since_us(lane, cut[lane].sequence.next());
    if (since) oldest = std::min(*since, oldest.value_or(*since));
  }
  return oldest;
}

Lanes::Walk Lanes::walk(std::size_t index, const CutEntry& from, const CutEntry& to) const {
  Walk walk;
  CutEntry at = to;
  while (at.sequence > from.sequence) {
    const auto stored = batches_.find(at.tip);
    if (stored == batches_.end()) {
      // The lowest that may be missing is above one's own chain, unless that turns out to be another branch.
      const Sequence above = watermarks_[index].sequence.next();
      const Sequence first =
          above <= at.sequence ? std::max(above, from.sequence.next()) : from.sequence.next();
      walk.missing = Missing{NodeIndex(static_cast<std::uint16_t>(index)), at, first};
      return walk;
    }
    const Batch& batch = stored->second.batch->batch;
    if (batch.lane.value() != index || batch.sequence != at.sequence) {
      walk.broken = true;
      return walk;
    }
    walk.batches.push_back(stored->second.batch);
    at = {at.sequence.previous(), batch.prev};
  }
  walk.broken = mutant(Mutant::kCutBySequenceOnly) ? at.sequence != from.sequence : at != from;
  std::reverse(walk.batches.begin(), walk.batches.end());
  return walk;
}

void Lanes::deliver(const Cut& from, const Cut& to, const std::vector<BatchPointer>& batches) {
  for (const BatchPointer& batch : batches) {
    Lane& lane = lanes_[batch->batch.lane.value()];
    lane.next[batch->batch.prev] = batch->tip;
  }
  for (std::size_t index = 0; index < lanes_.size(); ++index) {
    Lane& lane = lanes_[index];
    if (tip_at(index, to[index].sequence) == to[index].tip) continue;
    // Another branch than the one followed so far, or batches that are not durable yet.
    if (lane.base.sequence > from[index].sequence) continue;
    const std::uint64_t kept = from[index].sequence - lane.base.sequence;
    if (lane.chain.size() > kept) lane.chain.resize(kept);
    extend(index);
    update_watermark(index);
  }
}

void Lanes::set_final(const Cut& cut) {
  for (std::size_t index = 0; index < lanes_.size(); ++index) {
    Lane& lane = lanes_[index];
    if (cut[index].sequence <= lane.final_sequence) continue;
    const auto first = lane.by_sequence.upper_bound(lane.final_sequence);
    const auto last = lane.by_sequence.upper_bound(cut[index].sequence);
    for (auto at = first; at != last; ++at) {
      for (const Hash& tip : at->second) count(lane, *find(tip), false);
    }
    lane.final_sequence = cut[index].sequence;
  }
}

void Lanes::set_executed(const Cut& cut) {
  for (std::size_t index = 0; index < lanes_.size(); ++index) {
    Lane& lane = lanes_[index];
    const CutEntry& to = cut[index];
    if (to.sequence <= lane.base.sequence) continue;
    if (tip_at(index, to.sequence) == to.tip) {
      const std::uint64_t passed = to.sequence - lane.base.sequence;
      lane.chain.erase(lane.chain.begin(), lane.chain.begin() + static_cast<std::ptrdiff_t>(passed));
    } else {
      lane.chain.clear();
    }
    lane.base = to;
    extend(index);
    update_watermark(index);
  }
}

void Lanes::prune(const Cut& cut) {
  for (std::size_t index = 0; index < lanes_.size(); ++index) {
    Lane& lane = lanes_[index];
    const auto last = lane.by_sequence.upper_bound(cut[index].sequence);
    for (auto at = lane.by_sequence.begin(); at != last; ++at) {
      for (const Hash& tip : at->second) erase(lane, tip);
    }
    lane.by_sequence.erase(lane.by_sequence.begin(), last);
  }
}

void Lanes::erase(Lane& lane, const Hash& tip) {
  const auto stored = batches_.find(tip);
  const SealedBatch& batch = *stored->second.batch;
  if (stored->second.loose) lane.loose_weight -= weight_of(batch);
  if (batch.batch.sequence > lane.final_sequence) count(lane, batch, false);
  const auto next = lane.next.find(batch.batch.prev);
  if (next != lane.next.end() && next->second == tip) lane.next.erase(next);
  batches_.erase(stored);
}

void Lanes::forget_branches(std::size_t index, const std::vector<Hash>& named) {
  Lane& lane = lanes_[index];
  std::set<Hash> kept(lane.chain.begin(), lane.chain.end());
  for (Hash tip : named) {
    for (auto at = batches_.find(tip); at != batches_.end(); at = batches_.find(tip)) {
      if (at->second.batch->batch.lane.value() != index || !kept.insert(tip).second) break;
      tip = at->second.batch->batch.prev;
    }
  }
  for (auto at = lane.by_sequence.upper_bound(lane.final_sequence); at != lane.by_sequence.end();) {
    const auto is_useless = [&](const Hash& tip) {
      if (kept.contains(tip)) return false;
      erase(lane, tip);
      return true;
    };
    std::erase_if(at->second, is_useless);
    at = at->second.empty() ? lane.by_sequence.erase(at) : std::next(at);
  }
}

std::uint64_t Lanes::pending_bytes() const {
  std::uint64_t bytes = 0;
  for (const Lane& lane : lanes_) bytes += lane.pending_bytes;
  return bytes;
}

bool Lanes::extend(std::size_t index) {
  Lane& lane = lanes_[index];
  Hash tip = lane.chain.empty() ? lane.base.tip : lane.chain.back();
  Sequence sequence = lane.base.sequence + lane.chain.size();
  for (auto next = lane.next.find(tip); next != lane.next.end(); next = lane.next.find(tip)) {
    const auto stored = batches_.find(next->second);
    if (stored == batches_.end() || !stored->second.durable) break;
    // The owner signs any sequence after any prev; only the next one continues the chain.
    if (stored->second.batch->batch.sequence != sequence.next()) break;
    sequence = sequence.next();
    tip = stored->first;
    if (std::exchange(stored->second.loose, false)) lane.loose_weight -= weight_of(*stored->second.batch);
    lane.chain.push_back(tip);
  }
  const bool rose = sequence > watermarks_[index].sequence;
  if (rose) update_watermark(index);
  return rose;
}

void Lanes::update_watermark(std::size_t index) {
  const Lane& lane = lanes_[index];
  watermarks_[index] = {lane.base.sequence + lane.chain.size(),
                        lane.chain.empty() ? lane.base.tip : lane.chain.back()};
}

void Lanes::count(Lane& lane, const SealedBatch& batch, bool add) {
  if (add) {
    lane.pending_weight += weight_of(batch);
    lane.pending_bytes += batch.bytes;
  } else {
    lane.pending_weight -= weight_of(batch);
    lane.pending_bytes -= batch.bytes;
  }
}

}  // namespace jingchu::consensus
