#include "node/config.h"

// toml++ 3.3 asserts what the text decides: "[=" would end the program, or be undefined under NDEBUG.
namespace jingchu::node {
struct TomlAssertion {};
}  // namespace jingchu::node
#ifdef NDEBUG
#error "toml++ checks nothing under NDEBUG"
#endif
#define TOML_ASSERT(condition) ((condition) ? static_cast<void>(0) : throw ::jingchu::node::TomlAssertion())
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>

#include "node/toml_text.h"

namespace jingchu::node {
namespace {

constexpr std::uint64_t kFileBytesMax = 1 << 20;

// What a key takes: reads the value, or says what was expected.
using Reader = std::function<Status(const toml::node&)>;
using Section = std::map<std::string, Reader, std::less<>>;
using Schema = std::map<std::string, Section, std::less<>>;

Error expected(std::string what) {
  return environment_error("bad-configuration", "expected " + std::move(what));
}

Reader text(std::string& target) {
  return [&target](const toml::node& node) -> Status {
    const auto value = node.value_exact<std::string>();
    if (!value) return expected("text in quotes");
    target = *value;
    return ok_status();
  };
}

template <class T>
Reader integer(T& target, std::uint64_t min, std::uint64_t max) {
  return [&target, min, max](const toml::node& node) -> Status {
    const auto value = node.value_exact<std::int64_t>();
    if (!value || *value < 0 || static_cast<std::uint64_t>(*value) < min ||
        static_cast<std::uint64_t>(*value) > max) {
      return expected("a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    }
    target = static_cast<T>(*value);
    return ok_status();
  };
}

Reader endpoint(Endpoint& target) {
  return [&target](const toml::node& node) -> Status {
    const auto value = node.value_exact<std::string>();
    if (!value) return expected("\"host:port\"");
    auto parsed = parse_endpoint(*value);
    if (!parsed.ok()) return expected("\"host:port\"; " + parsed.error().what);
    target = *parsed;
    return ok_status();
  };
}

Reader level(LogLevel& target) {
  return [&target](const toml::node& node) -> Status {
    static const std::map<std::string, LogLevel> kLevels = {{"debug", LogLevel::kDebug},
                                                            {"info", LogLevel::kInfo},
                                                            {"warning", LogLevel::kWarning},
                                                            {"error", LogLevel::kError}};
    const auto value = node.value_exact<std::string>();
    const auto found = value ? kLevels.find(*value) : kLevels.end();
    if (found == kLevels.end()) return expected("\"debug\", \"info\", \"warning\" or \"error\"");
    target = found->second;
    return ok_status();
  };
}

Schema schema(Config& c) {
  constexpr std::uint64_t kGigabyte = 1ull << 30;
  return {
      {"node",
       {{"genesis", text(c.genesis)},
        {"consensus_key", text(c.consensus_key)},
        {"transport_key", text(c.transport_key)},
        {"passphrase_file", text(c.passphrase_file)},
        {"data", text(c.data)}}},
      {"peers", {{"listen", endpoint(c.peer_listen)}}},
      {"api",
       {{"listen", endpoint(c.api_listen)},
        {"certificate", text(c.api_certificate)},
        {"key", text(c.api_key)},
        {"connections_max", integer(c.api_connections_max, 1, 100'000)},
        {"client_connections_max", integer(c.api_client_connections_max, 1, 100'000)},
        {"client_requests_per_s", integer(c.api_client_requests_per_s, 0, 1'000'000)},
        {"body_bytes_max", integer(c.api_body_bytes_max, 1024, 64 << 20)},
        {"held_bytes_max", integer(c.api_held_bytes_max, 1 << 20, 16 * kGigabyte)},
        {"wait_ms_max", integer(c.wait_ms_max, 100, 60'000)},
        {"waits_max", integer(c.api_waits_max, 0, 100'000)}}},
      {"limits",
       {{"mempool_bytes_max", integer(c.mempool_bytes_max, 1 << 20, 16 * kGigabyte)},
        {"mempool_transactions_max", integer(c.mempool_transactions_max, 100, 10'000'000)},
        {"mempool_sender_share_percent", integer(c.mempool_sender_share_percent, 1, 100)},
        {"seal_interval_ms", integer(c.seal_interval_ms, 1, 1000)},
        {"log_segment_bytes", integer(c.log_segment_bytes, 1 << 20, kGigabyte)},
        {"cache_bytes", integer(c.cache_bytes, 1 << 20, 64 * kGigabyte)},
        {"disk_reserve_bytes", integer(c.disk_reserve_bytes, 0, 1024 * kGigabyte)},
        {"failure_grace_ms", integer(c.failure_grace_ms, 0, 600'000)},
        {"signature_threads", integer(c.signature_threads, 0, 256)}}},
      {"log", {{"file", text(c.log_file)}, {"level", level(c.log_level)}}},
  };
}

std::string known_names(const auto& map) {
  std::string names;
  for (const auto& [name, unused] : map) names += (names.empty() ? "" : ", ") + name;
  return names;
}

Error at(Error error, const std::string& file, const toml::node& node, std::string_view key) {
  error.what = std::string(key) + ": " + error.what;
  error.where = file + ":" + std::to_string(node.source().begin.line);
  error.remedy = "mend this line; docs/operations.md lists every key";
  return error;
}

Status apply(const toml::table& table, Schema& sections, const std::string& file) {
  for (const auto& [section_name, section_node] : table) {
    const auto section = sections.find(section_name.str());
    const auto* entries = section_node.as_table();
    if (section == sections.end() || entries == nullptr) {
      return at(expected("one of the sections " + known_names(sections)), file, section_node,
                section_name.str());
    }
    for (const auto& [key, node] : *entries) {
      const std::string name = std::string(section_name.str()) + "." + std::string(key.str());
      const auto reader = section->second.find(key.str());
      if (reader == section->second.end()) {
        return at(expected("one of the keys " + known_names(section->second)), file, node, name);
      }
      const Status status = reader->second(node);
      if (!status.ok()) return at(status.error(), file, node, name);
    }
  }
  return ok_status();
}

Status check_whole(const Config& config, const std::string& file) {
  Error error =
      environment_error("bad-configuration", {}, "mend it; docs/operations.md lists every key", file);
  if (config.api_certificate.empty() != config.api_key.empty()) {
    error.what = "api.certificate and api.key are given together or not at all";
    return error;
  }
  if (config.api_held_bytes_max < 4 * config.api_body_bytes_max) {
    error.what =
        "api.held_bytes_max is less than 4 times api.body_bytes_max: one client holds at most a quarter of "
        "it, and one body must fit";
    return error;
  }
  if (config.api_certificate.empty() && !is_loopback(config.api_listen.host)) {
    error.what =
        "api.listen is not a loopback address, so api.certificate and api.key are needed: the API is plain "
        "on loopback only";
    return error;
  }
  return ok_status();
}

Result<toml::table> parse_toml(std::string_view text, const std::string& file) {
  RETURN_IF_ERROR(check_toml_text(text, file));
  try {
    toml::parse_result parsed = toml::parse(text, file);
    if (parsed) return std::move(parsed).table();
    return environment_error("bad-configuration", std::string(parsed.error().description()), "mend this line",
                             file + ":" + std::to_string(parsed.error().source().begin.line));
  } catch (const TomlAssertion&) {
    return environment_error("bad-configuration", "a section's name is missing or not TOML",
                             "write sections as [name]; docs/operations.md lists every key", file);
  }
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  Endpoint endpoint;
  if (colon == text.npos || colon == 0) return caller_error("bad-endpoint", "an address reads host:port");
  std::string_view host = text.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  const std::string_view port = text.substr(colon + 1);
  const auto [end, code] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  if (host.empty() || code != std::errc() || end != port.data() + port.size()) {
    return caller_error("bad-endpoint", "an address reads host:port, with a port from 0 to 65535");
  }
  endpoint.host = std::string(host);
  return endpoint;
}

std::string to_string(const Endpoint& endpoint) {
  const bool ipv6 = endpoint.host.find(':') != std::string::npos;
  return (ipv6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

bool is_loopback(const std::string& host) {
  if (host == "localhost") return true;
  boost::system::error_code code;
  const auto address = boost::asio::ip::make_address(host, code);
  return !code && address.is_loopback();
}

std::string Config::path(const std::string& configured) const {
  return (std::filesystem::path(home) / configured).string();
}

Result<Config> parse_config(std::string_view text, const std::string& file, const std::string& home) {
  ASSIGN_OR_RETURN(const toml::table table, parse_toml(text, file));
  Config config;
  config.home = home;
  Schema sections = schema(config);
  RETURN_IF_ERROR(apply(table, sections, file));
  RETURN_IF_ERROR(check_whole(config, file));
  return config;
}

Result<Config> load_config(const FileSystem& files, const std::string& home) {
  const std::string file = (std::filesystem::path(home) / "jingchud.toml").string();
  ASSIGN_OR_RETURN(const Bytes bytes, files.read(file, kFileBytesMax));
  return parse_config(as_text(bytes), file, home);
}

}  // namespace jingchu::node
