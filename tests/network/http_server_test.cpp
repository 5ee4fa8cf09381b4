#include "network/http_server.h"

#include <nlohmann/json.hpp>

#include "tests/network/http_fixture.h"

// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::network {
namespace {

std::string get(const std::string& target, const std::string& more = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: test\r\n" + more + "\r\n";
}

TEST_CASE("one connection carries many requests") {
  TestServer server;
  RawClient client(server.port());
  for (int i = 0; i < 3; ++i) {
    client.send(get("/hello"));
    const auto answer = client.read_answer();
    CHECK(answer.status == 200);
    CHECK(answer.body == "hello");
    CHECK(answer.header.find("\r\nContent-Type: text/plain\r\n") != std::string::npos);
    CHECK(answer.header.find("\r\nDate: ") != std::string::npos);
  }
  CHECK(server.server().status().requests == 3);
  CHECK(server.server().status().connections == 1);
}

TEST_CASE("pipelined requests are answered in order") {
  TestServer server;
  RawClient client(server.port());
  client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nabc" + get("/hello") +
              get("/nothing") + get("/show/last"));
  CHECK(client.read_answer().body == "abc");
  CHECK(client.read_answer().body == "hello");
  CHECK(client.read_answer().status == 404);
  CHECK(client.read_answer().body == "GET last from 127.0.0.1");
}

TEST_CASE("a request may come byte by byte, or in chunks") {
  TestServer server;
  RawClient client(server.port());
  for (const char c : get("/hello")) client.send(std::string(1, c));
  CHECK(client.read_answer().body == "hello");
  client.send(
      "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  CHECK(client.read_answer().body == "abcde");
}

TEST_CASE("Connection: close and HTTP/1.0 end the connection") {
  TestServer server;
  RawClient closing(server.port());
  closing.send(get("/hello", "Connection: close\r\n"));
  CHECK(closing.read_answer().body == "hello");
  CHECK(closing.at_end());
  RawClient old(server.port());
  old.send("GET /hello HTTP/1.0\r\n\r\n");
  CHECK(old.read_answer().body == "hello");
  CHECK(old.at_end());
}

TEST_CASE("escapes, query and headers reach the handler decoded") {
  TestServer server;
  RawClient client(server.port());
  client.send(get("/show/a%2Fb%20c?q=%E8%8D%86+1&z", "X-TEST: 5\r\nx-test: 6\r\n"));
  CHECK(client.read_answer().body == "GET a/b c from 127.0.0.1 q=荆 1 z= x-test:5, 6");
}

TEST_CASE("HEAD is GET without the body, OPTIONS and other methods get Allow") {
  TestServer server;
  RawClient client(server.port());
  client.send("HEAD /hello HTTP/1.1\r\nHost: t\r\n\r\n");
  const auto head = client.read_answer(true);
  CHECK(head.status == 200);
  CHECK(head.header.find("\r\nContent-Length: 5\r\n") != std::string::npos);
  client.send("OPTIONS /hello HTTP/1.1\r\nHost: t\r\n\r\n");
  const auto options = client.read_answer();
  CHECK(options.status == 204);
  CHECK(options.header.find("\r\nAllow: GET, HEAD, OPTIONS\r\n") != std::string::npos);
  CHECK(options.header.find("Content-Length") == std::string::npos);
  client.send("DELETE /hello HTTP/1.1\r\nHost: t\r\n\r\n");
  CHECK(client.read_answer().status == 405);
  client.send(get("/hello"));
  CHECK(client.read_answer().body == "hello");
}

TEST_CASE("Expect: 100-continue is answered before the body") {
  TestServer server;
  RawClient client(server.port());
  client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  CHECK(client.read_answer().status == 100);
  client.send("abc");
  CHECK(client.read_answer().body == "abc");
}

TEST_CASE("a handler that throws is a 500 problem, and the connection goes on") {
  TestServer server;
  RawClient client(server.port());
  for (const char* path : {"/throws", "/throws-int"}) {
    client.send(get(path));
    const auto answer = client.read_answer();
    CHECK(answer.status == 500);
    CHECK(nlohmann::json::parse(answer.body)["type"] == "urn:jingchu:problem:internal-error");
    CHECK(answer.body.find("secret") == std::string::npos);
  }
  client.send(get("/hello"));
  CHECK(client.read_answer().body == "hello");
  CHECK(server.server().status().handler_failures == 2);
}

TEST_CASE("stop lets the running request finish and closes the idle connection") {
  TestServer server;
  RawClient idle(server.port());
  idle.send(get("/hello"));
  CHECK(idle.read_answer().status == 200);
  RawClient busy(server.port());
  busy.send(get("/wait") + get("/hello"));
  REQUIRE(wait_until([&] { return server.waiting() == 1; }));
  std::atomic<bool> stopped{false};
  server.server().stop(kPatience, [&] { stopped = true; });
  CHECK(idle.at_end());
  CHECK(!stopped);
  server.release();
  const auto answer = busy.read_answer();
  CHECK(answer.body == "waited");
  CHECK(answer.header.find("\r\nConnection: close\r\n") != std::string::npos);
  CHECK(busy.at_end());
  CHECK(wait_until([&] { return stopped.load(); }));
  CHECK(server.server().status().connections == 0);
  CHECK_THROWS(RawClient(server.port()));
}

TEST_CASE("stop gives up at its deadline") {
  TestServer server;
  RawClient busy(server.port());
  busy.send(get("/wait"));
  REQUIRE(wait_until([&] { return server.waiting() == 1; }));
  std::atomic<bool> stopped{false};
  server.server().stop(std::chrono::milliseconds(50), [&] { stopped = true; });
  CHECK(wait_until([&] { return stopped.load(); }));
  CHECK(busy.read_answer().status == 0);
  CHECK(server.waiting() == 1);
}

TEST_CASE("an address that cannot be listened on is named") {
  TestServer server;
  HttpServerConfig config;
  config.listen_host = "127.0.0.1";
  config.listen_port = server.port();
  HttpServer second(server.threads().executor(), config, {}, Log());
  const auto status = second.start();
  REQUIRE(!status.ok());
  CHECK(status.error().what.find("127.0.0.1:" + std::to_string(server.port())) != std::string::npos);
}

}  // namespace
}  // namespace jingchu::network
