#include "network/http_server_state.h"

#include "common/clock.h"

namespace jingchu::network {

bool HttpServerState::connect(const Source& client) {
  const std::lock_guard lock(mutex_);
  return clients_.connect(client, system_clock().monotonic_us());
}

void HttpServerState::disconnect(const Source& client) {
  const std::lock_guard lock(mutex_);
  clients_.disconnect(client, system_clock().monotonic_us());
}

bool HttpServerState::request(const Source& client) {
  const std::lock_guard lock(mutex_);
  return clients_.request(client, system_clock().monotonic_us());
}

bool HttpServerState::hold(const Source& client, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  return clients_.hold(client, bytes);
}

void HttpServerState::release(const Source& client, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  clients_.release(client, bytes);
}

std::uint64_t HttpServerState::held_bytes() const {
  const std::lock_guard lock(mutex_);
  return clients_.held_bytes();
}

void HttpServerState::refused(const std::string& reason) {
  const std::lock_guard lock(mutex_);
  ++refusals_[reason];
}

std::map<std::string, std::uint64_t> HttpServerState::refusals() const {
  const std::lock_guard lock(mutex_);
  return refusals_;
}

}  // namespace jingchu::network
