// An HTTP/1.1 server, plain or with TLS: one coroutine for each connection, keep-alive, pipelining, every
// size and time bounded, and what one client's address may take of it (client_limits.h). A handler that
// throws is answered with 500; nothing a client sends ends the process. The context of the executor outlives
// the server.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/log.h"
#include "common/result.h"
#include "network/client_limits.h"
#include "network/http.h"
#include "network/tls.h"

namespace jingchu::network {

struct HttpServerConfig {
  std::string listen_host;
  std::uint16_t listen_port = 0;   // 0: any free port
  std::shared_ptr<ServerTls> tls;  // null: plain HTTP
  std::uint32_t header_bytes_max = 16u << 10;
  std::uint64_t body_bytes_max = 8u << 20;
  std::chrono::milliseconds header_timeout{10'000};  // for the whole header, and for the TLS handshake
  std::chrono::milliseconds body_timeout{30'000};
  std::chrono::milliseconds write_timeout{30'000};
  std::chrono::milliseconds idle_timeout{60'000};  // between two requests
  std::size_t connections_max = 1024;              // beyond: 503 and close
  ClientLimitsConfig clients;                      // of one client's connections and requests; bytes held
};

struct HttpServerStatus {
  std::size_t connections = 0;   // open now
  std::uint64_t held_bytes = 0;  // of bodies, now
  std::uint64_t requests = 0;    // handled since the start
  std::uint64_t handler_failures = 0;
  // Since the start, by the type of the problem; "slow-reader": did not read its answer in time.
  std::map<std::string, std::uint64_t> refusals;
};

class HttpServer {
 public:
  // The handler runs on the strand of its connection, one request of a connection at a time.
  HttpServer(boost::asio::any_io_executor executor, HttpServerConfig config, HttpHandler handler, Log log);
  ~HttpServer();  // stops at once
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Error: "listen" (kEnvironment, names the address).
  Status start();

  // Returns at once, thread-safe: accepts no more, closes idle connections, lets running requests finish and
  // closes after them. What is left at `deadline` is closed. Then calls `on_stopped`, on a thread of the
  // executor.
  void stop(std::chrono::milliseconds deadline, std::function<void()> on_stopped = {});

  std::uint16_t port() const;
  HttpServerStatus status() const;

 private:
  class Sessions;
  std::shared_ptr<Sessions> sessions_;
};

}  // namespace jingchu::network
