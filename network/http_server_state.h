// What all connections of one HTTP server share: configuration, limits of clients, and what was refused.
// Thread-safe.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "common/log.h"
#include "network/client_limits.h"
#include "network/http.h"
#include "network/http_server.h"

namespace jingchu::network {

class HttpServerState {
 public:
  HttpServerState(HttpServerConfig configured, HttpHandler handles, Log logs)
      : config(std::move(configured)),
        handler(std::move(handles)),
        log(std::move(logs)),
        clients_(config.clients) {}

  const HttpServerConfig config;
  const HttpHandler handler;
  const Log log;
  std::atomic<std::uint64_t> requests{0}, handler_failures{0};

  // As ClientLimits has them, at this moment.
  bool connect(const Source& client);
  void disconnect(const Source& client);
  bool request(const Source& client);
  bool hold(const Source& client, std::uint64_t bytes);
  void release(const Source& client, std::uint64_t bytes);
  std::uint64_t held_bytes() const;

  // By the type of the problem, or what else ended a connection.
  void refused(const std::string& reason);
  std::map<std::string, std::uint64_t> refusals() const;

 private:
  mutable std::mutex mutex_;  // of what follows
  ClientLimits clients_;
  std::map<std::string, std::uint64_t> refusals_;
};

// Bytes of a body that are held for a client; they are given back with this object.
class HeldBytes {
 public:
  HeldBytes() = default;  // of no server: holds nothing
  HeldBytes(std::shared_ptr<HttpServerState> server, const Source& client)
      : server_(std::move(server)), client_(client) {}
  HeldBytes(HeldBytes&& other) noexcept
      : server_(std::move(other.server_)), client_(other.client_), bytes_(std::exchange(other.bytes_, 0)) {}
  HeldBytes& operator=(HeldBytes&& other) noexcept {
    std::swap(server_, other.server_);
    std::swap(client_, other.client_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~HeldBytes() {
    if (bytes_ != 0) server_->release(client_, bytes_);
  }

  // False: beyond the limits; what was held before still is.
  bool grow(std::uint64_t bytes) {
    if (!server_ || !server_->hold(client_, bytes)) return false;
    bytes_ += bytes;
    return true;
  }

 private:
  std::shared_ptr<HttpServerState> server_;
  Source client_;
  std::uint64_t bytes_ = 0;
};

}  // namespace jingchu::network
