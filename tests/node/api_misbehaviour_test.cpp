#include "common/codec.h"
#include "tests/ledger/evidence_fixture.h"
#include "tests/node/api_fixture.h"

#include <doctest/doctest.h>

using namespace jingchu;
using namespace jingchu::node;
using ledger::test::Culprit;

TEST_CASE("misbehaviour: every piece with its bytes, page by page") {
  ApiFixture fixture;
  const auto genesis = ledger::test::small_genesis();
  fixture.backend.genesis_values = genesis;
  auto none = json_of(fixture.get("/v1/misbehaviour"));
  CHECK(none.at("chain_id") == to_hex(genesis.chain_id));
  CHECK(none.at("evidence").empty());
  CHECK(none.at("next").is_null());
  const auto all = Culprit(genesis).all();
  for (const auto& evidence : all) REQUIRE(fixture.backend.evidence.put({evidence, "yichang", 99}).ok());
  const auto page = json_of(fixture.get("/v1/misbehaviour"));
  REQUIRE(page.at("evidence").size() == all.size());
  CHECK(page.at("next").is_null());
  CHECK(page.at("evidence").at(1) == nlohmann::json({{"epoch", 0},
                                                     {"validator", "yichang"},
                                                     {"index", 2},
                                                     {"kind", "two-notarizes"},
                                                     {"number", 7},
                                                     {"recorded_ms", 99},
                                                     {"bytes", to_hex(encode(all[1]))}}));
  nlohmann::json gathered = nlohmann::json::array();
  std::string next;
  for (int pages = 0; pages < 10; ++pages) {
    const auto part =
        json_of(fixture.get("/v1/misbehaviour?limit=2" + (next.empty() ? "" : "&after=" + next)));
    CHECK(part.at("evidence").size() <= 2);
    for (const auto& piece : part.at("evidence")) gathered.push_back(piece);
    if (part.at("next").is_null()) break;
    next = part.at("next");
  }
  CHECK(gathered == page.at("evidence"));
}

TEST_CASE("misbehaviour: a page is bounded in bytes, and its parameters are checked") {
  ApiFixture fixture;
  const auto genesis = ledger::test::small_genesis();
  for (std::uint16_t culprit = 0; culprit < 4; ++culprit) {
    const Culprit guilty(genesis, culprit);
    const auto evidence = guilty.invalid(guilty.batch(2, {Bytes(200 << 10, 7)}));
    REQUIRE(fixture.backend.evidence.put({evidence, "v", 1}).ok());
  }
  const auto page = json_of(fixture.get("/v1/misbehaviour?limit=200"));
  CHECK(page.at("evidence").size() == 1);
  CHECK(json_of(fixture.get("/v1/misbehaviour?after=" + page.at("next").get<std::string>()))
            .at("evidence")
            .at(0)
            .at("index") == 1);
  for (const char* limit : {"0", "201", "-1", "x", ""}) {
    CHECK(problem_type(fixture.get(std::string("/v1/misbehaviour?limit=") + limit)) == "invalid-parameter");
  }
  CHECK(json_of(fixture.get("/v1/misbehaviour?after=zz")).at("evidence").empty());
  CHECK(problem_type(fixture.get("/v1/misbehaviour?epoch=1")) == "unknown-parameter");
}
