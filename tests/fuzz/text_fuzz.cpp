// The small readers of text: what they take, written again, reads the same.
#include "common/signature.h"
#include "contracts/civil_time.h"
#include "contracts/json.h"
#include "contracts/json_writer.h"
#include "contracts/provenance/gs1_identifier.h"
#include "contracts/uri.h"
#include "network/http.h"
#include "node/config.h"
#include "tests/fuzz/input.h"

namespace jingchu {
namespace {

void check_percent(std::string_view text) {
  CHECK(network::percent_decode(network::percent_encode(text)) == std::string(text));
  CHECK(contracts::percent_decode(contracts::percent_encode(text)) == std::string(text));
  static_cast<void>(network::percent_decode(text, true));
  CHECK(network::percent_decode(text).has_value() == contracts::percent_decode(text).has_value());
}

void check_target(std::string_view text) {
  const auto target = network::parse_target(text);
  if (!target.ok()) {
    CHECK(target.error().type == "bad-target" && target.error().fault == Fault::kCaller);
    return;
  }
  std::string written = target->path;
  char separator = '?';
  for (const auto& [name, value] : target->query) {
    written += separator + network::percent_encode(name) + "=" + network::percent_encode(value);
    separator = '&';
  }
  const auto again = network::parse_target(written);
  CHECK(again.ok() && again->path == target->path && again->query == target->query);
}

void check_url(std::string_view text) {
  const auto url = network::parse_url(text);
  if (!url.ok()) return;
  const bool is_v6 = url->host.find(':') != std::string::npos;
  const auto again =
      network::parse_url((url->tls ? "https://" : "http://") + (is_v6 ? "[" + url->host + "]" : url->host) +
                         ":" + std::to_string(url->port));
  CHECK(again.ok() && again->host == url->host && again->port == url->port && again->tls == url->tls);
}

void check_endpoint(std::string_view text) {
  const auto endpoint = node::parse_endpoint(text);
  if (!endpoint.ok()) return;
  const auto again = node::parse_endpoint(node::to_string(*endpoint));
  CHECK(again.ok() && again->host == endpoint->host && again->port == endpoint->port);
  static_cast<void>(node::is_loopback(endpoint->host));
}

void check_identifier(std::string_view text) {
  const std::string canonical = contracts::provenance::canonical_identifier(text);
  CHECK(contracts::provenance::canonical_identifier(canonical) == canonical);
  if (contracts::is_uri(text)) CHECK(!contracts::uri_scheme(text).empty());
}

void check_time(std::string_view text) {
  static_cast<void>(contracts::is_date(text));
  static_cast<void>(contracts::is_zone_offset(text));
  const auto instant = contracts::parse_timestamp(text);
  if (!instant) return;
  CHECK(instant->nanoseconds < 1'000'000'000);
  const std::string written = contracts::to_string(*instant);
  const auto again = contracts::parse_timestamp(written);
  CHECK(again && again->biased_seconds == instant->biased_seconds);
}

void check_key(std::string_view text) {
  const auto key = public_key_from_text(text);
  if (!key.ok()) return;
  CHECK(*public_key_from_text(to_string(*key)) == *key);
  static_cast<void>(validate(*key));
}

void check_hex(std::string_view text) {
  const auto bytes = from_hex(text);
  if (bytes) CHECK(from_hex(to_hex(*bytes)) == bytes && to_hex(*bytes).size() == text.size());
}

void check_json_string(std::string_view text) {
  const std::string json = contracts::json_string(text);
  const auto document = contracts::JsonDocument::parse(json);
  CHECK(document.ok() && document->root().is_string());
  CHECK(contracts::json_string(document->root().text()) == json);
}

}  // namespace
}  // namespace jingchu

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jingchu;
  const std::string_view text = as_text({data, size});
  check_percent(text);
  check_target(text);
  check_url(text);
  check_endpoint(text);
  check_identifier(text);
  check_time(text);
  check_key(text);
  check_hex(text);
  check_json_string(text);
  return 0;
}
