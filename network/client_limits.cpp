#include "network/client_limits.h"

#include <algorithm>

#include "common/check.h"

namespace jingchu::network {
namespace {

constexpr std::uint64_t kRequest = 1'000'000;  // in the unit of Entry::spent
constexpr std::uint64_t kBurstSeconds = 2;
constexpr std::uint64_t kRefilledAfter_us = kBurstSeconds * 1'000'000;

}  // namespace

Client client_of(const boost::asio::ip::address& address) {
  if (address.is_v4()) return {false, address.to_v4().to_uint()};
  const auto ipv6 = address.to_v6();
  const auto bytes = ipv6.to_bytes();
  const bool mapped = ipv6.is_v4_mapped();
  Client client{!mapped, 0};
  for (std::size_t i = 0; i < 8; ++i) {
    if (mapped && i >= 4) break;
    client.network = client.network << 8 | bytes[i + (mapped ? 12 : 0)];
  }
  return client;
}

bool ClientLimits::connect(const Client& client, std::uint64_t now_us) {
  forget_idle(now_us);
  const auto [found, is_new] = entries_.try_emplace(client);
  Entry& entry = found->second;
  if (is_new) entry.refilled_us = now_us;
  if (!is_new && entry.connections == 0) idle_.erase(entry.idle);
  // The maximum is not 0, so an entry that is new is not refused.
  if (entry.connections >= config_.connections_max) return false;
  ++entry.connections;
  return true;
}

void ClientLimits::disconnect(const Client& client, std::uint64_t now_us) {
  const auto found = entries_.find(client);
  CHECK(found != entries_.end() && found->second.connections > 0);
  Entry& entry = found->second;
  if (--entry.connections == 0) {
    CHECK(entry.held_bytes == 0);
    entry.idle = idle_.insert(idle_.end(), client);
    refill(entry, now_us);
  }
  forget_idle(now_us);
}

bool ClientLimits::request(const Client& client, std::uint64_t now_us) {
  if (config_.requests_per_s == 0) return true;
  Entry& entry = entries_.at(client);
  refill(entry, now_us);
  if (entry.spent + kRequest > kBurstSeconds * config_.requests_per_s * kRequest) return false;
  entry.spent += kRequest;
  return true;
}

bool ClientLimits::hold(const Client& client, std::uint64_t bytes) {
  Entry& entry = entries_.at(client);
  const bool fits = held_bytes_ + bytes <= config_.held_bytes_max &&
                    entry.held_bytes + bytes <= config_.client_held_bytes_max;
  const bool alone = entry.held_bytes == 0 && held_bytes_ < config_.held_bytes_max;
  if (!fits && !alone) return false;
  entry.held_bytes += bytes;
  held_bytes_ += bytes;
  return true;
}

void ClientLimits::release(const Client& client, std::uint64_t bytes) {
  Entry& entry = entries_.at(client);
  CHECK(bytes <= entry.held_bytes);
  entry.held_bytes -= bytes;
  held_bytes_ -= bytes;
}

void ClientLimits::refill(Entry& entry, std::uint64_t now_us) const {
  const std::uint64_t elapsed_us = std::min(now_us - std::min(now_us, entry.refilled_us), kRefilledAfter_us);
  entry.spent -= std::min(entry.spent, elapsed_us * config_.requests_per_s);
  entry.refilled_us = std::max(entry.refilled_us, now_us);
}

// Those that have all their requests again are as new; beyond the bound the oldest goes, whatever it has.
void ClientLimits::forget_idle(std::uint64_t now_us) {
  while (!idle_.empty()) {
    const auto entry = entries_.find(idle_.front());
    refill(entry->second, now_us);
    if (entry->second.spent != 0 && idle_.size() <= config_.idle_clients_max) return;
    entries_.erase(entry);
    idle_.pop_front();
  }
}

}  // namespace jingchu::network
