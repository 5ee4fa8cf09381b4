#include "tests/node/api_fixture.h"

#include <doctest/doctest.h>

using namespace jingchu;
using namespace jingchu::node;

namespace {

std::vector<std::string> reasons_of(const network::HttpResponse& response) {
  CHECK(response.status == 503);
  CHECK(problem_type(response) == "not-ready");
  CHECK(response.header("Retry-After") == "5");
  return json_of(response).at("reasons");
}

void connect(NodeView& node, const std::string& name, bool connected) {
  for (auto& peer : node.peers) {
    if (peer.name == name) peer.connected = connected;
  }
}

}  // namespace

TEST_CASE("the status is what the node says of itself") {
  ApiFixture fixture;
  auto& node = fixture.backend.node;
  node.epoch = Epoch(3);
  node.uptime_ms = 4567;
  node.mempool = {8, 900, 100, 1000};
  node.consensus.view = View(20);
  node.consensus.final_view = View(18);
  node.consensus.final_height = Height(17);
  node.consensus.executed_height = Height(16);
  node.consensus.executed_root = sha256(as_bytes("root"));
  node.consensus.leader = NodeIndex(2);
  node.consensus.nullified_views = 5;
  node.peers[1].last_reason = "reset \xff by peer";
  node.peers[1].bytes_in = std::uint64_t{1} << 60;
  const auto document = json_of(fixture.get("/v1/status"));
  CHECK(document.at("name") == "wuhan");
  CHECK(document.at("role") == "validator");
  CHECK(document.at("version") == "1.2.3");
  CHECK(document.at("protocol_version") == 1);
  CHECK(document.at("network") == "lake");
  CHECK(document.at("chain_id") == to_hex(sha256(as_bytes("genesis"))));
  CHECK(document.at("epoch") == 3);
  CHECK(document.at("height") == 16);
  CHECK(document.at("root") == to_hex(sha256(as_bytes("root"))));
  CHECK(document.at("final_height") == 17);
  CHECK(document.at("view") == 20);
  CHECK(document.at("final_view") == 18);
  CHECK(document.at("leader") == nlohmann::json{{"index", 2}, {"name", "yichang"}});
  CHECK(document.at("votes") == true);
  CHECK(document.at("stopped").is_null());
  CHECK(document.at("failure").is_null());
  CHECK(document.at("nullified_views") == 5);
  CHECK(document.at("mempool") ==
        nlohmann::json{{"transactions", 8}, {"bytes", 900}, {"transactions_max", 100}, {"bytes_max", 1000}});
  CHECK(document.at("uptime_ms") == 4567);
  REQUIRE(document.at("peers").size() == 3);  // not itself
  CHECK(document.at("peers")[0].at("name") == "xiangyang");
  CHECK(document.at("peers")[0].at("bytes_in") == std::uint64_t{1} << 60);
}

TEST_CASE("the status has what a diagnosis needs") {
  ApiFixture fixture;
  auto& node = fixture.backend.node;
  node.time_ms = 1'790'000'000'123;
  node.monotonic_us = 9'000'000;
  node.problems = {"this machine's clock is wrong"};
  CHECK(json_of(fixture.get("/v1/status")).at("behind_horizon") == false);
  node.behind_horizon = true;
  node.clock_offset_ms = -3'600'000;
  node.disks = {{"log", {600, 1000}, 64, 2}};
  node.refusals = {{"unknown-key", 4}};
  node.consensus.abstains = "behind-its-log";
  node.consensus.nullified_by_leader = {0, 1, 4, 0};
  node.consensus.reports.resize(node.validators.size());
  node.consensus.reports[2] = {8'995'000, View(19), Height(16), Height(15), true, 3};
  node.consensus.reports[3] = {9'500'000, View(19), Height(16), Height(15), {}, 0};
  node.peers[3].last_type = "unknown-key";
  node.peers[3].last_us = 7'999'999;
  const auto document = json_of(fixture.get("/v1/status"));
  CHECK(document.at("time_ms") == 1'790'000'000'123);
  CHECK(document.at("problems") == node.problems);
  CHECK(document.at("behind_horizon") == true);
  CHECK(document.at("clock_offset_ms") == -3'600'000);
  CHECK(document.at("abstains") == "behind-its-log");
  CHECK(document.at("nullified_by_leader") == nlohmann::json{0, 1, 4, 0});
  CHECK(document.at("refusals") == nlohmann::json::parse(R"([{"reason": "unknown-key", "count": 4}])"));
  CHECK(document.at("disks") ==
        nlohmann::json::parse(R"([{"of": "log", "free_bytes": 600, "total_bytes": 1000,
                                                          "reserve_bytes": 64, "slow_syncs": 2}])"));
  CHECK(document.at("peers")[0].at("report").is_null());  // it has said nothing yet
  CHECK(document.at("peers")[0].at("last_age_ms").is_null());
  CHECK(document.at("peers")[1].at("report") ==
        nlohmann::json::parse(R"({"age_ms": 5, "view": 19, "final_height": 16, "height": 15,
                                  "root_differs": true, "batches_lacking": 3})"));
  CHECK(document.at("peers")[2].at("report").at("age_ms") == 0);  // it spoke after the view was taken
  CHECK(document.at("peers")[2].at("report").at("root_differs").is_null());
  CHECK(document.at("peers")[2].at("last_type") == "unknown-key");
  CHECK(document.at("peers")[2].at("last_age_ms") == 1'000);
}

