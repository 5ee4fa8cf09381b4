// GET /v1/misbehaviour.
#include "common/codec.h"
#include "node/api/problem_types.h"
#include "node/api/routes.h"
#include "node/api/schemas.h"

namespace jingchu::node {
namespace {

using network::HttpRequest;
using network::HttpResponse;
using network::PathParameters;

constexpr std::uint64_t kPageDefault = 30;
constexpr std::uint64_t kPageMax = 200;
// Then the page ends, after one piece at least: the proof of an invalid batch may be large.
constexpr std::size_t kPageBytesMax = 256 << 10;

struct Page {
  std::uint64_t limit = kPageDefault;
  std::string after;
};

Result<Page> page_of(const HttpRequest& request) {
  Page page;
  page.after = request.query_value("after").value_or("");
  const auto limit = request.query_value("limit");
  if (limit) {
    ASSIGN_OR_RETURN(page.limit, number_parameter("limit", *limit));
  }
  if (page.limit >= 1 && page.limit <= kPageMax) return page;
  return caller_error("invalid-parameter", "limit is from 1 to " + std::to_string(kPageMax), {}, "limit");
}

Json view_of(const ledger::RecordedEvidence& recorded, const Bytes& bytes) {
  const auto& evidence = recorded.evidence;
  return {{"epoch", evidence.epoch.value()},
          {"validator", recorded.validator},
          {"index", evidence.culprit.value()},
          {"kind", to_string(evidence.kind)},
          {"number", evidence.number},
          {"recorded_ms", recorded.recorded_ms},
          {"bytes", to_hex(bytes)}};
}

HttpResponse list(const ApiBackend& backend, const HttpRequest& request) {
  const auto page = page_of(request);
  if (!page.ok()) return problem_of(page.error());
  Json list = Json::array();
  Json next;
  std::size_t bytes_shown = 0;
  std::string last;
  const Status read =
      backend.misbehaviour().visit(page->after, [&](const ledger::RecordedEvidence& recorded) {
        const Bytes bytes = encode(recorded.evidence);
        if (list.size() == page->limit || (!list.empty() && bytes_shown + bytes.size() > kPageBytesMax)) {
          next = last;
          return false;
        }
        bytes_shown += bytes.size();
        last = ledger::MisbehaviourStore::place_of(recorded.evidence);
        list.push_back(view_of(recorded, bytes));
        return true;
      });
  if (!read.ok()) return problem_of(read.error());
  return json_answer(200, Json{{"chain_id", to_hex(backend.genesis().chain_id)},
                               {"evidence", std::move(list)},
                               {"next", std::move(next)}});
}

Operation list_operation() {
  Operation operation{"GET", "/v1/misbehaviour", "getMisbehaviour", "status",
                      "Read the evidence of misbehaviour of validators"};
  operation.description =
      "What this node holds of the present epoch and the one before. Each piece proves itself: the bytes are "
      "in docs/formats.md, \"Evidence\", and `jingchu verify-misbehaviour` checks them with the genesis "
      "file.";
  operation.parameters = {{"limit", "pieces on a page: 1 to 200, else 30", number_schema()},
                          {"after", "the `next` of the page before", Json{{"type", "string"}}}};
  operation.answers = {
      {200, "ascending by epoch, validator, kind and number", schema_reference("Misbehaviour")}};
  operation.problems = {"invalid-parameter", "storage-failed", "storage-corrupted"};
  return operation;
}

}  // namespace

void add_misbehaviour_routes(OperationTable& table, const ApiBackend& backend) {
  table.add(list_operation(),
            OperationTable::Handler([&backend](const HttpRequest& request, const PathParameters&) {
              return list(backend, request);
            }));
}

}  // namespace jingchu::node
