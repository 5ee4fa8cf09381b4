#include "node/api/problem_types.h"

#include <algorithm>
#include <array>

#include "common/file_system.h"
#include "network/problem.h"

namespace jingchu::node {
namespace {

constexpr auto kProblemTypes = std::to_array<ProblemType>({
    {"bad-request", 400, 0, "send HTTP/1.1 as in RFC 9112"},
    {"bad-target", 400, 0, "mend the percent escapes of the path and the query; give each parameter once"},
    {"invalid-parameter", 400, 0, "correct the parameter that \"where\" names"},
    {"unknown-parameter", 400, 0, "leave the parameter out; /openapi.json lists those that exist"},
    {"malformed-json", 400, 0,
     "send one JSON value in UTF-8, without duplicate keys and without a byte-order mark"},
    {"malformed-transaction", 400, 0, "build the envelope as in docs/formats.md, \"Over HTTP\""},
    {"malformed-key", 400, 0, "give the sender as ed25519:<64 hex digits> or sm2:<130 hex digits>"},
    {"malformed-name", 400, 0, "correct the name of the contract or method that \"where\" points at"},
    {"no-calls", 400, 0, "put at least one call into the transaction"},
    {"too-many-calls", 400, 0, "divide the calls over several transactions"},
    {"unknown-contract", 400, 0, "correct the name that \"where\" points at; docs/api.md has the contracts"},
    {"unknown-method", 400, 0, "correct the name that \"where\" points at"},
    {"invalid-arguments", 400, 0, "correct the place that \"where\" points at"},
    {"over-cost", 400, 0, "divide the call over several calls"},
    {"wrong-version", 400, 0, "use the transaction version of docs/formats.md"},
    {"wrong-chain", 400, 0, "sign for this network: its chain id is in /v1/status"},
    {"bad-signature", 400, 0, "sign the bytes that docs/formats.md calls the head, with the sender's key"},
    {"no-histories", 400, 0, "ask for an entity of evidence, provenance or agriculture"},
    {"bad-entity-name", 400, 0, "give the entity's name as docs/formats.md, \"Histories\" has it"},
    {"too-many-records", 400, 0, "ask without records=true, and for each record by its transaction"},
    {"unknown-sender", 403, 0, "have the organization's key registered in the identity module"},
    {"inactive-sender", 403, 0, "use a key that is active in the identity module"},
    {"not-found", 404, 0, "see /openapi.json for the paths that exist"},
    {"method-not-allowed", 405, 0, "use a method that the Allow header lists"},
    {"request-timeout", 408, 0, "send the whole request at once"},
    {"expired", 409, 0, "it will never execute: build and sign a new transaction with a later valid_until"},
    {"not-yet-valid", 409, 0, "choose a valid_until within validity_window above the height in /v1/status"},
    {"pruned", 410, 0, "ask a node that keeps all of it (\"history\" in /v1/status), or read the archive"},
    {"body-too-large", 413, 0, "send fewer calls in one transaction"},
    {"transaction-too-large", 413, 0, "send fewer calls in one transaction, or smaller payloads"},
    {"unsupported-media-type", 415, 0, "send the header Content-Type: application/json"},
    {"no-lane", 421, 0, "send the same bytes to a validator: \"validators\" in /v1/status names them"},
    {"too-many-requests", 429, 1, "send the same request again later"},
    {"too-many-client-connections", 429, 1, "keep connections alive instead of opening new ones"},
    {"header-too-large", 431, 0, "send fewer or shorter header fields"},
    {"internal-error", 500, 0,
     "ask for the transaction's status before sending it again; sending the same bytes is safe"},
    {"mempool-full", 503, 1, "send the same bytes again later, or to another validator"},
    {"sender-share-full", 503, 1,
     "wait until some of this sender's transactions are final, then send the same bytes again"},
    {"not-provable-yet", 503, 1, "ask again: the next final blocks bring what is lacking"},
    {"not-serving", 503, 5, "send the same bytes to another validator"},
    {"not-ready", 503, 5, "use another validator until this one is ready"},
    {"storage-failed", 503, 5, "use another validator; this one's operator must look at its disk"},
    {"storage-corrupted", 503, 5, "use another validator; this one's operator must look at its disk"},
    {"disk-full", 503, 5, "use another validator; this one's operator must look at its disk"},
    {"server-busy", 503, 1, "send the same request again later, or smaller ones"},
    {"too-many-connections", 503, 1, "keep connections alive instead of opening new ones"},
});

// The operator's matter: paths and what the disk said go to the log and to /readyz.
bool is_of_the_disk(const Error& error) {
  return is_disk_error(error) || error.type == "storage-corrupted";
}

}  // namespace

std::span<const ProblemType> problem_types() {
  return kProblemTypes;
}

const ProblemType* find_problem_type(std::string_view type) {
  const auto found = std::find_if(kProblemTypes.begin(), kProblemTypes.end(),
                                  [&](const ProblemType& listed) { return listed.type == type; });
  return found == kProblemTypes.end() ? nullptr : &*found;
}

network::HttpResponse problem_of(Error error) {
  if (is_of_the_disk(error)) error = environment_error(error.type, "this node can not use its disk");
  const ProblemType* listed = find_problem_type(error.type);
  if (!listed) return network::problem(error);
  if (error.remedy.empty()) error.remedy = listed->remedy;
  auto response = network::problem(error, listed->status);
  if (listed->retry_after_s != 0) {
    response.headers.emplace_back("Retry-After", std::to_string(listed->retry_after_s));
  }
  return response;
}

}  // namespace jingchu::node
