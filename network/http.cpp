#include "network/http.h"

#include <boost/asio/ip/address.hpp>
#include <charconv>

namespace jingchu::network {
namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

std::optional<std::string> find(const std::map<std::string, std::string>& values, const std::string& name) {
  const auto found = values.find(name);
  return found == values.end() ? std::nullopt : std::optional<std::string>(found->second);
}

Error bad_target(std::string what) {
  return caller_error("bad-target", std::move(what),
                      "percent-encode the path and the query as RFC 3986 has it");
}

Result<std::map<std::string, std::string>> parse_query(std::string_view text) {
  std::map<std::string, std::string> query;
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    const auto name = percent_decode(pair.substr(0, equals), true);
    const auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!name || !value) return bad_target("a bad percent escape in the query");
    if (!query.emplace(*name, *value).second)
      return bad_target("the query parameter \"" + *name + "\" is given twice");
  }
  return query;
}

Error bad_url(std::string_view text) {
  return caller_error("bad-url", "not a server's URL: \"" + std::string(text) + "\"",
                      "write http://host:port or https://host:port");
}

}  // namespace

std::optional<std::string> HttpRequest::header(const std::string& name) const {
  return find(headers, name);
}

std::optional<std::string> HttpRequest::query_value(const std::string& name) const {
  return find(query, name);
}

std::optional<std::string> HttpResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += plus_is_space && text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return decoded;
}

std::string percent_encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (is_unreserved(c)) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return encoded;
}

Result<Target> parse_target(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    target.remove_prefix(std::min(target.find_first_of("/?", scheme.size()), target.size()));
    if (target.empty()) target = "/";
  }
  if (!target.starts_with('/')) return bad_target("the request target is not a path");
  const auto end = std::min(target.find('?'), target.size());
  Target parsed;
  parsed.path = target.substr(0, end);
  if (!percent_decode(parsed.path)) return bad_target("a bad percent escape in the path");
  ASSIGN_OR_RETURN(parsed.query, parse_query(target.substr(std::min(end + 1, target.size()))));
  return parsed;
}

Result<Url> parse_url(std::string_view text) {
  Url url;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    url.tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return bad_url(text);
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  const auto host_end = rest.starts_with('[') ? rest.find(']') + 1 : std::min(rest.find(':'), rest.size());
  std::string_view host = rest.substr(0, host_end);
  std::string_view port = rest.substr(host_end);
  if (host.starts_with('[')) {
    host = host.substr(1, host.size() - 2);
    boost::system::error_code error;
    boost::asio::ip::make_address_v6(std::string(host), error);
    if (error) return bad_url(text);
  }
  for (const char c : host) {
    if (!is_unreserved(c) && c != ':') return bad_url(text);
  }
  url.host = host;
  url.port = url.tls ? 443 : 80;
  if (!port.empty()) {
    const auto [end, error] = std::from_chars(port.data() + 1, port.data() + port.size(), url.port);
    if (port[0] != ':' || error != std::errc() || end != port.data() + port.size()) return bad_url(text);
  }
  if (url.host.empty() || url.port == 0) return bad_url(text);
  return url;
}

}  // namespace jingchu::network
