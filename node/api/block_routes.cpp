// GET /v1/blocks/{height}, /v1/blocks/latest and /v1/genesis.
#include "node/api/problem_types.h"
#include "node/api/routes.h"
#include "node/api/schemas.h"
#include "node/api/views.h"

namespace jingchu::node {
namespace {

using network::HttpRequest;
using network::HttpResponse;
using network::PathParameters;

HttpResponse answer(const Result<std::optional<ledger::StoredBlock>>& block, const std::string& what) {
  if (!block.ok()) return problem_of(block.error());
  if (!*block) {
    return problem_of(
        caller_error("not-found", what, "ask again later; /v1/status has the last executed height"));
  }
  return json_answer(200, block_view(**block));
}

HttpResponse block_at(const ApiBackend& backend, const std::string& height_text) {
  const auto height = number_parameter("height", height_text);
  if (!height.ok()) return problem_of(height.error());
  return answer(backend.blocks().block(Height(*height)),
                "this node has not executed a block of height " + std::to_string(*height));
}

// Right after a snapshot was restored there is none: what the store has of the head is no whole block.
HttpResponse latest_block(const ApiBackend& backend) {
  const auto block = backend.blocks().latest();
  if (block.ok() || block.error().type != "pruned")
    return answer(block, "this node has not executed any block");
  return problem_of(environment_error(
      "not-ready", "this node began with a snapshot and has executed no block since",
      "ask again when it has: /v1/status has the height that it is at; or ask another node"));
}

Operation block_operation(std::string pattern, std::string id, std::string summary) {
  Operation operation{"GET", std::move(pattern), std::move(id), "blocks", std::move(summary)};
  operation.answers = {{200, "an executed block with its finalization", schema_reference("Block")}};
  operation.problems = {"not-found", "storage-failed", "storage-corrupted"};
  return operation;
}

Operation genesis_operation() {
  Operation operation{"GET", "/v1/genesis", "getGenesis", "blocks", "Read the genesis file"};
  operation.description = "Its exact bytes: their SHA-256 is the chain id.";
  operation.answers = {{200, "the genesis file", Json{{"type", "object"}}}};
  return operation;
}

}  // namespace

void add_block_routes(OperationTable& table, const ApiBackend& backend) {
  using Handler = OperationTable::Handler;
  Operation latest = block_operation("/v1/blocks/latest", "getLatestBlock", "Read the last executed block");
  latest.problems.push_back("not-ready");
  table.add(std::move(latest),
            Handler([&backend](const HttpRequest&, const PathParameters&) { return latest_block(backend); }));
  Operation by_height = block_operation("/v1/blocks/{height}", "getBlock", "Read an executed block");
  by_height.parameters = {{"height", "0 is genesis", number_schema()}};
  by_height.problems.push_back("invalid-parameter");
  by_height.problems.push_back("pruned");
  table.add(std::move(by_height), Handler([&backend](const HttpRequest&, const PathParameters& parameters) {
              return block_at(backend, parameters.at("height"));
            }));
  table.add(genesis_operation(), Handler([&backend](const HttpRequest&, const PathParameters&) {
              return json_answer(200, backend.genesis_file());
            }));
}

}  // namespace jingchu::node
