// GET /v1/proofs/...: bundles that prove themselves to whoever has the genesis file (docs/formats.md, "Proof
// bundles").
#include <algorithm>

#include "ledger/proof_writer.h"
#include "node/api/problem_types.h"
#include "node/api/routes.h"
#include "node/api/schemas.h"

namespace jingchu::node {
namespace {

using network::HttpRequest;
using network::HttpResponse;
using network::PathParameters;

HttpResponse answer(const Result<ledger::ProofBundle>& proof) {
  if (!proof.ok()) return problem_of(proof.error());
  return json_answer(200, ledger::write_proof(*proof));
}

HttpResponse prove_record(const ApiBackend& backend, const PathParameters& parameters) {
  const auto id = array_from_hex<32>(parameters.at("id"));
  if (!id)
    return problem_of(caller_error("invalid-parameter", "id: expected 64 hexadecimal digits", {}, "id"));
  const auto call = number_parameter("call", parameters.at("call"));
  if (!call.ok()) return problem_of(call.error());
  constexpr std::uint64_t kNone = 0xffffffff;  // no transaction has so many calls
  return answer(backend.prove_record(*id, static_cast<std::uint32_t>(std::min(*call, kNone))));
}

HttpResponse prove_entity(const ApiBackend& backend, const HttpRequest& request,
                          const PathParameters& parameters) {
  const auto records = request.query_value("records").value_or("false");
  if (records != "true" && records != "false") {
    return problem_of(caller_error("invalid-parameter", "records is \"true\" or \"false\"", {}, "records"));
  }
  return answer(backend.prove_entity(parameters.at("contract"), parameters.at("name"), records == "true"));
}

Operation proof_operation(std::string pattern, std::string id, std::string summary) {
  Operation operation{"GET", std::move(pattern), std::move(id), "proofs", std::move(summary)};
  operation.description =
      "The bundle proves itself to whoever has the genesis file: jingchu verify, or the page verify.html.";
  operation.answers = {{200, "a proof bundle: docs/formats.md, \"Proof bundles\"", Json{{"type", "object"}}}};
  operation.problems = {"invalid-parameter", "not-provable-yet", "storage-failed", "storage-corrupted"};
  return operation;
}

}  // namespace

void add_proof_routes(OperationTable& table, const ApiBackend& backend) {
  using Handler = OperationTable::Handler;
  Operation record =
      proof_operation("/v1/proofs/transactions/{id}/calls/{call}", "proveRecord",
                      "Prove one call of a transaction and how it ended, without its neighbours");
  record.parameters = {{"id", "of the transaction", hash_schema()},
                       {"call", "counted from 0", number_schema()}};
  record.problems.push_back("not-found");
  table.add(std::move(record), Handler([&backend](const HttpRequest&, const PathParameters& parameters) {
              return prove_record(backend, parameters);
            }));
  Operation entity = proof_operation("/v1/proofs/entities/{contract}/{name...}", "proveEntity",
                                     "Prove the state of an entity or its absence, or all of its records");
  entity.parameters = {{"contract", "a module that keeps histories: evidence, provenance, agriculture",
                        Json{{"type", "string"}}},
                       {"name", "any form of the entity's name", Json{{"type", "string"}}},
                       {"records", "true: with all records, so that the history is proven complete",
                        Json{{"type", "string"}}}};
  for (const char* type : {"unknown-contract", "no-histories", "bad-entity-name", "too-many-records"}) {
    entity.problems.emplace_back(type);
  }
  table.add(std::move(entity),
            Handler([&backend](const HttpRequest& request, const PathParameters& parameters) {
              return prove_entity(backend, request, parameters);
            }));
}

}  // namespace jingchu::node
