#include "network/http_client.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fstream>
#include <future>

#include "network/listen.h"
#include "tests/network/http_fixture.h"

// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::network {
namespace {

namespace asio = boost::asio;

constexpr std::uint64_t kTimeoutMs = 20'000;

// A client on the threads of the test, asked from the test's own thread.
class BlockingClient {
 public:
  BlockingClient(IoThreads& threads, const std::string& url, std::uint64_t response_bytes_max = 1 << 20)
      : executor_(threads.executor()), client_(executor_, parse_url(url).value(), {}, response_bytes_max) {}

  Result<HttpResponse> request(std::string method, std::string target, std::string body = "",
                               std::chrono::milliseconds timeout = kPatience) {
    std::promise<Result<HttpResponse>> promise;
    auto answer = promise.get_future();
    asio::co_spawn(executor_, ask(this, &promise, method, target, body, timeout), asio::detached);
    return answer.get();
  }

 private:
  static asio::awaitable<void> ask(BlockingClient* self, std::promise<Result<HttpResponse>>* promise,
                                   std::string method, std::string target, std::string body,
                                   std::chrono::milliseconds timeout) {
    HttpHeaders headers;  // a braced list in the call makes GCC 12 give up
    headers.emplace_back("X-Test", "5");
    auto answer = co_await self->client_.request(method, target, body, "text/plain", timeout, headers);
    promise->set_value(std::move(answer));
  }

  asio::any_io_executor executor_;
  HttpClient client_;
};

TEST_CASE("a client asks several times over one connection") {
  TestServer server;
  BlockingClient client(server.threads(), server.url());
  const auto first = client.request("GET", "/show/a%20b?x=1");
  REQUIRE(first.ok());
  CHECK(first->status == 200);
  CHECK(first->content_type == "text/plain");
  CHECK(first->body == "GET a b from 127.0.0.1 x=1 x-test:5");
  CHECK(client.request("POST", "/echo", "body")->body == "body");
  CHECK(client.request("POST", "/echo", "")->body == "");
  const auto head = client.request("HEAD", "/hello");
  REQUIRE(head.ok());
  CHECK(head->body.empty());
  CHECK(head->header("content-length") == "5");
  CHECK(client.request("GET", "/nothing")->status == 404);
  CHECK(server.server().status().connections == 1);
}

TEST_CASE("a client connects again when the server has closed the idle connection") {
  TestServer server([](HttpServerConfig& config) { config.idle_timeout = std::chrono::milliseconds(20); });
  BlockingClient client(server.threads(), server.url());
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.request("GET", "/hello");
    REQUIRE(answer.ok());
    CHECK(answer->body == "hello");
    REQUIRE(wait_until([&] { return server.server().status().connections == 0; }));
  }
}

TEST_CASE("an answer over the limit, a late answer and no server are errors of their own") {
  TestServer server;
  BlockingClient client(server.threads(), server.url(), 1000);
  CHECK(client.request("POST", "/echo", std::string(1000, 'x'))->body.size() == 1000);
  const auto large = client.request("POST", "/echo", std::string(1001, 'x'));
  REQUIRE(!large.ok());
  CHECK(large.error().type == "http-response");
  const auto late = client.request("GET", "/wait", "", std::chrono::milliseconds(50));
  REQUIRE(!late.ok());
  CHECK(late.error().type == "http-timeout");
  CHECK(client.request("GET", "/hello").ok());
  CHECK(client.request("GET", "/a b").error().type == "bad-target");

  std::uint16_t closed_port = 0;
  {
    asio::io_context context;
    closed_port = listen(context.get_executor(), "127.0.0.1", 0)->local_endpoint().port();
  }
  const auto nobody =
      http_request("http://127.0.0.1:" + std::to_string(closed_port), "GET", "/", "", kTimeoutMs);
  REQUIRE(!nobody.ok());
  CHECK(nobody.error().type == "http-unreachable");
  CHECK(nobody.error().fault == Fault::kEnvironment);
}

