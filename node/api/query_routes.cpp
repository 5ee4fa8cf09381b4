// GET /v1/<contract>/... for every query of every contract.
#include "node/api/problem_types.h"
#include "node/api/routes.h"

namespace jingchu::node {
namespace {

using network::HttpRequest;
using network::HttpResponse;
using network::PathParameters;

// "/v1/provenance/epcs/{epc...}": "getProvenanceEpcsByEpc". Several paths may lead to one query, so the path
// names it.
std::string operation_id(std::string_view pattern) {
  std::string id = "get";
  bool upper = true;
  for (const char c : pattern.substr(std::string_view("/v1/").size())) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (c == '{') id += "By";
    if (letter) id += upper && c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = !letter;
  }
  return id;
}

HttpResponse ask(const ApiBackend& backend, const contracts::Contract& contract, std::string_view query,
                 const HttpRequest& request, const PathParameters& path) {
  contracts::QueryParameters parameters(path.begin(), path.end());
  for (const auto& [name, value] : request.query) {
    if (!parameters.emplace(name, value).second) {
      return problem_of(caller_error("invalid-parameter", "the path gives " + name + " already", {}, name));
    }
  }
  auto answer = backend.query(contract, query, parameters);
  if (!answer.ok()) return problem_of(answer.error());
  return json_answer(200, std::move(*answer));
}

Operation query_operation(const contracts::Contract& contract, const contracts::Query& query) {
  const std::string pattern = "/v1/" + std::string(contract.name()) + "/" + std::string(query.path);
  Operation operation{"GET", pattern, operation_id(pattern), std::string(contract.name()),
                      std::string(query.summary)};
  operation.any_query = true;
  operation.answers = {
      {200, "the answer of the contract, from the state of the last executed block", Json()}};
  operation.problems = {"invalid-parameter", "not-found", "storage-failed", "storage-corrupted"};
  return operation;
}

}  // namespace

void add_query_routes(OperationTable& table, const ApiBackend& backend, const ApiOptions& options) {
  for (const contracts::Contract* contract : options.contracts) {
    for (const contracts::Query& query : contract->queries()) {
      table.add(query_operation(*contract, query),
                OperationTable::Handler([&backend, contract, name = query.name](
                                            const HttpRequest& request, const PathParameters& parameters) {
                  return ask(backend, *contract, name, request, parameters);
                }));
    }
  }
}

}  // namespace jingchu::node