TEST_CASE("a stopped node, and a leader that genesis does not know") {
  ApiFixture fixture;
  fixture.backend.node.consensus.stopped = "root-conflict";
  fixture.backend.node.failure = "disk-full";
  fixture.backend.node.consensus.leader = NodeIndex(900);
  const auto document = json_of(fixture.get("/v1/status"));
  CHECK(document.at("stopped") == "root-conflict");
  CHECK(document.at("failure") == "disk-full");
  CHECK(document.at("leader") == nlohmann::json{{"index", 900}, {"name", ""}});
}

TEST_CASE("healthy as long as it answers; ready only if it executes, votes, is caught up and has a quorum") {
  ApiFixture fixture;
  auto& node = fixture.backend.node;
  CHECK(json_of(fixture.get("/readyz")).at("status") == "ready");  // itself and two of four

  SUBCASE("no quorum") {
    connect(node, "xiangyang", false);
    CHECK(reasons_of(fixture.get("/readyz")) ==
          std::vector<std::string>{"only 2 of 3 needed validators are within reach"});
  }
  SUBCASE("a connected follower is no validator") {
    connect(node, "xiangyang", false);
    network::PeerStatus follower;
    follower.name = "court";
    follower.connected = true;
    node.peers.push_back(follower);
    CHECK(reasons_of(fixture.get("/readyz")).size() == 1);
  }
  SUBCASE("does not vote") {
    node.consensus.votes = false;
    CHECK(reasons_of(fixture.get("/readyz")) == std::vector<std::string>{"it does not vote"});
  }
  SUBCASE("behind") {
    node.caught_up = false;
    CHECK(reasons_of(fixture.get("/readyz")).size() == 1);
  }
  SUBCASE("a machine whose clock is wrong") {
    node.problems = {"this machine's clock is 3600.0 s ahead of the other validators'"};
    CHECK(reasons_of(fixture.get("/readyz")) == node.problems);
  }
  SUBCASE("failed and stopped: every reason") {
    node.failure = "disk \xff full";
    node.consensus.stopped = "root-conflict";
    node.consensus.votes = false;
    CHECK(reasons_of(fixture.get("/readyz")).size() == 3);
  }
  SUBCASE("a follower needs no vote and no quorum, but f + 1 validators") {
    node.name = "court";
    node.role = "follower";
    node.consensus.votes = false;
    CHECK(fixture.get("/readyz").status == 200);
    connect(node, "xiangyang", false);
    CHECK(reasons_of(fixture.get("/readyz")) ==
          std::vector<std::string>{"only 1 of 2 needed validators are within reach"});
  }
  CHECK(json_of(fixture.get("/healthz")).at("status") == "serving");
}

TEST_CASE("the index names every route") {
  ApiFixture fixture;
  const auto document = json_of(fixture.get("/"));
  CHECK(document.at("description") == "/openapi.json");
  CHECK(document.at("version") == "1.2.3");
  CHECK(document.at("routes").size() == fixture.api.router().routes().size());
}

TEST_CASE("metrics are those of the node, with the requests that were answered") {
  ApiFixture fixture;
  fixture.get("/healthz");
  fixture.get("/healthz");
  fixture.get("/v1/blocks/99");
  fixture.get("/v1/nowhere");
  fixture.get("/v1/elsewhere/%ff");
  const auto response = fixture.get("/metrics");
  CHECK(response.content_type.starts_with("text/plain; version=0.0.4"));
  CHECK(response.body.find("jingchu_http_requests_total{route=\"/healthz\",status=\"200\"} 2\n") !=
        std::string::npos);
  CHECK(response.body.find("jingchu_http_requests_total{route=\"/v1/blocks/{height}\",status=\"404\"} 1\n") !=
        std::string::npos);
  CHECK(response.body.find("jingchu_http_requests_total{route=\"other\",status=\"404\"} 2\n") !=
        std::string::npos);
  CHECK(response.body.find("jingchu_http_request_seconds_count{route=\"/healthz\"} 2\n") !=
        std::string::npos);
  CHECK(response.body.find("elsewhere") == std::string::npos);
}

TEST_CASE("answers to what is not a route, and no permission to other origins") {
  ApiFixture fixture;
  CHECK(problem_type(fixture.get("/v1/nowhere")) == "not-found");
  const auto refused = fixture.ask("DELETE", "/v1/status");
  CHECK(refused.status == 405);
  CHECK(problem_type(refused) == "method-not-allowed");
  CHECK(refused.header("Allow") == "GET, HEAD, OPTIONS");
  const auto options = fixture.ask("OPTIONS", "/v1/transactions", "", {{"origin", "https://example.org"}});
  CHECK(options.status == 204);
  CHECK_FALSE(options.header("Access-Control-Allow-Origin"));
  CHECK(fixture.ask("HEAD", "/v1/status").status == 200);
}
