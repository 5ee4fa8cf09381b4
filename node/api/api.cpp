#include "node/api/api.h"

#include "common/clock.h"
#include "node/api/openapi.h"
#include "node/api/routes.h"
#include "node/api/schemas.h"

namespace jingchu::node {
namespace {

using network::HttpRequest;
using network::HttpResponse;
using network::PathParameters;

Operation index_operation() {
  Operation operation{"GET", "/", "getIndex", "description", "List what this node offers"};
  const Json route = object_schema({{"method", Json{{"type", "string"}}},
                                    {"path", Json{{"type", "string"}}},
                                    {"summary", Json{{"type", "string"}}}});
  operation.answers = {{200, "the routes",
                        object_schema({{"title", Json{{"type", "string"}}},
                                       {"version", Json{{"type", "string"}}},
                                       {"description", Json{{"type", "string"}}},
                                       {"routes", Json{{"type", "array"}, {"items", route}}}})}};
  return operation;
}

Operation openapi_operation() {
  Operation operation{"GET", "/openapi.json", "getDescription", "description", "Read this API description"};
  operation.answers = {{200, "OpenAPI 3.1", Json{{"type", "object"}}}};
  return operation;
}

Json index_of(const std::vector<Operation>& operations, const std::string& version) {
  Json routes = Json::array();
  for (const Operation& operation : operations) {
    routes.push_back(
        {{"method", operation.method}, {"path", operation.pattern}, {"summary", operation.summary}});
  }
  return {{"title", "Jingchu node API"},
          {"version", version},
          {"description", "/openapi.json"},
          {"routes", std::move(routes)}};
}

}  // namespace

Api::Api(ApiBackend& backend, Metrics& metrics, ApiOptions options, Log log)
    : backend_(backend), metrics_(metrics), options_(std::move(options)), log_(std::move(log)) {
  using Handler = OperationTable::Handler;
  table_.add(index_operation(),
             Handler([this](const HttpRequest&, const PathParameters&) { return json_answer(200, index_); }));
  table_.add(openapi_operation(), Handler([this](const HttpRequest&, const PathParameters&) {
               return json_answer(200, openapi_);
             }));
  add_transaction_routes(table_, backend_, metrics_, options_);
  add_block_routes(table_, backend_);
  add_query_routes(table_, backend_, options_);
  add_misbehaviour_routes(table_, backend_);
  add_proof_routes(table_, backend_);
  add_snapshot_routes(table_, backend_);
  add_archive_routes(table_, backend_);
  add_status_routes(table_, backend_, options_);
  index_ = to_text(index_of(table_.operations(), options_.version));
  openapi_ = to_text(openapi_document(table_.operations(), options_.version));
}

network::HttpHandler Api::handler() {
  return [this](HttpRequest request) { return handle(std::move(request)); };
}

boost::asio::awaitable<HttpResponse> Api::handle(HttpRequest request) {
  const std::uint64_t begin_us = system_clock().monotonic_us();
  const std::string method = request.method;
  const std::string path = request.path;
  const std::string route = router().pattern_of(path);
  HttpResponse response = co_await router().handle(std::move(request));
  const std::uint64_t elapsed_us = system_clock().monotonic_us() - begin_us;
  response.headers.emplace_back("Cache-Control", "no-store");
  metrics_.http(route, response.status, static_cast<double>(elapsed_us) / 1e6);
  log_.debug("answered",
             {{"method", method}, {"path", path}, {"status", response.status}, {"elapsed_us", elapsed_us}});
  co_return response;
}

}  // namespace jingchu::node
