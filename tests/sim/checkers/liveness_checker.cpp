#include "sim/checkers/liveness_checker.h"

namespace jingchu::sim {

using namespace consensus;

namespace {
constexpr std::uint64_t kBlocksToGain = 10;
// What may pass before the first view after healing: restarts, clocks that had run ahead, standstill
// back-off.
constexpr std::uint64_t kSlackMs = 12'000;
}  // namespace

void LivenessChecker::on_sealed(const BatchPointer& batch) {
  if (healed_ || delivered_.contains(batch->tip)) return;
  if (ended_ && batch->batch.epoch <= *ended_) return;
  waiting_.try_emplace(batch->tip, Sealed{batch->batch.lane, batch->batch.epoch, batch->batch.sequence});
}

void LivenessChecker::on_deliver(const FinalizedBlock& block) {
  for (const auto& batch : block.batches) {
    if (!healed_) delivered_.insert(batch->tip);
    waiting_.erase(batch->tip);
  }
}

void LivenessChecker::on_end(Epoch epoch) {
  ended_ = epoch;
  std::erase_if(waiting_, [&](const auto& entry) { return entry.second.epoch <= epoch; });
}

void LivenessChecker::on_heal() {
  healed_ = true;
  target_ = chain_.height() + kBlocksToGain;
}

void LivenessChecker::on_retired(NodeIndex node) {
  retired_ |= std::uint64_t{1} << node.value();
  on_home_lost(node);
}

void LivenessChecker::on_home_lost(NodeIndex node) {
  std::erase_if(waiting_, [&](const auto& entry) { return entry.second.lane == node; });
}

bool LivenessChecker::satisfied() const {
  if (!healed_ || !waiting_.empty()) return false;
  for (std::size_t i = 0; i < setting_.nodes; ++i) {
    const NodeIndex node(static_cast<std::uint16_t>(i));
    if ((retired_ >> i & 1) != 0) continue;
    if (setting_.is_honest(node) && chain_.delivered(node) < target_) return false;
  }
  return true;
}

std::string LivenessChecker::missing() const {
  std::string text = "every honest node should have delivered height " + to_string(target_) + ";";
  for (std::size_t i = 0; i < setting_.nodes; ++i) {
    const NodeIndex node(static_cast<std::uint16_t>(i));
    text += " " + name(node) + (setting_.is_honest(node) ? ":" : " (Byzantine):") +
            to_string(chain_.delivered(node));
  }
  if (!waiting_.empty()) text += "; batches never delivered:";
  for (const auto& [tip, batch] : waiting_) text += " " + name(batch.lane) + ":" + to_string(batch.sequence);
  return text;
}

std::uint64_t LivenessChecker::bound_us() const {
  return (3 * setting_.nodes * setting_.parameters.timer_cap_ms + kSlackMs) * 1000;
}

}  // namespace jingchu::sim
