#include "node/peer_budget.h"

#include <algorithm>

namespace jingchu::node {
namespace {

constexpr std::uint64_t kSecondUs = 1'000'000;

}  // namespace

PeerBudget::PeerBudget(std::size_t peers, unsigned processors) {
  const std::uint64_t share_us = std::max(kSecondUs / 4, processors * kSecondUs / 8);
  work_us_.assign(peers, TokenBucket(share_us, share_us / 2));
}

void PeerBudget::charge(std::size_t peer, std::uint64_t work_us, std::uint64_t now_us) {
  const std::lock_guard lock(mutex_);
  work_us_[peer].charge(work_us, now_us);
}

void PeerBudget::give_back(std::size_t peer, std::uint64_t work_us) {
  const std::lock_guard lock(mutex_);
  work_us_[peer].give_back(work_us);
}

std::uint64_t PeerBudget::pause_us(std::size_t peer, std::uint64_t now_us) {
  const std::lock_guard lock(mutex_);
  return work_us_[peer].debt_us(now_us);
}

}  // namespace jingchu::node
