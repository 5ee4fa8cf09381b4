// HTTP requests and responses as plain values, and the escapes of URLs (RFC 3986). No socket here.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/result.h"

namespace jingchu::network {

struct HttpRequest {
  std::string method;  // "GET"
  std::string path;    // as sent, still percent-encoded, without the query: "/v1/blocks/7"
  std::map<std::string, std::string> query;    // percent-decoded, '+' read as a space
  std::map<std::string, std::string> headers;  // names in lower case; repeated ones joined with ", "
  std::string body;
  std::string remote_address;  // of the TCP connection, without port

  // By lower-case name; nothing when the request does not carry it.
  std::optional<std::string> header(const std::string& name) const;
  std::optional<std::string> query_value(const std::string& name) const;
};

struct HttpResponse {
  unsigned status = 200;
  std::string content_type = "application/json";  // empty: none is sent
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // beside those the server sets itself

  // The first of that name (exact spelling by servers, lower case from HttpClient).
  std::optional<std::string> header(std::string_view name) const;
};

using HttpHandler = std::function<boost::asio::awaitable<HttpResponse>(HttpRequest)>;

// Nothing when an escape is not '%' and two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
// Leaves only the unreserved characters of RFC 3986 as they are: for one path segment or query value.
std::string percent_encode(std::string_view text);

struct Target {
  std::string path;
  std::map<std::string, std::string> query;
};

// Splits a request target (origin-form or absolute-form, RFC 9112 section 3.2). Errors (kCaller):
// "bad-target" for a bad escape, a parameter given twice, or another form.
Result<Target> parse_target(std::string_view target);

struct Url {
  bool tls = false;
  std::string host;  // without the brackets of an IPv6 address
  std::uint16_t port = 0;
};

// "http[s]://host[:port][/]"; the ports default to 80 and 443. Error (kCaller): "bad-url".
Result<Url> parse_url(std::string_view text);

}  // namespace jingchu::network
