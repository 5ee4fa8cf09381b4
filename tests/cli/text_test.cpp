// The pure pieces of text: targets, tables, problem documents, media types.
#include "cli/evidence_file.h"
#include "cli/node_client.h"
#include "cli/query_target.h"
#include "cli/status_table.h"

#include <doctest/doctest.h>

namespace jingchu::cli {
namespace {

using nlohmann::json;

TEST_CASE("query paths as people type them") {
  CHECK_EQ(*query_target("provenance/epcs/urn:epc:id:sgtin:1.2.3/events"),
           "/v1/provenance/epcs/urn:epc:id:sgtin:1.2.3/events");
  CHECK_EQ(*query_target("/v1/blocks/latest"), "/v1/blocks/latest");
  CHECK_EQ(*query_target("/status"), "/v1/status");
  CHECK_EQ(*query_target("agriculture/lots/洪湖 1?limit=2&after=a%2Fb"),
           "/v1/agriculture/lots/%E6%B4%AA%E6%B9%96%201?limit=2&after=a%2Fb");
  CHECK_EQ(*query_target("a\r\nHost: b#c"), "/v1/a%0D%0AHost:%20b%23c");
  CHECK_FALSE(query_target("").ok());
  CHECK_FALSE(query_target("/v1/").ok());
}

TEST_CASE("JSON is indented without touching a value") {
  CHECK_EQ(indent_json(R"({"a":1.500e-7,"b":[],"c":{"d":"x,{\"\\"},"e":[1,2]})"),
           "{\n  \"a\": 1.500e-7,\n  \"b\": [],\n  \"c\": {\n    \"d\": \"x,{\\\"\\\\\"\n  },\n  \"e\": [\n  "
           "  1,\n    2\n  ]\n}");
  CHECK_EQ(indent_json("{ }"), "{}");
  CHECK_EQ(indent_json("]]"), "\n]\n]");
  CHECK_EQ(indent_json("\"\\"), "\"\\");
}

TEST_CASE("problem documents become errors") {
  const auto problem = [](unsigned status, const std::string& body) {
    return problem_error({status, "application/problem+json", body, {}});
  };
  const Error refused =
      problem(400, R"({"type":"urn:jingchu:problem:bad-signature","title":"T","detail":"D",)"
                   R"("where":"/signature","remedy":"R"})");
  CHECK((refused.fault == Fault::kCaller));
  CHECK_EQ(refused.type, "bad-signature");
  CHECK_EQ(refused.what, "D");
  CHECK_EQ(refused.where, "/signature");
  CHECK_EQ(refused.remedy, "R");
  CHECK_EQ(problem(503, R"({"type":"urn:jingchu:problem:mempool-full"})").type, "mempool-full");
  CHECK((problem(503, "").fault == Fault::kPeer));
  CHECK_EQ(problem(503, "<html>").type, "not-serving");
  CHECK((problem(500, R"({"type":7})").fault == Fault::kOurs));
}

NodeStatus node(std::string url, std::uint64_t height, std::string root, std::string chain = "c") {
  return {std::move(url), json{{"name", "n"},
                               {"height", height},
                               {"root", std::move(root)},
                               {"chain_id", chain},
                               {"role", "validator"},
                               {"votes", true},
                               {"caught_up", true},
                               {"stopped", nullptr},
                               {"leader", {{"index", 1}, {"name", "yichang"}}},
                               {"peers", {{{"connected", true}}, {{"connected", false}}}}}};
}

TEST_CASE("the status table") {
  const NodeStatus away{"http://b", environment_error("http-unreachable", "refused")};
  const std::string table = status_table({node("http://a", 12, std::string(64, 'f')), away});
  CHECK(table.find("http://a  n     ok           12      ffffffffffffffff        yichang  1/2\n") !=
        std::string::npos);
  CHECK(table.find("http://b  -     unreachable\n") != std::string::npos);
  CHECK_FALSE(status_table({{"http://c", json::array()}}).empty());
}

TEST_CASE("nodes disagree only at the same height and never across chains") {
  CHECK(disagreements({node("a", 1, "x"), node("b", 1, "x"), node("c", 2, "y")}).empty());
  CHECK_EQ(disagreements({node("a", 1, "x"), node("b", 2, "y"), node("c", 1, "z")}).size(), 1u);
  const auto chains = disagreements({node("a", 1, "x"), node("b", 1, "y", "other")});
  REQUIRE_EQ(chains.size(), 1u);
  CHECK(chains[0].find("different chains") != std::string::npos);
  auto stopped = node("a", 1, "x");
  (*stopped.status)["failure"] = "disk-full";
  CHECK_EQ(disagreements({stopped}).size(), 1u);
}

TEST_CASE("media types by extension") {
  CHECK_EQ(media_type_of("a.PDF"), "application/pdf");
  CHECK_EQ(media_type_of("a.tar.zip"), "application/zip");
  CHECK_EQ(media_type_of("pdf"), "application/octet-stream");
  CHECK_EQ(media_type_of("a."), "application/octet-stream");
}

}  // namespace
}  // namespace jingchu::cli
