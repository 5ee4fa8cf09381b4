// GET /v1/status, /healthz, /readyz and /metrics.
#include <algorithm>

#include "node/api/problem_types.h"
#include "node/api/routes.h"
#include "node/api/schemas.h"
#include "node/api/views.h"

namespace jingchu::node {
namespace {

using network::HttpRequest;
using network::HttpResponse;
using network::PathParameters;

constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

// Validators within reach, this one among them.
std::size_t reachable_validators(const NodeView& view) {
  const auto reachable = [&](const std::string& validator) {
    return validator == view.name ||
           std::any_of(view.peers.begin(), view.peers.end(), [&](const network::PeerStatus& peer) {
             return peer.connected && peer.name == validator;
           });
  };
  return static_cast<std::size_t>(std::count_if(view.validators.begin(), view.validators.end(), reachable));
}

// Why a load balancer should send its requests elsewhere. A follower needs no quorum and no vote: one honest
// validator within reach tells it all.
std::vector<std::string> not_ready_reasons(const NodeView& view) {
  std::vector<std::string> reasons;
  const bool validator = view.role == "validator";
  const std::size_t count = view.validators.size();
  const std::size_t needed = validator ? consensus::quorum(count) : consensus::one_honest(count);
  const std::size_t reachable = reachable_validators(view);
  if (!view.failure.empty()) reasons.push_back("it no longer serves: " + view.failure);
  if (!view.consensus.stopped.empty()) reasons.push_back("an alarm stopped it: " + view.consensus.stopped);
  if (validator && !view.consensus.votes) reasons.emplace_back("it does not vote");
  if (!view.caught_up) reasons.emplace_back("it has not yet executed what the network has finalized");
  reasons.insert(reasons.end(), view.problems.begin(), view.problems.end());
  if (reachable < needed) {
    reasons.push_back("only " + std::to_string(reachable) + " of " + std::to_string(needed) +
                      " needed validators are within reach");
  }
  return reasons;
}

HttpResponse readiness(const ApiBackend& backend) {
  const auto reasons = not_ready_reasons(backend.view());
  if (reasons.empty()) return json_answer(200, Json{{"status", "ready"}});
  std::string what;
  for (const auto& reason : reasons) what += (what.empty() ? "" : "; ") + reason;
  auto response = problem_of(environment_error("not-ready", what));
  response.body = with_member(std::move(response.body), "reasons", to_text(Json(reasons)));
  return response;
}

HttpResponse metrics(const ApiBackend& backend) {
  HttpResponse response;
  response.content_type = kMetricsType;
  response.body = backend.metrics();
  return response;
}

Operation simple(std::string pattern, std::string id, std::string summary, OperationAnswer answer) {
  Operation operation{"GET", std::move(pattern), std::move(id), "status", std::move(summary)};
  operation.answers = {std::move(answer)};
  return operation;
}

}  // namespace

void add_status_routes(OperationTable& table, const ApiBackend& backend, const ApiOptions& options) {
  using Handler = OperationTable::Handler;
  table.add(simple("/v1/status", "getStatus", "Read this node's view of itself and its network",
                   {200, "a copy of one moment", schema_reference("Status")}),
            Handler([&backend, &options](const HttpRequest&, const PathParameters&) {
              return json_answer(200, status_view(backend.view(), backend.genesis(), options.version));
            }));
  table.add(simple("/healthz", "getHealth", "Ask whether the process serves",
                   {200, "it serves", object_schema({{"status", choice_schema({"serving"})}})}),
            Handler([](const HttpRequest&, const PathParameters&) {
              return json_answer(200, Json{{"status", "serving"}});
            }));
  Operation ready = simple("/readyz", "getReadiness", "Ask whether this node should get requests",
                           {200, "it executes, votes, is caught up and has a quorum within reach",
                            object_schema({{"status", choice_schema({"ready"})}})});
  ready.problems = {"not-ready"};
  table.add(std::move(ready),
            Handler([&backend](const HttpRequest&, const PathParameters&) { return readiness(backend); }));
  table.add(simple("/metrics", "getMetrics", "Read the metrics in Prometheus text format",
                   {200, "metrics", Json{{"type", "string"}}, std::string(kMetricsType)}),
            Handler([&backend](const HttpRequest&, const PathParameters&) { return metrics(backend); }));
}

}  // namespace jingchu::node
