#include "network/http_router.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::network {
namespace {

// A handler that answers its name and parameters: "name a=1 b=2".
RouteHandler named(std::string name) {
  return [name](HttpRequest, PathParameters parameters) -> boost::asio::awaitable<HttpResponse> {
    HttpResponse response;
    response.body = name;
    for (const auto& [key, value] : parameters) response.body += " " + key + "=" + value;
    co_return response;
  };
}

boost::asio::awaitable<void> handle(const HttpRouter* router, HttpRequest request, HttpResponse* response) {
  *response = co_await router->handle(std::move(request));
}

HttpResponse ask(const HttpRouter& router, std::string method, std::string path) {
  HttpRequest request;
  request.method = std::move(method);
  request.path = std::move(path);
  HttpResponse response;
  response.status = 0;
  boost::asio::io_context context;
  boost::asio::co_spawn(context, handle(&router, std::move(request), &response), boost::asio::detached);
  context.run();
  return response;
}

HttpRouter example() {
  HttpRouter router;
  router.add("GET", "/v1/{anything}/{more}", named("two"));
  router.add("GET", "/v1/blocks/{height}", named("block"));
  router.add("POST", "/v1/blocks/{height}", named("post"));
  router.add("GET", "/v1/blocks/latest", named("latest"));
  router.add("GET", "/v1/items/{epc...}", named("item"));
  router.add("GET", "/", named("root"));
  return router;
}

TEST_CASE("the most literal pattern answers") {
  const HttpRouter router = example();
  const auto body = [&](const char* path) { return ask(router, "GET", path).body; };
  CHECK(body("/") == "root");
  CHECK(body("/v1/blocks/7") == "block height=7");
  CHECK(body("/v1/blocks/latest") == "latest");
  CHECK(body("/v1/other/x") == "two anything=other more=x");
  CHECK(ask(router, "HEAD", "/v1/blocks/7").body == "block height=7");
}

TEST_CASE("parameters are decoded segment by segment; the last may take the rest") {
  const HttpRouter router = example();
  const auto body = [&](const char* path) { return ask(router, "GET", path).body; };
  CHECK(body("/v1/blocks/a%2Fb%20c") == "block height=a/b c");
  CHECK(body("/v1/items/https://id.gs1.org/01/9") == "item epc=https://id.gs1.org/01/9");
  CHECK(body("/v1/items/a%2Fb/c") == "item epc=a/b/c");
  CHECK(ask(router, "GET", "/v1/blocks/%zz").status == 400);
}

TEST_CASE("what does not exist is 404") {
  const HttpRouter router = example();
  for (const char* path :
       {"/v1", "/v1/blocks", "/v1/blocks/", "/v1/blocks/7/", "/v1/blocks/7/8", "//", "/V1/blocks/7"}) {
    CAPTURE(path);
    const auto response = ask(router, "GET", path);
    CHECK(response.status == 404);
    CHECK(response.content_type == "application/problem+json");
  }
  CHECK(ask(HttpRouter(), "GET", "/").status == 404);
}

TEST_CASE("another method is 405, OPTIONS is 204, both with Allow") {
  const HttpRouter router = example();
  const auto refused = ask(router, "DELETE", "/v1/blocks/7");
  CHECK(refused.status == 405);
  CHECK(refused.header("Allow") == "GET, HEAD, POST, OPTIONS");
  // The literal pattern owns the path, also where a less literal one knows the method.
  CHECK(ask(router, "POST", "/v1/blocks/latest").status == 405);
  const auto options = ask(router, "OPTIONS", "/v1/blocks/latest");
  CHECK(options.status == 204);
  CHECK(options.header("Allow") == "GET, HEAD, OPTIONS");
  CHECK(options.body.empty());
}

TEST_CASE("the router lists its routes and names the pattern of a path") {
  const HttpRouter router = example();
  std::vector<std::string> listed;
  for (const auto& route : router.routes()) listed.push_back(route.method + " " + route.pattern);
  const std::vector<std::string> expected = {"GET /",
                                             "GET /v1/blocks/latest",
                                             "GET /v1/blocks/{height}",
                                             "POST /v1/blocks/{height}",
                                             "GET /v1/items/{epc...}",
                                             "GET /v1/{anything}/{more}"};
  CHECK(listed == expected);
  CHECK(router.pattern_of("/v1/blocks/9") == "/v1/blocks/{height}");
  CHECK(router.pattern_of("/nothing") == "");
}

TEST_CASE("the order in which routes are added does not matter") {
  std::vector<std::string> patterns = {"/m", "/a/{x}", "/z/z", "/{x}/z", "/{rest...}", "/a/z"};
  std::sort(patterns.begin(), patterns.end());
  do {
    HttpRouter router;
    for (const auto& pattern : patterns) router.add("GET", pattern, named(pattern));
    CHECK(router.pattern_of("/z/z") == "/z/z");
    CHECK(router.pattern_of("/a/z") == "/a/z");
    CHECK(router.pattern_of("/a/b") == "/a/{x}");
    CHECK(router.pattern_of("/b/z") == "/{x}/z");
    CHECK(router.pattern_of("/b/b") == "/{rest...}");
    CHECK(router.pattern_of("/m") == "/m");
  } while (std::next_permutation(patterns.begin(), patterns.end()));
}

}  // namespace
}  // namespace jingchu::network
