#include "consensus/fetching.h"

#include <algorithm>

namespace jingchu::consensus {
namespace {

constexpr std::size_t kOutstandingMax = 64;
constexpr std::size_t kRoundsMax = 2;
constexpr std::uint64_t kTimeoutMinUs = 100'000;
constexpr std::size_t kTimeoutDoublingsMax = 3;

}  // namespace

std::optional<Outgoing> Fetching::want(const FetchKey& key, Message message, std::vector<NodeIndex> preferred,
                                       std::uint64_t now_us) {
  if (requests_.contains(key) || requests_.size() >= kOutstandingMax) return std::nullopt;
  Request request;
  request.message = std::move(message);
  ++rotation_;
  const auto append = [&](NodeIndex peer) {
    const bool known = std::find(request.order.begin(), request.order.end(), peer) != request.order.end();
    if (!known && peer != self_) request.order.push_back(peer);
  };
  for (const NodeIndex peer : preferred) append(peer);
  for (std::size_t i = 0; i < validators_; ++i) {
    append(NodeIndex(static_cast<std::uint16_t>((rotation_ + i) % validators_)));
  }
  auto outgoing = ask_next(request, now_us);
  if (outgoing) requests_.emplace(key, std::move(request));
  return outgoing;
}

bool Fetching::is_asked_for_batch(NodeIndex peer, NodeIndex lane, Sequence sequence) const {
  for (const auto& [key, request] : requests_) {
    const auto* fetch = std::get_if<FetchBatches>(&request.message);
    if (fetch == nullptr || fetch->lane != lane || request.asked != peer) continue;
    if (sequence >= fetch->first && sequence <= fetch->last) return true;
  }
  return false;
}

bool Fetching::can_ask(NodeIndex peer) const {
  const auto is_asked = [&](const auto& request) { return request.second.asked == peer; };
  const auto asked = std::count_if(requests_.begin(), requests_.end(), is_asked);
  return !lost_.contains(peer) && static_cast<std::size_t>(asked) < kFetchesOfOneMax;
}

std::optional<Outgoing> Fetching::ask_next(Request& request, std::uint64_t now_us) {
  request.asked = std::nullopt;
  const std::size_t attempts_max = kRoundsMax * request.order.size();
  while (request.attempts < attempts_max) {
    const NodeIndex peer = request.order[request.attempts % request.order.size()];
    ++request.attempts;
    if (!can_ask(peer)) continue;
    const std::size_t doublings = std::min((request.attempts - 1) / 2, kTimeoutDoublingsMax);
    request.asked = peer;
    request.deadline_us = now_us + (std::max(kTimeoutMinUs, 2 * delay_us_) << doublings);
    return Outgoing{peer, request.message};
  }
  return std::nullopt;
}

std::optional<Outgoing> Fetching::refuse(NodeIndex peer, const FetchKey& key, std::uint64_t now_us) {
  const auto at = requests_.find(key);
  if (at == requests_.end() || at->second.asked != peer) return std::nullopt;
  auto outgoing = ask_next(at->second, now_us);
  // Everyone has been asked: a pause before the caller wants it again, or two peers would refuse in a tight
  // loop.
  if (!outgoing) at->second.deadline_us = now_us + kTimeoutMinUs;
  return outgoing;
}

std::vector<Outgoing> Fetching::lose(NodeIndex peer, std::uint64_t now_us) {
  lost_.insert(peer);
  std::vector<Outgoing> retries;
  for (auto& [key, request] : requests_) {
    if (request.asked != peer) continue;
    if (auto outgoing = ask_next(request, now_us)) retries.push_back(std::move(*outgoing));
  }
  return retries;
}

Fetching::Overdue Fetching::expire(std::uint64_t now_us) {
  Overdue overdue;
  for (auto at = requests_.begin(); at != requests_.end();) {
    if (at->second.deadline_us > now_us) {
      ++at;
    } else if (auto outgoing = ask_next(at->second, now_us)) {
      overdue.retries.push_back(std::move(*outgoing));
      ++at;
    } else {
      overdue.given_up.push_back(at->first);
      at = requests_.erase(at);
    }
  }
  return overdue;
}

std::optional<std::uint64_t> Fetching::next_deadline_us() const {
  std::optional<std::uint64_t> next;
  for (const auto& [key, request] : requests_)
    next = std::min(request.deadline_us, next.value_or(request.deadline_us));
  return next;
}

}  // namespace jingchu::consensus
