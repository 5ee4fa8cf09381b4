#include "node/api/openapi.h"

#include <algorithm>
#include <map>
#include <set>

#include "node/api/problem_types.h"
#include "node/api/schemas.h"

namespace jingchu::node {
namespace {

constexpr std::string_view kDescription =
    "Submit records to a Jingchu network and read them back. Errors are RFC 9457 problem documents whose "
    "type is "
    "stable. 202 means received, not durable: only a final receipt acknowledges a transaction. A timeout is "
    "never a "
    "failure, and sending the same bytes again is always safe.";
// What any operation may answer, before its handler is reached or when it breaks.
constexpr std::string_view kCommonProblems[] = {
    "bad-request",       "bad-target",     "request-timeout",
    "header-too-large",  "internal-error", "too-many-client-connections",
    "too-many-requests", "server-busy",    "too-many-connections"};

// The router's "{epc...}" is "{epc}" here.
std::string openapi_path(std::string pattern) {
  for (auto dots = pattern.find("...}"); dots != pattern.npos; dots = pattern.find("...}"))
    pattern.erase(dots, 3);
  return pattern;
}

Json parameters_of(const Operation& operation) {
  const auto in_path = path_parameters(operation.pattern);
  Json list = Json::array();
  std::set<std::string> described;
  for (const auto& parameter : operation.parameters) {
    const bool path = std::find(in_path.begin(), in_path.end(), parameter.name) != in_path.end();
    list.push_back({{"name", parameter.name},
                    {"in", path ? "path" : "query"},
                    {"required", path},
                    {"description", parameter.description},
                    {"schema", parameter.schema}});
    described.insert(parameter.name);
  }
  for (const auto& name : in_path) {
    if (described.contains(name)) continue;
    list.push_back({{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
  }
  if (operation.any_query) {
    list.push_back({{"name", "parameters"},
                    {"in", "query"},
                    {"required", false},
                    {"description", "the query's own parameters, by their names (docs/api.md)"},
                    {"style", "form"},
                    {"explode", true},
                    {"schema", {{"type", "object"}, {"additionalProperties", {{"type", "string"}}}}}});
  }
  return list;
}

std::vector<std::string> problems_of(const Operation& operation) {
  std::vector<std::string> types(std::begin(kCommonProblems), std::end(kCommonProblems));
  types.insert(types.end(), operation.problems.begin(), operation.problems.end());
  if (!operation.any_query) types.emplace_back("unknown-parameter");
  return types;
}

struct Response {
  std::string description;
  Json content = Json::object();
};

// By status: an answer and problems may share one.
std::map<unsigned, Response> collect_responses(const Operation& operation) {
  std::map<unsigned, Response> responses;
  for (const auto& answer : operation.answers) {
    Response& response = responses[answer.status];
    response.description = answer.description;
    Json media = Json::object();
    if (!answer.schema.is_null()) media["schema"] = answer.schema;
    response.content[answer.content_type] = std::move(media);
  }
  for (const auto& type : problems_of(operation)) {
    const ProblemType* listed = find_problem_type(type);
    CHECK(listed);
    Response& response = responses[listed->status];
    response.description += (response.description.empty() ? "problem: " : ", ") + type;
    response.content["application/problem+json"] = {{"schema", schema_reference("Problem")}};
  }
  return responses;
}

Json responses_of(const Operation& operation) {
  Json document = Json::object();
  for (auto& [status, response] : collect_responses(operation)) {
    document[std::to_string(status)] = {{"description", response.description}, {"content", response.content}};
  }
  return document;
}

Json description_of(const Operation& operation) {
  Json document = {
      {"operationId", operation.id}, {"tags", Json::array({operation.tag})}, {"summary", operation.summary}};
  if (!operation.description.empty()) document["description"] = operation.description;
  Json parameters = parameters_of(operation);
  if (!parameters.empty()) document["parameters"] = std::move(parameters);
  if (!operation.body.is_null()) {
    document["requestBody"] = {{"required", true},
                               {"content", {{"application/json", {{"schema", operation.body}}}}}};
  }
  document["responses"] = responses_of(operation);
  return document;
}

std::string lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

}  // namespace

Json openapi_document(std::span<const Operation> operations, std::string_view version) {
  Json document = {{"openapi", "3.1.0"},
                   {"info",
                    {{"title", "Jingchu node API"},
                     {"version", version},
                     {"description", kDescription},
                     {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
                   {"servers", Json::array({{{"url", "/"}}})}};
  std::set<std::string> ids;
  Json paths = Json::object();
  for (const Operation& operation : operations) {
    CHECK(ids.insert(operation.id).second);
    paths[openapi_path(operation.pattern)][lower_case(operation.method)] = description_of(operation);
  }
  document["paths"] = std::move(paths);
  document["components"] = {{"schemas", component_schemas()}};
  return document;
}

}  // namespace jingchu::node
