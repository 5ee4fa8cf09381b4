#include "network/http_router.h"

#include <algorithm>

#include "network/problem.h"

namespace jingchu::network {
namespace {

// "/v1/blocks/7" -> "v1", "blocks", "7"; "/" -> one empty segment.
std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> segments;
  path.remove_prefix(std::min<std::size_t>(1, path.size()));
  for (;;) {
    const auto slash = std::min(path.find('/'), path.size());
    segments.push_back(path.substr(0, slash));
    if (slash == path.size()) return segments;
    path.remove_prefix(slash + 1);
  }
}

HttpResponse not_found(const HttpRequest& request) {
  return problem(caller_error("not-found", "there is nothing at " + request.path,
                              "see the API description for the paths that exist"),
                 404);
}

}  // namespace

std::vector<HttpRouter::Segment> HttpRouter::parse_pattern(std::string_view pattern) {
  CHECK(pattern.starts_with('/'));
  std::vector<Segment> segments;
  for (std::string_view text : split(pattern)) {
    CHECK(segments.empty() || segments.back().kind != Segment::Kind::kRest);
    Segment segment{Segment::Kind::kLiteral, std::string(text)};
    if (text.starts_with('{')) {
      CHECK(text.ends_with('}') && text.size() > 2);
      text = text.substr(1, text.size() - 2);
      const bool rest = text.ends_with("...");
      segment.kind = rest ? Segment::Kind::kRest : Segment::Kind::kParameter;
      segment.text = text.substr(0, text.size() - (rest ? 3 : 0));
    }
    segments.push_back(std::move(segment));
  }
  return segments;
}

bool HttpRouter::preferred(const Entry& a, const Entry& b) {
  const auto less = [](const Segment& x, const Segment& y) { return x.kind < y.kind; };
  const auto before = [&](const Entry& x, const Entry& y) {
    return std::lexicographical_compare(x.segments.begin(), x.segments.end(), y.segments.begin(),
                                        y.segments.end(), less);
  };
  if (before(a, b) || before(b, a)) return before(a, b);
  return a.pattern < b.pattern;
}

bool HttpRouter::matches(const Entry& entry, const std::vector<std::string_view>& segments) {
  for (std::size_t i = 0; i < entry.segments.size(); ++i) {
    const Segment& expected = entry.segments[i];
    if (i >= segments.size()) return false;
    if (expected.kind == Segment::Kind::kRest) return true;
    if (expected.kind == Segment::Kind::kLiteral && expected.text != segments[i]) return false;
    if (expected.kind == Segment::Kind::kParameter && segments[i].empty()) return false;
  }
  return segments.size() == entry.segments.size();
}

void HttpRouter::add(std::string method, std::string pattern, RouteHandler handler) {
  auto entry =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.pattern == pattern; });
  if (entry == entries_.end()) {
    Entry made{pattern, parse_pattern(pattern), {}};
    const auto place = std::upper_bound(entries_.begin(), entries_.end(), made, preferred);
    entry = entries_.insert(place, std::move(made));
  }
  CHECK(entry->handlers.emplace(std::move(method), std::move(handler)).second);
}

const HttpRouter::Entry* HttpRouter::find(const std::vector<std::string_view>& segments) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return matches(entry, segments); });
  return found == entries_.end() ? nullptr : &*found;
}

std::string HttpRouter::allowed_methods(const Entry& entry) {
  std::string allowed;
  for (const auto& [method, handler] : entry.handlers) {
    allowed += method + ", ";
    if (method == "GET" && !entry.handlers.contains("HEAD")) allowed += "HEAD, ";
  }
  return allowed + "OPTIONS";
}

std::optional<PathParameters> HttpRouter::parameters(const Entry& entry, std::string_view path) {
  const auto segments = split(path);
  PathParameters values;
  for (std::size_t i = 0; i < entry.segments.size(); ++i) {
    const Segment& segment = entry.segments[i];
    if (segment.kind == Segment::Kind::kLiteral) continue;
    const std::string_view text =
        segment.kind == Segment::Kind::kParameter
            ? segments[i]
            : path.substr(static_cast<std::size_t>(segments[i].data() - path.data()));
    const auto value = percent_decode(text);
    if (!value) return std::nullopt;
    values.emplace(segment.text, *value);
  }
  return values;
}

boost::asio::awaitable<HttpResponse> HttpRouter::handle(HttpRequest request) const {
  const Entry* entry = find(split(request.path));
  if (!entry) co_return not_found(request);
  auto handler = entry->handlers.find(request.method);
  if (handler == entry->handlers.end() && request.method == "HEAD") handler = entry->handlers.find("GET");
  if (handler == entry->handlers.end()) {
    HttpResponse response;
    if (request.method == "OPTIONS") {
      response.status = 204;
      response.content_type.clear();
    } else {
      response =
          problem(caller_error("method-not-allowed", request.method + " is not possible at " + request.path,
                               "use one of: " + allowed_methods(*entry)),
                  405);
    }
    response.headers.emplace_back("Allow", allowed_methods(*entry));
    co_return response;
  }
  auto values = parameters(*entry, request.path);
  if (!values) co_return problem(caller_error("bad-target", "a bad percent escape in the path"), 400);
  co_return co_await handler->second(std::move(request), std::move(*values));
}

std::vector<Route> HttpRouter::routes() const {
  std::vector<Route> routes;
  for (const Entry& entry : entries_) {
    for (const auto& [method, handler] : entry.handlers) routes.push_back({method, entry.pattern});
  }
  std::sort(routes.begin(), routes.end(), [](const Route& a, const Route& b) {
    return a.pattern != b.pattern ? a.pattern < b.pattern : a.method < b.method;
  });
  return routes;
}

std::string HttpRouter::pattern_of(std::string_view path) const {
  const Entry* entry = find(split(path));
  return entry ? entry->pattern : std::string();
}

}  // namespace jingchu::network
