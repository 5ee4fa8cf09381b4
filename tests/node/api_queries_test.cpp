#include "tests/node/api_fixture.h"

#include <doctest/doctest.h>

using namespace jingchu;
using namespace jingchu::node;
using contracts::QueryParameters;

namespace {

struct Asked {
  std::string contract, query;
  QueryParameters parameters;
};

// The fixture's node remembers what it was asked and answers {"ok":1.10}.
void answer_all(ApiFixture& fixture, Asked& asked) {
  fixture.backend.on_query = [&asked](const std::string& contract, const std::string& query,
                                      const QueryParameters& parameters) -> Result<std::string> {
    asked = {contract, query, parameters};
    return std::string(R"({"ok":1.10})");
  };
}

}  // namespace

TEST_CASE("a query gets the parameters of the path and those after the question mark, decoded") {
  ApiFixture fixture;
  Asked asked;
  answer_all(fixture, asked);
  const auto response = fixture.get("/v1/shelf/things/a%2Fb%20%E6%B9%96?limit=3&after=x%26y+z");
  CHECK(response.status == 200);
  CHECK(response.body == R"({"ok":1.10})");
  CHECK(asked.contract == "shelf");
  CHECK(asked.query == "thing");
  CHECK(asked.parameters == QueryParameters{{"name", "a/b 湖"}, {"limit", "3"}, {"after", "x&y z"}});

  fixture.get("/v1/shelf/all/https://id.gs1.org/01/0952/21/7?limit=1");
  CHECK(asked.query == "place");
  CHECK(asked.parameters == QueryParameters{{"path", "https://id.gs1.org/01/0952/21/7"}, {"limit", "1"}});

  fixture.get("/v1/shelf/things?name=c");
  CHECK(asked.parameters == QueryParameters{{"name", "c"}});
}

TEST_CASE("a parameter of the path cannot be given a second time") {
  ApiFixture fixture;
  Asked asked;
  answer_all(fixture, asked);
  const auto response = fixture.get("/v1/shelf/things/a?name=b");
  CHECK(response.status == 400);
  CHECK(problem_type(response) == "invalid-parameter");
  CHECK(asked.query.empty());
}

TEST_CASE("the contract's errors: nothing there is 404, the caller's are 400, and odd bytes stay JSON") {
  ApiFixture fixture;
  Error error;
  fixture.backend.on_query = [&error](const std::string&, const std::string&,
                                      const QueryParameters&) -> Result<std::string> { return error; };
  error = caller_error("not-found", "there is no thing \"\xff\xfe\x01\"");
  const auto missing = fixture.get("/v1/shelf/things/%FF%FE%01");
  CHECK(missing.status == 404);
  CHECK(problem_type(missing) == "not-found");
  error = caller_error("invalid-parameter", "limit", "", "limit");
  CHECK(fixture.get("/v1/shelf/things/a?limit=0").status == 400);
  error = our_error("broken-history", "a link is missing");
  CHECK(fixture.get("/v1/shelf/things/a").status == 500);
  error = environment_error("storage-corrupted", "a checksum");
  CHECK(fixture.get("/v1/shelf/things/a").status == 503);
}

TEST_CASE("every query of every contract of this node has its route") {
  ApiOptions options;
  options.version = "1.2.3";
  ApiFixture fixture(options);
  Asked asked;
  answer_all(fixture, asked);
  std::size_t queries = 0;
  for (const contracts::Contract* contract : contracts::registry()) {
    for (const contracts::Query& query : contract->queries()) {
      std::string target = "/v1/" + std::string(contract->name()) + "/" + std::string(query.path);
      CHECK(fixture.api.router().pattern_of(target) == target);
      for (auto open = target.find('{'); open != target.npos; open = target.find('{')) {
        target.replace(open, target.find('}') - open + 1, "abc");
      }
      CAPTURE(target);
      CHECK(fixture.get(target).status == 200);
      CHECK(asked.contract == contract->name());
      CHECK(asked.query == query.name);
      ++queries;
    }
  }
  CHECK(queries >= 8);
}
