// What a hostile client may try on the HTTP server itself, and what the others notice of it.
#include <deque>
#include <nlohmann/json.hpp>
#include <thread>

#include "network/http_server.h"
#include "tests/network/http_fixture.h"

// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::network {
namespace {

using std::chrono::milliseconds;

const std::string kHello = "GET /hello HTTP/1.1\r\nHost: t\r\n\r\n";
const std::string kEcho = "POST /echo HTTP/1.1\r\nHost: t\r\n";

void check_problem(const RawClient::Answer& answer, int status, const std::string& type) {
  CHECK(answer.status == status);
  REQUIRE(!answer.body.empty());
  CHECK(nlohmann::json::parse(answer.body)["type"] == "urn:jingchu:problem:" + type);
  const bool later = status == 429 || status == 503;
  CHECK((answer.header.find("\r\nRetry-After: 1\r\n") != std::string::npos) == later);
}

std::uint64_t refusals(TestServer& server, const std::string& type) {
  const auto all = server.server().status().refusals;
  return all.contains(type) ? all.at(type) : 0;
}

void check_serves(TestServer& server, const char* from = "127.0.0.1") {
  RawClient client(server.port(), from);
  client.send(kHello);
  CHECK(client.read_answer().body == "hello");
}

void check_all_given_back(TestServer& server) {
  CHECK(wait_until([&] {
    const auto status = server.server().status();
    return status.connections == 0 && status.held_bytes == 0;
  }));
}

TEST_CASE("a request whose end is doubtful is 400 and closes, and what follows it is not served") {
  TestServer server;
  const std::string smuggled = "GET /show/smuggled HTTP/1.1\r\nHost: t\r\n\r\n";
  for (const std::string& fields : {
           std::string("Transfer-Encoding: gzip\r\n"),
           std::string("Transfer-Encoding: chunked, gzip\r\n"),
           std::string("Transfer-Encoding: gzip, chunked\r\n"),
           std::string("Transfer-Encoding: xchunked\r\n"),
           std::string("Transfer-Encoding: identity\r\n"),
           std::string("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n"),
           std::string("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
           std::string("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
           std::string("Content-Length: 0\r\nContent-Length: 0\r\n"),
           std::string("Content-Length: 0\r\nContent-Length: 5\r\n"),
           std::string("Content-Length: 0, 5\r\n"),
           std::string("Content-Length: +0\r\n"),
           std::string("Content-Length: 0x0\r\n"),
           std::string("Content-Length: \r\n"),
           std::string("Content-Length: -9223372036854775808\r\n"),
           std::string("Content-Length: 18446744073709551616\r\n"),
       }) {
    CAPTURE(fields);
    RawClient client(server.port());
    client.send(kEcho + fields + "\r\n" + smuggled);
    check_problem(client.read_answer(), 400, "bad-request");
    CHECK(client.at_end());
  }
  RawClient old(server.port());
  old.send("POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled);
  check_problem(old.read_answer(), 400, "bad-request");
  CHECK(old.at_end());
  CHECK(server.server().status().requests == 0);
}

TEST_CASE("lengths beyond everything are 413 before a byte of the body is read") {
  TestServer server;
  for (const char* length : {"9223372036854775807", "9223372036854775808", "18446744073709551615"}) {
    RawClient client(server.port());
    client.send(kEcho + "Content-Length: " + length + "\r\n\r\n");
    check_problem(client.read_answer(), 413, "body-too-large");
    CHECK(client.at_end());
  }
  RawClient chunked(server.port());
  chunked.send(kEcho + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n");
  check_problem(chunked.read_answer(), 413, "body-too-large");
}

TEST_CASE("a chunk's header without end, trailers without end, and thousands of fields") {
  TestServer server;
  const std::string chunked = kEcho + "Transfer-Encoding: chunked\r\n\r\n";
  for (const std::string& endless :
       {"1;x=" + std::string(1 << 20, 'x'), "0\r\nx: " + std::string(1 << 20, 'x')}) {
    RawClient client(server.port());
    client.send(chunked + endless);
    check_problem(client.read_answer(), 400, "bad-request");
    CHECK(client.at_end());
  }
  RawClient many(server.port());
  std::string fields;
  for (int i = 0; i < 100'000; ++i) fields += "a:\r\n";
  many.send("GET /hello HTTP/1.1\r\n" + fields + "\r\n");
  check_problem(many.read_answer(), 431, "header-too-large");
  check_serves(server);
}

TEST_CASE("other protocols on this port are closed cleanly") {
  TestServer server;
  for (const std::string& other :
       {std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        std::string("\x16\x03\x01\x00\x05hello, TLS\r\n\r\n"),
        std::string("\x00\x00\x12\x04\x00\x00\x00\x00\x00", 9) + std::string(100, '\0'),
        std::string("SSH-2.0-OpenSSH_9.2\r\n")}) {
    RawClient client(server.port());
    client.send(other);
    client.close_sending();
    client.read_answer();
    CHECK(client.at_end());
  }
  check_serves(server);
}

TEST_CASE("one client has its connections and no more; another is served meanwhile") {
  TestServer server([](HttpServerConfig& config) { config.clients.connections_max = 3; });
  std::deque<RawClient> held;
  for (int i = 0; i < 3; ++i) held.emplace_back(server.port());
  REQUIRE(wait_until([&] { return server.server().status().connections == 3; }));
  RawClient beyond(server.port());
  check_problem(beyond.read_answer(), 429, "too-many-client-connections");
  CHECK(beyond.at_end());
  check_serves(server, "127.0.0.2");
  CHECK(refusals(server, "too-many-client-connections") == 1);
  held.pop_back();
  REQUIRE(wait_until([&] {
    RawClient again(server.port());
    again.send(kHello);
    return again.read_answer().status == 200;
  }));
  held.clear();
  check_all_given_back(server);
}

TEST_CASE("connections that are refused take no place of those that are served") {
  TestServer server([](HttpServerConfig& config) {
    config.clients.connections_max = 1;
    config.connections_max = 3;
  });
  std::deque<RawClient> flood;
  for (int i = 0; i < 100; ++i) flood.emplace_back(server.port());
  REQUIRE(wait_until([&] { return refusals(server, "too-many-client-connections") == 99; }));
  check_serves(server, "127.0.0.2");
}

TEST_CASE("a client that asks too fast is told 429, and others are served meanwhile") {
  TestServer server([](HttpServerConfig& config) { config.clients.requests_per_s = 1; });
  RawClient client(server.port());
  client.send(kHello + kHello + kHello + kHello);
  CHECK(client.read_answer().status == 200);
  CHECK(client.read_answer().status == 200);
  check_problem(client.read_answer(), 429, "too-many-requests");
  CHECK(client.at_end());
  RawClient again(server.port());
  again.send(kEcho + "Content-Length: 1000000\r\n\r\n");
  check_problem(again.read_answer(), 429, "too-many-requests");
  check_serves(server, "127.0.0.2");
  CHECK(refusals(server, "too-many-requests") == 2);
}

TEST_CASE("ten thousand requests in one piece are answered one after another while others are served") {
  TestServer server([](HttpServerConfig& config) { config.clients.requests_per_s = 0; });
  RawClient flood(server.port());
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += kHello;
  std::thread sender([&] { flood.send(many); });
  check_serves(server, "127.0.0.2");
  int served = 0;
  while (served < 10'000 && flood.read_answer().body == "hello") ++served;
  sender.join();
  CHECK(served == 10'000);
}

TEST_CASE("bodies that are held are bounded for all clients; the others' small requests go on") {
  TestServer server([](HttpServerConfig& config) {
    config.body_bytes_max = 1 << 20;
    config.clients.held_bytes_max = 450'000;
    config.clients.client_held_bytes_max = 250'000;
  });
  const std::string slow = kEcho + "Content-Length: 200000\r\n\r\n" + std::string(199'999, 'x');
  RawClient first(server.port());
  first.send(slow);
  REQUIRE(wait_until([&] { return server.server().status().held_bytes == 199'999; }));
  // Beyond the share of this client; and beyond what all may have.
  RawClient second(server.port());
  second.send(slow);
  check_problem(second.read_answer(), 503, "server-busy");
  CHECK(second.at_end());
  RawClient other(server.port(), "127.0.0.2");
  other.send(slow);
  REQUIRE(wait_until([&] { return server.server().status().held_bytes == 399'998; }));
  RawClient third(server.port(), "127.0.0.3");
  third.send(slow);
  check_problem(third.read_answer(), 503, "server-busy");
  check_serves(server, "127.0.0.4");
  first.send("x");
  CHECK(first.read_answer().body.size() == 200'000);
  CHECK(refusals(server, "server-busy") == 2);
}

TEST_CASE("what is announced is not reserved") {
  TestServer server([](HttpServerConfig& config) {
    config.clients.held_bytes_max = 1'000'000;
    config.clients.client_held_bytes_max = 1'000'000;
  });
  std::deque<RawClient> idle;
  for (int i = 0; i < 20; ++i) {
    idle.emplace_back(server.port());
    idle.back().send(kEcho + "Content-Length: 900000\r\n\r\nx");
  }
  REQUIRE(wait_until([&] { return server.server().status().held_bytes == 20; }));
  {
    RawClient client(server.port());
    client.send(kEcho + "Content-Length: 3\r\n\r\nabc");
    CHECK(client.read_answer().body == "abc");
  }
  idle.clear();
  check_all_given_back(server);
}

TEST_CASE("a body that trickles is bounded in the whole, however steadily it comes") {
  TestServer server([](HttpServerConfig& config) { config.body_timeout = milliseconds(300); });
  RawClient client(server.port());
  client.send(kEcho + "Content-Length: 1000000\r\n\r\n");
  std::atomic<bool> closed{false};
  // Steadily, and never so much that the body would be whole.
  std::thread trickle([&] { wait_until([&] { return client.send("x"), closed.load(); }); });
  check_problem(client.read_answer(), 408, "request-timeout");
  closed = true;
  trickle.join();
  CHECK(refusals(server, "request-timeout") == 1);
}

TEST_CASE("a client that does not read its answers is cut, and what was held for it is given back") {
  TestServer server([](HttpServerConfig& config) {
    config.write_timeout = milliseconds(200);
    config.clients.requests_per_s = 0;
  });
  RawClient client(server.port());
  const std::string body(1 << 20, 'x');
  std::thread sender([&] {
    for (int i = 0; i < 50; ++i) client.send(kEcho + "Content-Length: 1048576\r\n\r\n" + body);
  });
  CHECK(wait_until([&] { return refusals(server, "slow-reader") == 1; }));
  check_all_given_back(server);
  sender.join();
  check_serves(server);
}

}  // namespace
}  // namespace jingchu::network
