#include "node/metrics.h"

#include <cmath>
#include <optional>
#include <set>
#include <sstream>

#include <doctest/doctest.h>

using namespace jingchu;
using namespace jingchu::node;

namespace {

// A naive reader of the Prometheus text format: samples by their whole name with labels, types by family.
struct Exposition {
  std::map<std::string, double> samples;
  std::map<std::string, std::string> types;
};

bool is_name(const std::string& name) {
  return !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == name.npos;
}

// The family that a sample belongs to: a histogram's has three kinds of samples.
std::optional<std::string> family_of(const Exposition& exposition, std::string name) {
  name.resize(std::min(name.find('{'), name.size()));
  if (!is_name(name)) return std::nullopt;
  if (exposition.types.contains(name)) return name;
  for (const std::string suffix : {"_bucket", "_sum", "_count"}) {
    if (!name.ends_with(suffix)) continue;
    const std::string family = name.substr(0, name.size() - suffix.size());
    const auto type = exposition.types.find(family);
    if (type != exposition.types.end() && type->second == "histogram") return family;
  }
  return std::nullopt;
}

Exposition read(const std::string& text) {
  Exposition exposition;
  REQUIRE(text.ends_with('\n'));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    if (line.starts_with("# HELP ")) continue;
    if (line.starts_with("# TYPE ")) {
      std::istringstream words(line.substr(7));
      std::string name, type;
      words >> name >> type;
      REQUIRE(is_name(name));
      CHECK(exposition.types.emplace(name, type).second);
      continue;
    }
    const auto space = line.rfind(' ');
    REQUIRE(space != line.npos);
    const std::string name = line.substr(0, space);
    REQUIRE(family_of(exposition, name));
    std::size_t used = 0;
    const double value = std::stod(line.substr(space + 1), &used);
    REQUIRE(used == line.size() - space - 1);
    CHECK(exposition.samples.emplace(name, value).second);
  }
  return exposition;
}

network::PeerStatus peer(std::string name, bool connected, std::uint64_t bytes_in) {
  network::PeerStatus status;
  status.name = std::move(name);
  status.connected = connected;
  status.bytes_in = bytes_in;
  status.bytes_out = 2 * bytes_in;
  status.dropped_frames = 3;
  status.queued_bytes = 44;
  return status;
}

}  // namespace

TEST_CASE("names follow the conventions: counters end in _total, and nothing else does") {
  Metrics metrics;
  metrics.notice("view-timeout");
  metrics.refused("expired");
  metrics.calls("identity", "ok", 1);
  metrics.http("/healthz", 200, 0.001);
  const auto exposition = read(metrics.text());
  CHECK(exposition.types.size() > 20);
  for (const auto& [name, type] : exposition.types) {
    CAPTURE(name);
    CHECK((name.starts_with("jingchu_") || name.starts_with("process_")));
    CHECK(name.ends_with("_total") == (type == "counter"));
    CHECK((type != "histogram" || name.ends_with("_seconds")));
  }
}

TEST_CASE("what was counted is told") {
  Metrics metrics;
  consensus::CoreStatus status;
  status.view = View(12);
  status.final_view = View(10);
  status.final_height = Height(9);
  status.executed_height = Height(8);
  status.votes = true;
  status.nullified_views = 4;
  status.pending_bytes = 77;
  metrics.consensus(status);
  status.nullified_views = 6;
  metrics.consensus(status);
  metrics.notice("view-timeout");
  metrics.notice("view-timeout");
  metrics.accepted();
  metrics.refused("expired");
  metrics.mempool(5, 600);
  metrics.executed(3, 0.002);
  metrics.executed(0, 100);
  metrics.calls("evidence", "ok", 2);
  metrics.calls("no such contract", "unknown-contract", 1);
  metrics.synced(4096, 0.0003);
  metrics.peer_refusals({{"unknown-key", 2}});
  metrics.peer_refusals({{"unknown-key", 5}});
  const auto samples = read(metrics.text()).samples;
  CHECK(samples.at("jingchu_consensus_view") == 12);
  CHECK(samples.at("jingchu_consensus_final_view") == 10);
  CHECK(samples.at("jingchu_consensus_final_height") == 9);
  CHECK(samples.at("jingchu_consensus_executed_height") == 8);
  CHECK(samples.at("jingchu_consensus_votes") == 1);
  CHECK(samples.at("jingchu_consensus_pending_bytes") == 77);
  CHECK(samples.at("jingchu_consensus_nullified_views_total") == 6);
  CHECK(samples.at("jingchu_consensus_notices_total{kind=\"view-timeout\"}") == 2);
  CHECK(samples.at("jingchu_ingress_transactions_accepted_total") == 1);
  CHECK(samples.at("jingchu_ingress_transactions_refused_total{type=\"expired\"}") == 1);
  CHECK(samples.at("jingchu_mempool_transactions") == 5);
  CHECK(samples.at("jingchu_mempool_bytes") == 600);
  CHECK(samples.at("jingchu_execution_blocks_total") == 2);
  CHECK(samples.at("jingchu_execution_transactions_total") == 3);
  CHECK(samples.at("jingchu_execution_block_seconds_count") == 2);
  CHECK(samples.at("jingchu_execution_block_seconds_bucket{le=\"0.0025\"}") == 1);
  CHECK(samples.at("jingchu_execution_block_seconds_bucket{le=\"+Inf\"}") == 2);
  CHECK(samples.at("jingchu_execution_calls_total{code=\"ok\",contract=\"evidence\"}") == 2);
  CHECK(samples.at("jingchu_execution_calls_total{code=\"unknown-contract\",contract=\"other\"}") == 1);
  CHECK(samples.at("jingchu_log_sync_seconds_count") == 1);
  CHECK(samples.at("jingchu_log_bytes_total") == 4096);
  CHECK(samples.at("jingchu_peer_refusals_total{reason=\"unknown-key\"}") == 5);
}

