#include <fstream>
#include <set>
#include <sstream>

#include "node/api/problem_types.h"
#include "tests/node/api_fixture.h"

#include <doctest/doctest.h>

using namespace jingchu;
using namespace jingchu::node;
using nlohmann::json;

namespace {

std::set<std::pair<std::string, std::string>> routes_of(const Api& api) {
  std::set<std::pair<std::string, std::string>> routes;
  for (const auto& route : api.router().routes()) {
    std::string path = route.pattern;
    const auto dots = path.find("...}");
    if (dots != path.npos) path.erase(dots, 3);
    CHECK(routes.emplace(route.method, path).second);
  }
  return routes;
}

std::set<std::pair<std::string, std::string>> paths_of(const json& document) {
  std::set<std::pair<std::string, std::string>> routes;
  for (const auto& [path, item] : document.at("paths").items()) {
    for (const auto& [method, operation] : item.items())
      routes.emplace(method == "post" ? "POST" : "GET", path);
  }
  return routes;
}

// Every "$ref" below `value` leads to something.
void check_references(const json& value, const json& document) {
  if (value.is_object() && value.contains("$ref")) {
    const std::string reference = value.at("$ref");
    CAPTURE(reference);
    REQUIRE(reference.starts_with("#/"));
    CHECK(document.contains(json::json_pointer(reference.substr(1))));
  }
  if (!value.is_structured()) return;
  for (const auto& item : value) check_references(item, document);
}

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  REQUIRE(file);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("the description has exactly the routes of the router, with the contracts of this node") {
  ApiOptions options;
  options.version = "1.2.3";
  ApiFixture fixture(options);
  CHECK(routes_of(fixture.api) == paths_of(fixture.description()));
  CHECK(fixture.description().at("openapi") == "3.1.0");
  CHECK(fixture.description().at("info").at("version") == "1.2.3");
  check_references(fixture.description(), fixture.description());
}

TEST_CASE("every operation is complete: a unique id, its path parameters, answers and problems") {
  ApiOptions options;
  ApiFixture fixture(options);
  std::set<std::string> ids;
  for (const auto& [path, item] : fixture.description().at("paths").items()) {
    for (const auto& [method, operation] : item.items()) {
      CAPTURE(path);
      CHECK(ids.insert(operation.at("operationId").get<std::string>()).second);
      CHECK_FALSE(operation.at("summary").get<std::string>().empty());
      std::set<std::string> in_path;
      for (const auto& parameter : operation.value("parameters", json::array())) {
        CHECK(parameter.contains("schema"));
        if (parameter.at("in") != "path") continue;
        CHECK(parameter.at("required") == true);
        in_path.insert(parameter.at("name").get<std::string>());
      }
      const auto expected = path_parameters(path);
      CHECK(in_path == std::set<std::string>(expected.begin(), expected.end()));
      CHECK(operation.at("responses").contains("200"));
      CHECK(operation.at("responses").at("500").at("content").contains("application/problem+json"));
      for (const auto& [status, response] : operation.at("responses").items()) {
        CHECK_FALSE(response.at("description").get<std::string>().empty());
      }
    }
  }
  CHECK(fixture.description().at("paths").at("/v1/transactions").at("post").contains("requestBody"));
}

TEST_CASE("problem types: each once, by ascending status, and each answered with its own") {
  std::set<std::string_view> types;
  unsigned status = 400;
  for (const auto& listed : problem_types()) {
    CAPTURE(listed.type);
    CHECK(types.insert(listed.type).second);
    CHECK(listed.status >= status);
    status = listed.status;
    CHECK_FALSE(listed.remedy.empty());
    const auto response = problem_of(our_error(std::string(listed.type), "what"));
    CHECK(response.status == listed.status);
    CHECK(problem_type(response) == listed.type);
    CHECK(json_of(response).at("remedy") == listed.remedy);
    CHECK(response.header("Retry-After").has_value() == (listed.retry_after_s != 0));
    CHECK((listed.retry_after_s != 0) == (listed.status == 503 || listed.status == 429));
  }
  CHECK(problem_of(peer_error("never-listed", "what")).status == 502);
  CHECK(find_problem_type("never-listed") == nullptr);
}

TEST_CASE("docs/api.md tells every route and every problem type with its status") {
  const std::string page = read_file(std::string(JINGCHU_TESTS) + "/../docs/api.md");
  ApiOptions options;
  ApiFixture fixture(options);
  for (const auto& [method, path] : routes_of(fixture.api)) {
    CAPTURE(path);
    CHECK(page.find("`" + method + " " + path + "`") != page.npos);
  }
  for (const auto& listed : problem_types()) {
    CAPTURE(listed.type);
    CHECK(page.find("| `" + std::string(listed.type) + "` | " + std::to_string(listed.status) + " |") !=
          page.npos);
  }
}
