#include "cli/doctor_asking.h"
#include "tests/cli/doctor_facts.h"
#include "tests/cli/fake_node.h"
#include "tests/cli/fixture.h"

// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::cli {
namespace {

using nlohmann::json;

json status_of(const std::string& name, std::uint64_t height) {
  json peers = json::array();
  for (const auto& other : doctor::kFour) {
    if (other != name) peers.push_back({{"name", other}, {"connected", true}});
  }
  return {{"name", name},     {"role", "validator"},    {"chain_id", std::string(64, 'a')},
          {"height", height}, {"final_height", height}, {"validators", doctor::kFour},
          {"votes", true},    {"caught_up", true},      {"peers", peers}};
}

std::string block_with(const std::string& root) {
  return json{{"executed_root", root}, {"header", {{"time_ms", 1}}}}.dump();
}

// Two validators; nothing is measured, because they have no genesis file that can be read.
struct Two {
  Two() {
    one.serve("/v1/status", status_of("wuhan", 8).dump());
    other.serve("/v1/status", status_of("yichang", 8).dump());
    for (FakeNode* node : {&one, &other}) {
      node->serve("/readyz", R"({"status": "ready"})");
      for (int height = 0; height <= 8; ++height)
        node->serve("/v1/blocks/" + std::to_string(height), block_with("aa"));
    }
  }
  Ran doctor(std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"doctor", "--node", one.url() + "," + other.url()};
    words.insert(words.end(), more.begin(), more.end());
    return run_command(words);
  }
  FakeNode one{"{}"};
  FakeNode other{"{}"};
};

}  // namespace

TEST_CASE("doctor: findings as text and as JSON, exit status 1") {
  Two nodes;
  const Ran text = nodes.doctor();
  CHECK_EQ(text.status, kRefused);
  CHECK(text.out.find("the network stands still") == 0);
  CHECK(text.out.find("1. standstill-unexplained (critical)") != std::string::npos);
  CHECK(text.out.find("what to do: ") != std::string::npos);
  const Ran asked = nodes.doctor({"--json"});
  CHECK_EQ(asked.status, kRefused);
  CHECK_EQ(asked.json().at("findings")[0].at("kind"), "standstill-unexplained");
  CHECK_EQ(asked.json().at("figures").at("validators"), 4);
  CHECK_EQ(asked.json().at("nodes")[1].at("name"), "yichang");
}

TEST_CASE("doctor: the first height at which two nodes differ") {
  for (const int first : {1, 5, 8}) {
    Two nodes;
    for (int height = first; height <= 8; ++height)
      nodes.other.serve("/v1/blocks/" + std::to_string(height), block_with("bb"));
    const Ran asked = nodes.doctor({"--json"});
    CHECK_EQ(asked.json().at("findings")[0].at("kind"), "root-differs");
    const auto text = asked.json().at("findings")[0].at("text").get<std::string>();
    CHECK(text.find("at height " + std::to_string(first) + " ") == 0);
  }
}

TEST_CASE("doctor: nothing reachable is status 3, wrong usage 2") {
  const Ran none = run_command({"doctor", "--node", "http://127.0.0.1:9", "--json"});
  CHECK_EQ(none.status, kUnreachable);
  CHECK_EQ(none.json().at("findings")[0].at("kind"), "nothing-reachable");
  CHECK_EQ(run_command({"doctor", "--node", "no url"}).status, kUsage);
  CHECK_EQ(run_command({"doctor", "--seconds", "0"}).status, kUsage);
  CHECK(run_command({"doctor", "--help"}).out.find("root-differs") != std::string::npos);
}

TEST_CASE("doctor: an answer may be anything") {
  const json good = status_of("wuhan", 8);
  REQUIRE(doctor::read_sample(good));
  for (const json& odd :
       {json(), json(-1), json(1e300), json("\x1b[2J\n"), json::array({1, {{"a", nullptr}}}),
        json::object({{"name", 7}}), json(~std::uint64_t{0}), json(INT64_MIN)}) {
    CHECK_FALSE(doctor::read_sample(odd));
    for (const auto& [name, value] : good.items()) {
      json changed = good;
      changed[name] = odd;
      const auto sample = doctor::read_sample(changed);
      CHECK_EQ(sample.has_value(), name != "chain_id" || odd.is_string());
    }
    json changed = good;
    for (const char* name :
         {"clock_offset_ms", "disks", "refusals", "mempool", "nullified_by_leader", "problems"})
      changed[name] = odd;
    changed["peers"] = json::array({odd, {{"name", odd}, {"report", odd}}, {{"report", {{"age_ms", odd}}}}});
    const auto sample = doctor::read_sample(changed);
    REQUIRE(sample);
    doctor::Facts facts;
    facts.nodes.push_back({"http://node", "", sample, sample, {}});
    CHECK(doctor::diagnose(facts).reached);
  }
  json named = good;
  named["name"] = "wu\x1b[31mhan\n";
  CHECK_EQ(doctor::read_sample(named)->name, "wu?[31mhan?");
}

}  // namespace jingchu::cli
