// A server whose routes the tests of HTTP share.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include "network/http_router.h"
#include "network/http_server.h"
#include "tests/network/fixture.h"

namespace jingchu::network {

// GET /hello; POST /echo answers the body; GET /show/{name} what was asked; GET /throws; GET /wait answers
// after release().
class TestServer {
 public:
  explicit TestServer(const std::function<void(HttpServerConfig&)>& change = {});
  ~TestServer();

  std::uint16_t port() const { return server_.port(); }
  HttpServer& server() { return server_; }
  IoThreads& threads() { return threads_; }
  int waiting() const { return waiting_; }  // requests in /wait
  void release() { released_ = true; }
  std::string url(const std::string& scheme = "http") const;

 private:
  HttpServerConfig config(const std::function<void(HttpServerConfig&)>& change) const;
  void add_routes();

  IoThreads threads_;
  HttpRouter router_;
  std::atomic<int> waiting_{0};
  std::atomic<bool> released_{false};
  HttpServer server_;
};

}  // namespace jingchu::network
