// One HTTP connection of the server: a coroutine that reads, hands over and answers one request after
// another.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "common/log.h"
#include "network/http.h"
#include "network/http_server.h"
#include "network/tls.h"

namespace jingchu::network {

// What all connections of one server share.
struct HttpServerState {
  HttpServerConfig config;
  HttpHandler handler;
  Log log;
  std::atomic<std::uint64_t> requests{0}, refused{0}, bad_requests{0}, handler_failures{0};
};

class HttpSession {
 public:
  virtual ~HttpSession() = default;

  // On the strand of the socket, once; until the connection is closed. Keep the session alive meanwhile.
  virtual boost::asio::awaitable<void> run() = 0;

  // On the strand. finish(): closes after the request under way, at once when there is none.
  virtual void finish() = 0;
  virtual void abort() = 0;
};

// `tls` null: plain. `refused`: answers 503 at once and closes.
std::shared_ptr<HttpSession> make_http_session(boost::asio::ip::tcp::socket socket, TlsContext tls,
                                               std::shared_ptr<HttpServerState> server, bool refused);

}  // namespace jingchu::network
