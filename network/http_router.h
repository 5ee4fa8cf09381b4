// Finds the handler of a request by method and path pattern: "/v1/blocks/{height}", or "/v1/items/{epc...}",
// whose last parameter takes the rest of the path. A literal segment is preferred to a parameter, wherever
// routes overlap.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "network/http.h"

namespace jingchu::network {

using PathParameters = std::map<std::string, std::string>;  // percent-decoded
using RouteHandler = std::function<boost::asio::awaitable<HttpResponse>(HttpRequest, PathParameters)>;

struct Route {
  std::string method;
  std::string pattern;
};

class HttpRouter {
 public:
  // Patterns begin with '/'; the same method and pattern twice, or a malformed pattern, is a bug of ours. GET
  // answers HEAD too.
  void add(std::string method, std::string pattern, RouteHandler handler);

  // Runs the handler; answers 404 and 405 (with Allow) as problems, OPTIONS with 204 and Allow, and 400 for a
  // bad escape. The router must outlive the answer. Give it to the server as [&router](HttpRequest r) {
  // return router.handle(std::move(r)); }.
  boost::asio::awaitable<HttpResponse> handle(HttpRequest request) const;

  std::vector<Route> routes() const;  // sorted by pattern, then method

  // The pattern that a path belongs to, for labels of metrics; empty for none.
  std::string pattern_of(std::string_view path) const;

 private:
  struct Segment {
    enum class Kind { kLiteral, kParameter, kRest };  // in order of preference
    Kind kind = Kind::kLiteral;
    std::string text;  // the literal or the parameter's name
  };
  struct Entry {
    std::string pattern;
    std::vector<Segment> segments;
    std::map<std::string, RouteHandler> handlers;  // by method
  };
  static std::vector<Segment> parse_pattern(std::string_view pattern);
  static bool preferred(const Entry& a, const Entry& b);
  static bool matches(const Entry& entry, const std::vector<std::string_view>& segments);
  static std::string allowed_methods(const Entry& entry);
  static std::optional<PathParameters> parameters(const Entry& entry, std::string_view path);
  const Entry* find(const std::vector<std::string_view>& segments) const;

  std::vector<Entry> entries_;  // the preferred ones first
};

}  // namespace jingchu::network
