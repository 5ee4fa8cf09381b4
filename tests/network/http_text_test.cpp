#include <nlohmann/json.hpp>

#include "network/http.h"
#include "network/http_message.h"
#include "network/problem.h"

// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::network {
namespace {

TEST_CASE("percent escapes") {
  CHECK(percent_decode("a%20b%2Fc+d") == "a b/c+d");
  CHECK(percent_decode("a+b", true) == "a b");
  CHECK(percent_decode("%e8%8D%86") == "荆");
  for (const char* bad : {"%", "%4", "%4g", "%g4", "a%", "%%41"}) CHECK(!percent_decode(bad));
  CHECK(percent_encode("urn:epc:id:sgtin:1.2 荆~") == "urn%3Aepc%3Aid%3Asgtin%3A1.2%20%E8%8D%86~");
  std::string every;
  for (int c = 0; c < 256; ++c) every += static_cast<char>(c);
  CHECK(percent_decode(percent_encode(every)) == every);
}

TEST_CASE("request targets") {
  const auto target = parse_target("/v1/a%2Fb?x=1&y=%26+z&flag&&empty=");
  REQUIRE(target.ok());
  CHECK(target->path == "/v1/a%2Fb");
  const std::map<std::string, std::string> query = {{"x", "1"}, {"y", "& z"}, {"flag", ""}, {"empty", ""}};
  CHECK(target->query == query);
  const auto absolute = parse_target("http://node:8080/v1?x=/");
  REQUIRE(absolute.ok());
  CHECK(absolute->path == "/v1");
  CHECK(absolute->query.at("x") == "/");
  CHECK(parse_target("https://node")->path == "/");
  for (const char* bad : {"", "*", "v1", "/%zz", "/?a=%", "/?a=1&a=2", "http://node?x=1"}) {
    CAPTURE(bad);
    REQUIRE(!parse_target(bad).ok());
    CHECK(parse_target(bad).error().fault == Fault::kCaller);
  }
}

TEST_CASE("URLs of servers") {
  const auto check = [](const char* text, bool tls, const char* host, int port) {
    CAPTURE(text);
    const auto url = parse_url(text);
    REQUIRE(url.ok());
    CHECK(url->tls == tls);
    CHECK(url->host == host);
    CHECK(url->port == port);
  };
  check("http://127.0.0.1:8080", false, "127.0.0.1", 8080);
  check("https://node.example/", true, "node.example", 443);
  check("http://localhost", false, "localhost", 80);
  check("https://[::1]:9", true, "::1", 9);
  for (const char* bad : {"", "127.0.0.1:80", "ftp://a", "http://", "http://:80", "http://a:", "http://a:0",
                          "http://a:65536", "http://a:8x", "http://a/b", "http://a b", "http://[::1",
                          "http://[x]:1", "http://[", "http://a\r\nb"}) {
    CAPTURE(bad);
    CHECK(!parse_url(bad).ok());
  }
}

TEST_CASE("a problem document says what the error says") {
  Error error = caller_error("bad-signature", "quote \" backslash \\ newline \n", "sign again", "/calls/0");
  const auto response = problem(error, 422);
  CHECK(response.status == 422);
  CHECK(response.content_type == "application/problem+json");
  const nlohmann::json expected = {
      {"type", "urn:jingchu:problem:bad-signature"},  {"title", "Bad signature"}, {"status", 422},
      {"detail", "quote \" backslash \\ newline \n"}, {"remedy", "sign again"},   {"where", "/calls/0"}};
  CHECK(nlohmann::json::parse(response.body) == expected);
}

TEST_CASE("a problem document leaves out what the error lacks, and is always valid JSON") {
  const auto response = problem(our_error("x", "not UTF-8: \xff\xc3"));
  CHECK(response.status == 500);
  const auto document = nlohmann::json::parse(response.body);
  CHECK(!document.contains("remedy"));
  CHECK(!document.contains("where"));
  CHECK(document["detail"] == "not UTF-8: \xef\xbf\xbd\xef\xbf\xbd");
  CHECK(problem(caller_error("x", "")).status == 400);
  CHECK(problem(peer_error("x", "")).status == 502);
  CHECK(problem(environment_error("x", "")).status == 503);
}

TEST_CASE("dates of HTTP") {
  using std::chrono::seconds;
  using std::chrono::system_clock;
  CHECK(http_date(system_clock::time_point(seconds(784111777))) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(http_date(system_clock::time_point(seconds(951782400))) == "Tue, 29 Feb 2000 00:00:00 GMT");
}

TEST_CASE("no value can put another header into an answer") {
  HttpResponse response;
  response.headers.emplace_back("Location", "/a\r\nSet-Cookie: b");
  const auto wire = to_wire(response, false, true, {});
  CHECK(wire["Location"] == "/a  Set-Cookie: b");
}

}  // namespace
}  // namespace jingchu::network
