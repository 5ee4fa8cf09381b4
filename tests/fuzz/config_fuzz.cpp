// A configuration is refused with the place, or every value is within its bounds.
#include "node/config.h"
#include "tests/fuzz/input.h"

namespace jingchu::node {
namespace {

void check(const Config& c) {
  CHECK(c.api_connections_max >= 1 && c.api_connections_max <= 100'000);
  CHECK(c.api_body_bytes_max >= 1024 && c.api_body_bytes_max <= 64 << 20);
  CHECK(c.wait_ms_max >= 100 && c.wait_ms_max <= 60'000);
  CHECK(c.mempool_bytes_max >= 1 << 20 && c.mempool_bytes_max <= 16ull << 30);
  CHECK(c.mempool_transactions_max >= 100 && c.mempool_transactions_max <= 10'000'000);
  CHECK(c.mempool_sender_share_percent >= 1 && c.mempool_sender_share_percent <= 100);
  CHECK(c.seal_interval_ms >= 1 && c.seal_interval_ms <= 1000);
  CHECK(c.log_segment_bytes >= 1 << 20 && c.log_segment_bytes <= 1ull << 30);
  CHECK(c.cache_bytes >= 1 << 20 && c.cache_bytes <= 64ull << 30);
  CHECK(c.tree_bytes >= 1 << 20 && c.tree_bytes <= 64ull << 30);
  CHECK(c.disk_reserve_bytes <= 1024ull << 30 && c.failure_grace_ms <= 600'000 && c.signature_threads <= 256);
  CHECK(!c.peer_listen.host.empty() && !c.api_listen.host.empty());
  CHECK(c.api_certificate.empty() == c.api_key.empty());
  CHECK(!c.api_certificate.empty() || is_loopback(c.api_listen.host));
  static_cast<void>(c.path(c.genesis));
}

}  // namespace
}  // namespace jingchu::node

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jingchu;
  const auto config = node::parse_config(as_text({data, size}), "jingchud.toml", "home");
  if (config.ok()) {
    node::check(*config);
  } else {
    CHECK(config.error().type == "bad-configuration" && config.error().fault == Fault::kEnvironment);
    CHECK(config.error().where.starts_with("jingchud.toml") && !config.error().what.empty());
  }
  return 0;
}
