// POST /v1/transactions and GET /v1/transactions/{id}.
#include <algorithm>
#include <atomic>
#include <memory>

#include "ledger/transaction_json.h"
#include "node/api/problem_types.h"
#include "node/api/routes.h"
#include "node/api/schemas.h"
#include "node/api/views.h"

namespace jingchu::node {
namespace {

using network::HttpRequest;
using network::HttpResponse;
using network::PathParameters;
using std::chrono::milliseconds;

// What submissions share; outlives them.
struct Submission {
  ApiBackend& backend;
  Metrics& metrics;
  const ApiOptions& options;
  std::atomic<std::size_t> waiting{0};
};

Status check_content_type(const HttpRequest& request) {
  std::string type = request.header("content-type").value_or("");
  type.resize(std::min(type.find(';'), type.size()));
  while (type.ends_with(' ')) type.pop_back();
  std::transform(type.begin(), type.end(), type.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (type == "application/json") return ok_status();
  return caller_error("unsupported-media-type",
                      type.empty() ? "the request has no content type" : "the content type is " + type);
}

// How long the caller wants to wait; nothing: not at all.
Result<std::optional<milliseconds>> wait_of(const HttpRequest& request, const ApiOptions& options) {
  const auto wait = request.query_value("wait");
  const auto timeout = request.query_value("timeout_ms");
  if (wait && *wait != "final") {
    return caller_error("invalid-parameter", "wait can only be \"final\"", {}, "wait");
  }
  if (timeout && !wait) {
    return caller_error("invalid-parameter", "timeout_ms goes with wait=final", {}, "timeout_ms");
  }
  if (!wait) return std::optional<milliseconds>();
  std::uint64_t timeout_ms = options.wait_ms_default;
  if (timeout) {
    ASSIGN_OR_RETURN(timeout_ms, number_parameter("timeout_ms", *timeout));
  }
  return std::optional(milliseconds(std::min(timeout_ms, options.wait_ms_max)));
}

HttpResponse received(const Hash& id, TransactionState state) {
  auto response = json_answer(202, Json{{"id", to_hex(id)}, {"status", to_string(state)}});
  response.headers.emplace_back("Location", "/v1/transactions/" + to_hex(id));
  return response;
}

// What became of a transaction within the wait. A wait that ended is not a failure: the transaction is where
// it was.
HttpResponse outcome(const Hash& id, const Result<TransactionView>& view) {
  if (!view.ok()) return problem_of(view.error());
  if (view->state == TransactionState::kFinal) return json_answer(200, transaction_text(id, *view));
  if (view->state == TransactionState::kExpired) {
    return problem_of(caller_error("expired",
                                   "transaction " + to_hex(id) + " was not executed up to its valid_until",
                                   {}, "/valid_until"));
  }
  return received(id, view->state);
}

// One of the places of those who wait, as long as it lives.
class WaitingPlace {
 public:
  WaitingPlace(std::atomic<std::size_t>& taken, std::size_t places)
      : taken_(taken), is_free_(taken_++ < places) {}
  ~WaitingPlace() { --taken_; }
  WaitingPlace(const WaitingPlace&) = delete;
  WaitingPlace& operator=(const WaitingPlace&) = delete;

  bool is_free() const { return is_free_; }

 private:
  std::atomic<std::size_t>& taken_;
  const bool is_free_;
};

// The text goes with this call: a request that waits does not keep it.
Result<ledger::Transaction> read_transaction(std::string body) {
  return ledger::transaction_from_json(body);
}

boost::asio::awaitable<HttpResponse> submit(Submission& submission, HttpRequest request) {
  auto& [backend, metrics, options, waiting] = submission;
  const Status content_type = check_content_type(request);
  if (!content_type.ok()) co_return problem_of(content_type.error());
  const auto wait = wait_of(request, options);
  if (!wait.ok()) co_return problem_of(wait.error());
  auto transaction = read_transaction(std::move(request.body));
  if (!transaction.ok()) {
    metrics.refused(transaction.error().type);
    co_return problem_of(transaction.error());
  }
  const auto id = co_await backend.submit(std::move(*transaction));
  if (!id.ok()) co_return problem_of(id.error());
  if (!*wait) co_return received(*id, TransactionState::kPending);
  const WaitingPlace place(waiting, options.waits_max);
  if (!place.is_free()) co_return outcome(*id, backend.transaction(*id));
  const auto view = co_await backend.wait_final(*id, **wait);
  co_return outcome(*id, view);
}

Operation submit_operation() {
  Operation operation{"POST", "/v1/transactions", "submitTransaction", "transactions",
                      "Submit a transaction"};
  operation.description =
      "Sending the same transaction again is safe and answers the same id. 202 means received, not durable; "
      "only a "
      "final receipt acknowledges. The end of a wait is not a failure.";
  operation.parameters = {
      {"wait", "answer when the transaction is final, or after timeout_ms", choice_schema({"final"})},
      {"timeout_ms", "how long to wait, in milliseconds; bounded by the node", number_schema()}};
  operation.body = schema_reference("Transaction");
  operation.answers = {{200, "final, with one receipt for each call", schema_reference("FinalTransaction")},
                       {202, "received; not final yet", schema_reference("Received")}};
  operation.problems = {"unsupported-media-type",
                        "invalid-parameter",
                        "body-too-large",
                        "malformed-json",
                        "unknown-contract",
                        "unknown-method",
                        "invalid-arguments",
                        "over-cost",
                        "malformed-transaction",
                        "malformed-key",
                        "malformed-name",
                        "no-calls",
                        "too-many-calls",
                        "wrong-version",
                        "wrong-chain",
                        "transaction-too-large",
                        "bad-signature",
                        "unknown-sender",
                        "inactive-sender",
                        "expired",
                        "not-yet-valid",
                        "not-ready",
                        "mempool-full",
                        "sender-share-full",
                        "not-serving",
                        "no-lane",
                        "storage-failed",
                        "storage-corrupted",
                        "disk-full"};
  return operation;
}

HttpResponse find(const ApiBackend& backend, const std::string& id_text) {
  const auto id = array_from_hex<32>(id_text);
  if (!id) {
    return problem_of(
        caller_error("invalid-parameter", "a transaction id is 64 hexadecimal digits", {}, "id"));
  }
  const auto view = backend.transaction(*id);
  return view.ok() ? json_answer(200, transaction_text(*id, *view)) : problem_of(view.error());
}

Operation find_operation() {
  Operation operation{"GET", "/v1/transactions/{id}", "getTransaction", "transactions",
                      "Ask what became of a transaction"};
  operation.description =
      "unknown: this node does not know it; it may never have arrived, or was lost in a crash. Send the same "
      "bytes again. "
      "expired: it will never execute.";
  operation.parameters = {{"id", "as POST /v1/transactions answered it", hash_schema()}};
  operation.answers = {{200, "its status, and its receipts when it is final",
                        Json{{"oneOf", Json::array({schema_reference("FinalTransaction"),
                                                    schema_reference("UnfinishedTransaction")})}}}};
  operation.problems = {"invalid-parameter", "storage-failed", "storage-corrupted"};
  return operation;
}

}  // namespace

void add_transaction_routes(OperationTable& table, ApiBackend& backend, Metrics& metrics,
                            const ApiOptions& options) {
  const auto submission = std::make_shared<Submission>(backend, metrics, options);
  table.add(submit_operation(), network::RouteHandler([submission](HttpRequest request, PathParameters) {
              return submit(*submission, std::move(request));
            }));
  table.add(find_operation(),
            OperationTable::Handler([&backend](const HttpRequest&, const PathParameters& parameters) {
              return find(backend, parameters.at("id"));
            }));
}

}  // namespace jingchu::node
