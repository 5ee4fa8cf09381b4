// GET /v1/snapshots/...: what a node that joins, or a backup, begins with (docs/formats.md, "Snapshots").
#include "node/api/problem_types.h"
#include "node/api/routes.h"
#include "node/api/schemas.h"

namespace jingchu::node {
namespace {

using boost::asio::awaitable;
using network::HttpRequest;
using network::HttpResponse;
using network::PathParameters;

HttpResponse list(const ApiBackend& backend) {
  Json all = Json::array();
  for (const auto& one : backend.snapshots()) {
    all.push_back({{"height", one.height.value()},
                   {"epoch", one.epoch.value()},
                   {"id", to_hex(one.id)},
                   {"time_ms", one.time_ms},
                   {"chunks", one.chunks},
                   {"bytes", one.bytes}});
  }
  return json_answer(200, Json{{"snapshots", all}}.dump());
}

awaitable<HttpResponse> manifest(ApiBackend& backend, PathParameters parameters) {
  const auto height = number_parameter("height", parameters.at("height"));
  if (!height.ok()) co_return problem_of(height.error());
  co_return binary_answer(co_await backend.snapshot_manifest(Height(*height)));
}

awaitable<HttpResponse> chunk(ApiBackend& backend, PathParameters parameters) {
  const auto height = number_parameter("height", parameters.at("height"));
  if (!height.ok()) co_return problem_of(height.error());
  const auto index = number_parameter("index", parameters.at("index"));
  if (!index.ok()) co_return problem_of(index.error());
  co_return binary_answer(co_await backend.snapshot_chunk(Height(*height), *index));
}

Operation binary_operation(std::string pattern, std::string id, std::string summary) {
  Operation operation{"GET", std::move(pattern), std::move(id), "snapshots", std::move(summary)};
  operation.description = "docs/formats.md, \"Snapshots\"; jingchu snapshot fetches and verifies it.";
  operation.parameters = {{"height", "of the snapshot", number_schema()}};
  operation.answers = {binary_bytes()};
  operation.problems = {"invalid-parameter", "not-found", "storage-failed"};
  return operation;
}

}  // namespace

void add_snapshot_routes(OperationTable& table, ApiBackend& backend) {
  Operation listing{"GET", "/v1/snapshots", "listSnapshots", "snapshots",
                    "The snapshots of the state that this node has, oldest first"};
  const Json item = object_schema({{"height", number_schema()},
                                   {"epoch", number_schema()},
                                   {"id", hash_schema()},
                                   {"time_ms", number_schema()},
                                   {"chunks", number_schema()},
                                   {"bytes", number_schema()}});
  listing.answers = {{200, "all of them; nodes of the same id have the same one",
                      object_schema({{"snapshots", Json{{"type", "array"}, {"items", item}}}})}};
  table.add(std::move(listing),
            OperationTable::Handler(
                [&backend](const HttpRequest&, const PathParameters&) { return list(backend); }));
  table.add(binary_operation("/v1/snapshots/{height}/manifest", "getSnapshotManifest",
                             "What a snapshot consists of, and its proof"),
            network::RouteHandler([&backend](HttpRequest, PathParameters parameters) {
              return manifest(backend, std::move(parameters));
            }));
  Operation one =
      binary_operation("/v1/snapshots/{height}/chunks/{index}", "getSnapshotChunk", "A chunk of a snapshot");
  one.parameters.push_back({"index", "counted from 0", number_schema()});
  table.add(std::move(one), network::RouteHandler([&backend](HttpRequest, PathParameters parameters) {
              return chunk(backend, std::move(parameters));
            }));
}

}  // namespace jingchu::node
