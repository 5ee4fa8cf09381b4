#include "tests/network/http_fixture.h"

#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/check.h"

namespace jingchu::network {

namespace asio = boost::asio;

namespace {

HttpResponse text(std::string body) {
  HttpResponse response;
  response.content_type = "text/plain";
  response.body = std::move(body);
  return response;
}

std::string shown(const HttpRequest& request, const PathParameters& parameters) {
  std::string text = request.method + " " + parameters.at("name") + " from " + request.remote_address;
  for (const auto& [name, value] : request.query) text += " " + name + "=" + value;
  if (const auto header = request.header("x-test")) text += " x-test:" + *header;
  return text;
}

}  // namespace

TestServer::TestServer(const std::function<void(HttpServerConfig&)>& change)
    : server_(
          threads_.executor(), config(change), [this](HttpRequest r) { return router_.handle(std::move(r)); },
          Log()) {
  add_routes();
  CHECK(server_.start().ok());
}

TestServer::~TestServer() {
  release();
  threads_.stop();
}

HttpServerConfig TestServer::config(const std::function<void(HttpServerConfig&)>& change) const {
  HttpServerConfig config;
  config.listen_host = "127.0.0.1";
  if (change) change(config);
  return config;
}

std::string TestServer::url(const std::string& scheme) const {
  return scheme + "://127.0.0.1:" + std::to_string(port());
}

void TestServer::add_routes() {
  router_.add("GET", "/hello",
              [](HttpRequest, PathParameters) -> asio::awaitable<HttpResponse> { co_return text("hello"); });
  router_.add("POST", "/echo", [](HttpRequest request, PathParameters) -> asio::awaitable<HttpResponse> {
    co_return text(std::move(request.body));
  });
  router_.add("GET", "/show/{name}",
              [](HttpRequest request, PathParameters parameters) -> asio::awaitable<HttpResponse> {
                co_return text(shown(request, parameters));
              });
  router_.add("GET", "/throws", [](HttpRequest, PathParameters) -> asio::awaitable<HttpResponse> {
    throw std::runtime_error("a secret of the server");
    co_return HttpResponse();
  });
  router_.add("GET", "/throws-int", [](HttpRequest, PathParameters) -> asio::awaitable<HttpResponse> {
    throw 7;
    co_return HttpResponse();
  });
  router_.add("GET", "/wait", [this](HttpRequest, PathParameters) -> asio::awaitable<HttpResponse> {
    ++waiting_;
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (!released_) {
      timer.expires_after(std::chrono::milliseconds(1));
      co_await timer.async_wait(asio::use_awaitable);
    }
    --waiting_;
    co_return text("waited");
  });
}

}  // namespace jingchu::network
