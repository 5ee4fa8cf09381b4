#include <nlohmann/json.hpp>
#include <random>

#include "network/http_server.h"
#include "tests/network/http_fixture.h"

// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::network {
namespace {

using std::chrono::milliseconds;

// The answer is a problem of this status and type, and the server closes after it.
void check_refusal(RawClient& client, int status, const std::string& type) {
  const auto answer = client.read_answer();
  CHECK(answer.status == status);
  REQUIRE(!answer.body.empty());
  CHECK(nlohmann::json::parse(answer.body)["type"] == "urn:jingchu:problem:" + type);
  CHECK(answer.header.find("\r\nConnection: close\r\n") != std::string::npos);
  CHECK(client.at_end());
}

TEST_CASE("a header over the limit is 431") {
  TestServer server;
  RawClient client(server.port());
  client.send("GET /hello HTTP/1.1\r\nHost: t\r\nX: " + std::string(17 << 10, 'x') + "\r\n\r\n");
  check_refusal(client, 431, "header-too-large");
  RawClient endless(server.port());
  endless.send("GET /" + std::string(40 << 10, 'x'));
  check_refusal(endless, 431, "header-too-large");
  RawClient fits(server.port());
  fits.send("GET /hello HTTP/1.1\r\nHost: t\r\nX: " + std::string(15 << 10, 'x') + "\r\n\r\n");
  CHECK(fits.read_answer().status == 200);
}

TEST_CASE("a body over the limit is 413, announced or not") {
  TestServer server([](HttpServerConfig& config) { config.body_bytes_max = 1000; });
  RawClient announced(server.port());
  announced.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n");
  check_refusal(announced, 413, "body-too-large");
  RawClient huge(server.port());
  huge.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 18446744073709551615\r\n\r\n");
  check_refusal(huge, 413, "body-too-large");
  RawClient sending(server.port());
  sending.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 300000\r\n\r\n" +
               std::string(300'000, 'x'));
  check_refusal(sending, 413, "body-too-large");
  RawClient chunked(server.port());
  chunked.send("POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 20; ++i) chunked.send("64\r\n" + std::string(100, 'x') + "\r\n");
  check_refusal(chunked, 413, "body-too-large");
  RawClient fits(server.port());
  fits.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x'));
  CHECK(fits.read_answer().body == std::string(1000, 'x'));
}

TEST_CASE("a header that comes too slowly is 408, whatever trickles in") {
  TestServer server([](HttpServerConfig& config) { config.header_timeout = milliseconds(150); });
  RawClient client(server.port());
  client.send("GET /hello HTTP/1.1\r\nHos");
  check_refusal(client, 408, "request-timeout");
  RawClient silent(server.port());
  CHECK(silent.at_end());
}

TEST_CASE("a body that comes too slowly is 408") {
  TestServer server([](HttpServerConfig& config) { config.body_timeout = milliseconds(150); });
  RawClient client(server.port());
  client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nabc");
  check_refusal(client, 408, "request-timeout");
}

TEST_CASE("an idle connection is closed") {
  TestServer server([](HttpServerConfig& config) { config.idle_timeout = milliseconds(100); });
  RawClient client(server.port());
  client.send("GET /hello HTTP/1.1\r\nHost: t\r\n\r\n");
  CHECK(client.read_answer().status == 200);
  CHECK(client.at_end());
}

TEST_CASE("what is not HTTP is 400") {
  TestServer server;
  const std::string host = "Host: t\r\n";
  for (const std::string& bad : {
           std::string("hello\r\n\r\n"),
           std::string("GET /hello HTTP/9.9\r\n\r\n"),
           std::string("GET  HTTP/1.1\r\n\r\n"),
           "GET /hello HTTP/1.1\r\n" + host + "no colon\r\n\r\n",
           "GET /hello HTTP/1.1\r\n" + host + "a b: c\r\n\r\n",
           "POST /echo HTTP/1.1\r\n" + host + "Content-Length: x\r\n\r\n",
           "POST /echo HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n",
           "POST /echo HTTP/1.1\r\n" + host + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
           "POST /echo HTTP/1.1\r\n" + host +
               "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "POST /echo HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
           std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS on a plain port"),
       }) {
    CAPTURE(bad);
    RawClient client(server.port());
    client.send(bad);
    check_refusal(client, 400, "bad-request");
  }
  CHECK(server.server().status().refusals.at("bad-request") == 11);
}

TEST_CASE("a request that is HTTP and still wrong is 400, and the connection goes on") {
  TestServer server;
  RawClient client(server.port());
  for (const char* bad :
       {"GET /hello HTTP/1.1\r\n\r\n", "GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /%zz HTTP/1.1\r\nHost: t\r\n\r\n", "GET /hello?a=1&a=2 HTTP/1.1\r\nHost: t\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: t\r\n\r\n"}) {
    CAPTURE(bad);
    client.send(bad);
    CHECK(client.read_answer().status == 400);
  }
  client.send("GET http://elsewhere/hello HTTP/1.1\r\nHost: t\r\n\r\n");
  CHECK(client.read_answer().body == "hello");
}

TEST_CASE("connections beyond the maximum are told 503") {
  TestServer server([](HttpServerConfig& config) { config.connections_max = 2; });
  RawClient one(server.port());
  RawClient two(server.port());
  REQUIRE(wait_until([&] { return server.server().status().connections == 2; }));
  RawClient three(server.port());
  check_refusal(three, 503, "too-many-connections");
  CHECK(server.server().status().refusals.at("too-many-connections") == 1);
  one.send("GET /hello HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
  CHECK(one.read_answer().status == 200);
  one.close_sending();
  REQUIRE(wait_until([&] { return server.server().status().connections == 1; }));
  RawClient four(server.port());
  four.send("GET /hello HTTP/1.1\r\nHost: t\r\n\r\n");
  CHECK(four.read_answer().status == 200);
}

TEST_CASE("random and mutilated bytes do not hurt the server") {
  TestServer server([](HttpServerConfig& config) {
    config.header_timeout = milliseconds(100);
    config.body_timeout = milliseconds(100);
  });
  std::mt19937_64 random(20240602);
  const std::string good =
      "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nabcGET /hello HTTP/1.1\r\n\r\n";
  for (int round = 0; round < 300; ++round) {
    std::string bytes = good;
    const auto flips = random() % 6;
    for (std::uint64_t i = 0; i < flips; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    bytes.resize(random() % (bytes.size() + 1));
    RawClient client(server.port());
    client.send(bytes);
  }
  RawClient client(server.port());
  client.send("GET /hello HTTP/1.1\r\nHost: t\r\n\r\n");
  CHECK(client.read_answer().body == "hello");
}

}  // namespace
}  // namespace jingchu::network
