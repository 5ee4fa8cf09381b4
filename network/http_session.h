// One HTTP connection of the server: a coroutine that reads, hands over and answers one request after
// another.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <optional>

#include "network/http_refusal.h"
#include "network/http_server_state.h"
#include "network/tls.h"

namespace jingchu::network {

class HttpSession {
 public:
  virtual ~HttpSession() = default;

  // On the strand of the socket, once; until the connection is closed. Keep the session alive meanwhile.
  virtual boost::asio::awaitable<void> run() = 0;

  // On the strand. finish(): closes after the request under way, at once when there is none.
  virtual void finish() = 0;
  virtual void abort() = 0;
};

// `tls` null: plain. `refusal`: answers it at once and closes.
std::shared_ptr<HttpSession> make_http_session(boost::asio::ip::tcp::socket socket, TlsContext tls,
                                               std::shared_ptr<HttpServerState> server, const Source& client,
                                               std::optional<Refusal> refusal);

}  // namespace jingchu::network
