// GET /v1/archive/...: segments of the archive, for operators whose own are damaged or missing
// (docs/formats.md, "Archive segments").
#include "node/api/problem_types.h"
#include "node/api/routes.h"
#include "node/api/schemas.h"

namespace jingchu::node {
namespace {

using boost::asio::awaitable;
using network::HttpRequest;
using network::HttpResponse;
using network::PathParameters;

awaitable<HttpResponse> list(ApiBackend& backend) {
  const auto ranges = co_await backend.archive_epochs();
  if (!ranges.ok()) co_return problem_of(ranges.error());
  Json all = Json::array();
  for (const auto& range : *ranges) {
    all.push_back({{"first", range.first.value()}, {"last", range.last.value()}});
  }
  co_return json_answer(200, Json{{"epochs", all}});
}

awaitable<HttpResponse> segment(ApiBackend& backend, PathParameters parameters) {
  const auto epoch = number_parameter("epoch", parameters.at("epoch"));
  if (!epoch.ok()) co_return problem_of(epoch.error());
  const auto view = co_await backend.archive_segment(Epoch(*epoch));
  if (!view.ok()) co_return problem_of(view.error());
  Json pieces = Json::array();
  for (const Hash& piece : view->pieces) pieces.push_back(to_hex(piece));
  co_return json_answer(200, Json{{"epoch", view->epoch.value()},
                                  {"first_height", view->first.value()},
                                  {"last_height", view->last.value()},
                                  {"bytes", view->bytes},
                                  {"piece_bytes", ledger::kSegmentPieceBytes},
                                  {"pieces", pieces}});
}

awaitable<HttpResponse> piece(ApiBackend& backend, PathParameters parameters) {
  const auto epoch = number_parameter("epoch", parameters.at("epoch"));
  if (!epoch.ok()) co_return problem_of(epoch.error());
  const auto index = number_parameter("index", parameters.at("index"));
  if (!index.ok()) co_return problem_of(index.error());
  co_return binary_answer(co_await backend.archive_piece(Epoch(*epoch), *index));
}

Operation archive_list_operation() {
  Operation operation{"GET", "/v1/archive", "listArchive", "archive",
                      "The epochs of which this node has archive segments"};
  const Json range = object_schema({{"first", number_schema()}, {"last", number_schema()}});
  operation.answers = {{200, "ranges, ascending; both ends included",
                        object_schema({{"epochs", Json{{"type", "array"}, {"items", range}}}})}};
  operation.problems = {"storage-failed"};
  return operation;
}

Operation segment_operation(std::string pattern, std::string id, std::string summary) {
  Operation operation{"GET", std::move(pattern), std::move(id), "archive", std::move(summary)};
  operation.description =
      "docs/formats.md, \"Archive segments\"; jingchu archive repair fetches and verifies it. A segment that "
      "is damaged here is not given.";
  operation.parameters = {{"epoch", "of the segment", number_schema()}};
  operation.problems = {"invalid-parameter", "not-found"};
  return operation;
}

}  // namespace

void add_archive_routes(OperationTable& table, ApiBackend& backend) {
  table.add(archive_list_operation(),
            network::RouteHandler([&backend](HttpRequest, PathParameters) { return list(backend); }));
  Operation one = segment_operation("/v1/archive/{epoch}", "getArchiveSegment", "What a segment consists of");
  one.answers = {{200,
                  "its size, and the SHA-256 of each piece; nodes' segments of an epoch prove the same, but "
                  "may differ in whose signatures they hold",
                  object_schema({{"epoch", number_schema()},
                                 {"first_height", number_schema()},
                                 {"last_height", number_schema()},
                                 {"bytes", number_schema()},
                                 {"piece_bytes", number_schema()},
                                 {"pieces", Json{{"type", "array"}, {"items", hash_schema()}}}})}};
  table.add(std::move(one), network::RouteHandler([&backend](HttpRequest, PathParameters parameters) {
              return segment(backend, std::move(parameters));
            }));
  Operation bytes =
      segment_operation("/v1/archive/{epoch}/pieces/{index}", "getArchivePiece", "A piece of a segment");
  bytes.parameters.push_back({"index", "counted from 0", number_schema()});
  bytes.answers = {binary_bytes()};
  table.add(std::move(bytes), network::RouteHandler([&backend](HttpRequest, PathParameters parameters) {
              return piece(backend, std::move(parameters));
            }));
}

}  // namespace jingchu::node