TEST_CASE("the blocking request of the command line") {
  TestServer server;
  CHECK(http_request(server.url(), "POST", "/echo", "{}", kTimeoutMs)->body == "{}");
  CHECK(http_request(server.url() + "/", "GET", "/hello", "", kTimeoutMs)->body == "hello");
  CHECK(http_request("nonsense", "GET", "/hello", "", kTimeoutMs).error().type == "bad-url");
}

TEST_CASE("HTTPS: trusted by authority file or by pinned key, refused otherwise") {
  CertificateFiles files;
  const Hash key = files.renew();
  const auto tls = ServerTls::open(files.certificate(), files.key(), Log());
  REQUIRE(tls.ok());
  TestServer server([&](HttpServerConfig& config) { config.tls = *tls; });
  const auto ask = [&](const ClientTlsOptions& options) {
    return http_request(server.url("https"), "GET", "/hello", "", kTimeoutMs, options);
  };
  CHECK(ask({files.certificate(), {}})->body == "hello");
  CHECK(ask({"", key})->body == "hello");
  CHECK(ask({}).error().type == "http-tls");
  CHECK(ask({"", Hash{}}).error().type == "http-tls");
  CHECK(ask({"/nonexistent", {}}).error().type == "tls-files");
  // The name is checked too: the certificate is for 127.0.0.1.
  const auto url = "https://localhost:" + std::to_string(server.port());
  CHECK(http_request(url, "GET", "/hello", "", kTimeoutMs, {files.certificate(), {}}).error().type ==
        "http-tls");
  // Plain HTTP on the TLS port ends without an answer.
  CHECK(!http_request(server.url(), "GET", "/hello", "", kTimeoutMs).ok());
}

TEST_CASE("new certificate files take effect without a restart, bad ones do not") {
  CertificateFiles files;
  const Hash first = files.renew();
  const auto tls = ServerTls::open(files.certificate(), files.key(), Log());
  REQUIRE(tls.ok());
  TestServer server([&](HttpServerConfig& config) { config.tls = *tls; });
  const auto works = [&](const Hash& key) {
    return http_request(server.url("https"), "GET", "/hello", "", kTimeoutMs, {"", key}).ok();
  };
  CHECK(works(first));
  const Hash second = files.renew();
  CHECK(works(second));
  CHECK(!works(first));
  std::ofstream(files.certificate()) << "not a certificate";
  CHECK(works(second));
  std::ofstream(files.key(), std::ios::trunc).flush();
  CHECK(works(second));
  const Hash third = files.renew();
  CHECK(works(third));
}

TEST_CASE("certificate files that cannot be used are named at the start") {
  CertificateFiles files;
  files.renew();
  const auto missing = ServerTls::open("/nonexistent.pem", files.key(), Log());
  REQUIRE(!missing.ok());
  CHECK(missing.error().to_string().find("/nonexistent.pem") != std::string::npos);
  const auto swapped = ServerTls::open(files.key(), files.certificate(), Log());
  REQUIRE(!swapped.ok());
  CHECK(swapped.error().type == "tls-files");
  CHECK(swapped.error().where == files.key());
  CertificateFiles others;
  others.renew();
  CHECK(ServerTls::open(files.certificate(), others.key(), Log()).error().where == others.key());
}

TEST_CASE("limits hold over TLS too") {
  CertificateFiles files;
  const Hash key = files.renew();
  TestServer server([&](HttpServerConfig& config) {
    config.tls = ServerTls::open(files.certificate(), files.key(), Log()).value();
    config.body_bytes_max = 1000;
  });
  const auto answer =
      http_request(server.url("https"), "POST", "/echo", std::string(500'000, 'x'), kTimeoutMs, {"", key});
  REQUIRE(answer.ok());
  CHECK(answer->status == 413);
}

}  // namespace
}  // namespace jingchu::network