TEST_CASE("the HTTP server: what is open and held now, and refusals by reason") {
  Metrics metrics;
  metrics.http_server({.connections = 7, .held_bytes = 900, .refusals = {{"too-many-requests", 2}}});
  metrics.http_server({.connections = 3, .held_bytes = 0, .refusals = {{"too-many-requests", 5}}});
  const auto samples = read(metrics.text()).samples;
  CHECK(samples.at("jingchu_http_connections") == 3);
  CHECK(samples.at("jingchu_http_held_bytes") == 0);
  CHECK(samples.at("jingchu_http_refusals_total{reason=\"too-many-requests\"}") == 5);
}

TEST_CASE(
    "peers: totals are taken over, also when one is told twice; who is not listed any more is not "
    "connected") {
  Metrics metrics;
  const network::PeerStatus first[] = {peer("yichang", true, 100), peer("jingzhou (next)", true, 0)};
  metrics.peers(first);
  const network::PeerStatus second[] = {peer("yichang", false, 250)};
  metrics.peers(second);
  const auto samples = read(metrics.text()).samples;
  CHECK(samples.at("jingchu_peer_connected{peer=\"yichang\"}") == 0);
  // Not listed any more.
  CHECK(samples.at("jingchu_peer_connected{peer=\"jingzhou (next)\"}") == 0);
  CHECK(samples.at("jingchu_peer_queued_bytes{peer=\"jingzhou (next)\"}") == 0);
  CHECK(samples.at("jingchu_peer_received_bytes_total{peer=\"yichang\"}") == 250);
  CHECK(samples.at("jingchu_peer_sent_bytes_total{peer=\"yichang\"}") == 500);
  CHECK(samples.at("jingchu_peer_dropped_frames_total{peer=\"yichang\"}") == 3);
  CHECK(samples.at("jingchu_peer_queued_bytes{peer=\"yichang\"}") == 44);
}

TEST_CASE("labels are bounded: odd, long and too many values are \"other\"") {
  Metrics metrics;
  for (const std::string& odd :
       {std::string(), std::string("a\"b\n"), std::string("\xff"), std::string(1000, 'a')}) {
    metrics.refused(odd);
  }
  for (int i = 0; i < 5'000; ++i) metrics.notice("kind-" + std::to_string(i));
  metrics.http("", 404, 0.1);
  metrics.http("/healthz", 7, 0.1);
  const auto samples = read(metrics.text()).samples;
  CHECK(samples.at("jingchu_ingress_transactions_refused_total{type=\"other\"}") == 4);
  CHECK(samples.at("jingchu_consensus_notices_total{kind=\"kind-0\"}") == 1);
  CHECK(samples.at("jingchu_consensus_notices_total{kind=\"other\"}") > 4'000);
  CHECK(samples.at("jingchu_http_requests_total{route=\"other\",status=\"404\"}") == 1);
  CHECK(samples.at("jingchu_http_requests_total{route=\"/healthz\",status=\"other\"}") == 1);
  CHECK(samples.size() < 1'000);
}

TEST_CASE("the process tells its memory, descriptors, processor time and uptime") {
  Metrics metrics;
  metrics.text();
  const auto samples = read(metrics.text()).samples;
  CHECK(samples.at("process_resident_memory_bytes") > 1e6);
  CHECK(samples.at("process_open_fds") >= 3);
  CHECK(samples.at("process_cpu_seconds_total") > 0);
  CHECK(samples.at("jingchu_uptime_seconds") >= 0);
  CHECK(samples.at("jingchu_uptime_seconds") < 60);
}
