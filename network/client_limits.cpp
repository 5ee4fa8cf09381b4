#include "network/client_limits.h"

#include "common/check.h"

namespace jingchu::network {
namespace {

constexpr std::uint64_t kBurstSeconds = 2;

}  // namespace

bool ClientLimits::connect(const Source& client, std::uint64_t now_us) {
  forget_idle(now_us);
  const TokenBucket all_requests(config_.requests_per_s, kBurstSeconds * config_.requests_per_s);
  const auto [found, is_new] = entries_.try_emplace(client, Entry{0, 0, all_requests, {}});
  Entry& entry = found->second;
  if (!is_new && entry.connections == 0) idle_.erase(entry.idle);
  // The maximum is not 0, so an entry that is new is not refused.
  if (entry.connections >= config_.connections_max) return false;
  ++entry.connections;
  return true;
}

void ClientLimits::disconnect(const Source& client, std::uint64_t now_us) {
  const auto found = entries_.find(client);
  CHECK(found != entries_.end() && found->second.connections > 0);
  Entry& entry = found->second;
  if (--entry.connections == 0) {
    CHECK(entry.held_bytes == 0);
    entry.idle = idle_.insert(idle_.end(), client);
  }
  forget_idle(now_us);
}

bool ClientLimits::request(const Source& client, std::uint64_t now_us) {
  if (config_.requests_per_s == 0) return true;
  return entries_.at(client).requests.take(1, now_us);
}

bool ClientLimits::hold(const Source& client, std::uint64_t bytes) {
  Entry& entry = entries_.at(client);
  const bool fits = held_bytes_ + bytes <= config_.held_bytes_max &&
                    entry.held_bytes + bytes <= config_.client_held_bytes_max;
  const bool alone = entry.held_bytes == 0 && held_bytes_ < config_.held_bytes_max;
  if (!fits && !alone) return false;
  entry.held_bytes += bytes;
  held_bytes_ += bytes;
  return true;
}

void ClientLimits::release(const Source& client, std::uint64_t bytes) {
  Entry& entry = entries_.at(client);
  CHECK(bytes <= entry.held_bytes);
  entry.held_bytes -= bytes;
  held_bytes_ -= bytes;
}

// Those that have all their requests again are as new; beyond the bound the oldest goes, whatever it has.
void ClientLimits::forget_idle(std::uint64_t now_us) {
  while (!idle_.empty()) {
    const auto entry = entries_.find(idle_.front());
    const bool is_as_new = entry->second.requests.is_full(now_us);
    if (!is_as_new && idle_.size() <= config_.idle_clients_max) return;
    entries_.erase(entry);
    idle_.pop_front();
  }
}

}  // namespace jingchu::network
