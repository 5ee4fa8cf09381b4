#include "node/api/schemas.h"

#include "node/api/problem_types.h"

namespace jingchu::node {
namespace {

Json described(Json schema, std::string_view description) {
  schema["description"] = description;
  return schema;
}

Json text() {
  return {{"type", "string"}};
}
Json text_or_null() {
  return {{"type", Json::array({"string", "null"})}};
}
Json number_or_null() {
  return {{"type", Json::array({"integer", "null"})}, {"minimum", 0}};
}
Json truth() {
  return {{"type", "boolean"}};
}
Json list_of(Json items) {
  return {{"type", "array"}, {"items", std::move(items)}};
}
Json hexadecimal(std::size_t bytes) {
  const std::string digits = std::to_string(2 * bytes);
  return {{"type", "string"}, {"pattern", "^[0-9a-f]{" + digits + "}$"}};
}

Json transaction() {
  const Json call =
      object_schema({{"contract", text()},
                     {"method", text()},
                     {"payload", described(text(), "the exact bytes of the payload, itself one JSON text")}});
  return object_schema({
      {"version", described(number_schema(), "1")},
      {"chain_id", hash_schema()},
      {"sender", described(text(), "ed25519:<hex> or sm2:<hex>")},
      {"nonce", described(hexadecimal(16), "random")},
      {"valid_until", described(number_schema(), "the last height at which it may execute")},
      {"on_error", choice_schema({"rollback", "proceed"})},
      {"calls", list_of(call)},
      {"signature", described(hexadecimal(64), "over the head (docs/formats.md)")},
  });
}

Json receipt() {
  const Json event = object_schema(
      {{"name", text()}, {"data", described(Json::object(), "as the contract wrote it; numbers are exact")}});
  return object_schema({
      {"call_index", number_schema()},
      {"code", described(text(), "ok, the type of the error, rolled-back or not-executed")},
      {"message", described(text(), "the error in words; empty if ok")},
      {"where", described(text(), "JSON Pointer into the payload; may be empty")},
      {"cost", number_schema()},
      {"events", list_of(event)},
  });
}

Json final_transaction() {
  return object_schema({{"id", hash_schema()},
                        {"status", choice_schema({"final"})},
                        {"height", number_schema()},
                        {"receipts", described(list_of(schema_reference("Receipt")), "one for each call")}});
}

Json header() {
  const Json entry = object_schema({{"sequence", number_schema()}, {"tip", hash_schema()}});
  return object_schema({
      {"protocol_version", number_schema()},
      {"epoch", number_schema()},
      {"view", number_schema()},
      {"height", number_schema()},
      {"parent_view", number_schema()},
      {"parent_hash", hash_schema()},
      {"cut", described(list_of(entry), "one entry for each validator")},
      {"time_ms", described(number_schema(), "since 1970-01-01T00:00:00Z")},
      {"executed_height", number_schema()},
      {"executed_root", described(hash_schema(), "of executed_height")},
      {"validators_hash", hash_schema()},
      {"next_validators_hash", hash_schema()},
  });
}

Json certificate() {
  const Json signature = object_schema(
      {{"signer", described(number_schema(), "index in the validator set")}, {"signature", hexadecimal(64)}});
  return object_schema({
      {"epoch", number_schema()},
      {"kind", choice_schema({"notarize", "nullify", "finalize"})},
      {"view", number_schema()},
      {"height", number_schema()},
      {"hash", hash_schema()},
      {"signatures", list_of(signature)},
  });
}

Json block() {
  Json finalization = {{"oneOf", Json::array({schema_reference("Certificate"), Json{{"type", "null"}}})}};
  return object_schema({
      {"height", number_schema()},
      {"hash", hash_schema()},
      {"header", schema_reference("Header")},
      {"transactions", described(list_of(hash_schema()), "ids, in the order of execution")},
      {"batches", described(list_of(hash_schema()), "tips, in the order of execution")},
      {"finalization",
       described(std::move(finalization), "of this block or of the last of path; null for genesis")},
      {"path",
       described(list_of(schema_reference("Header")), "from above this block to the finalized descendant")},
      {"executed_root", described(hash_schema(), "of this height, as this node computed it")},
      {"state_root", hash_schema()},
      {"entities_root", hash_schema()},
      {"state_checksum", hash_schema()},
      {"receipts_root", hash_schema()},
      {"history_root", hash_schema()},
      {"cost", number_schema()},
  });
}

Json peer() {
  Json report = {{"oneOf", Json::array({schema_reference("PeerReport"), Json{{"type", "null"}}})}};
  return object_schema({
      {"name", text()},
      {"connected", truth()},
      {"last_reason", described(text(), "why the last connection ended or could not be made")},
      {"last_type", described(text(), "the same, stable: unreachable, unknown-key, another-chain, ...")},
      {"last_age_ms", described(number_or_null(), "how long ago that was")},
      {"report", described(std::move(report), "what it said last of itself, if it is a validator")},
      {"bytes_in", number_schema()},
      {"bytes_out", number_schema()},
      {"frames_in", number_schema()},
      {"frames_out", number_schema()},
      {"dropped_frames", number_schema()},
      {"queued_bytes", number_schema()},
      {"connects", number_schema()},
  });
}

Json peer_report() {
  return object_schema({
      {"age_ms", described(number_schema(), "how long ago; every 20 ms is usual")},
      {"view", number_schema()},
      {"final_height", number_schema()},
      {"height", described(number_schema(), "the last that it has executed")},
      {"root_differs",
       described(Json{{"type", Json::array({"boolean", "null"})}}, "from ours at height; null: not known")},
      {"batches_lacking", described(number_schema(), "that are stored here and not there")},
  });
}

Json disk() {
  return object_schema({
      {"of", choice_schema({"log", "database"})},
      {"free_bytes", number_schema()},
      {"total_bytes", number_schema()},
      {"reserve_bytes", described(number_schema(), "no more than this is free: the node stops")},
      {"slow_syncs", described(number_schema(), "of 200 ms or more, since the start")},
  });
}

Json history() {
  return object_schema({
      {"keep", described(Json{{"oneOf", Json::array({choice_schema({"all"}), number_schema()})}},
                         "\"all\", or how many of the last blocks")},
      {"from_height", described(number_schema(), "the first block of which it answers; genesis aside")},
  });
}

Json mempool() {
  return object_schema({{"transactions", number_schema()},
                        {"bytes", number_schema()},
                        {"transactions_max", number_schema()},
                        {"bytes_max", number_schema()}});
}

Json status() {
  const Json refusal = object_schema({{"reason", text()}, {"count", number_schema()}});
  return object_schema({
      {"name", text()},
      {"role", choice_schema({"validator", "next", "follower", "observer"})},
      {"version", text()},
      {"protocol_version", number_schema()},
      {"chain_id", hash_schema()},
      {"network", described(text(), "the name in genesis")},
      {"epoch", number_schema()},
      {"height", described(number_schema(), "the last that was executed here")},
      {"root", described(hash_schema(), "executed root of height")},
      {"final_height", number_schema()},
      {"view", number_schema()},
      {"final_view", number_schema()},
      {"validators", described(list_of(text()), "names of the epoch's validators, in their order")},
      {"leader", described(object_schema({{"index", number_schema()}, {"name", text()}}), "of view")},
      {"votes", truth()},
      {"abstains", described(text_or_null(),
                             "key-without-log or behind-its-log: why a validator that "
                             "nothing stopped does not vote")},
      {"stopped", described(text_or_null(), "the alarm that stopped it; null while there is none")},
      {"failure", described(text_or_null(), "why it no longer serves; null while all is well")},
      {"caught_up", described(truth(), "has executed what the network has finalized, as far as it knows")},
      {"behind_horizon",
       described(truth(), "needs blocks that no peer gives it, which they have pruned: restore a snapshot")},
      {"problems", described(list_of(text()), "of its machine: the clock, file descriptors")},
      {"nullified_views", described(number_schema(), "that ended without a block, in this epoch")},
      {"nullified_by_leader", described(list_of(number_schema()), "the same by their leader, as validators")},
      {"peers", list_of(schema_reference("Peer"))},
      {"refusals",
       described(list_of(refusal), "peers' connections refused, failed or ended, since the start")},
      {"mempool", mempool()},
      {"disks", list_of(disk())},
      {"history", history()},
      {"clock_offset_ms", described(Json{{"type", Json::array({"integer", "null"})}},
                                    "ahead of the other validators' clocks; null: not known")},
      {"time_ms", described(number_schema(), "this machine's clock, since 1970-01-01T00:00:00Z")},
      {"uptime_ms", number_schema()},
  });
}

Json misbehaviour() {
  return object_schema({
      {"chain_id", hash_schema()},
      {"evidence", list_of(schema_reference("Evidence"))},
      {"next", described(text_or_null(), "where the next page begins; null: this is the last")},
  });
}

Json evidence() {
  return object_schema({
      {"epoch", number_schema()},
      {"validator", described(text(), "its name in the set of the epoch")},
      {"index", described(number_schema(), "in that set")},
      {"kind", choice_schema({"two-proposals", "two-notarizes", "two-finalizes", "nullify-and-finalize",
                              "two-batches", "invalid-batch"})},
      {"number", described(number_schema(), "the view; of batches the sequence")},
      {"recorded_ms", described(number_schema(), "by this node's clock, since 1970-01-01T00:00:00Z")},
      {"bytes", described(text(), "the evidence itself, in hexadecimal (docs/formats.md)")},
  });
}

Json problem() {
  Json types = Json::array();
  for (const auto& listed : problem_types())
    types.push_back("urn:jingchu:problem:" + std::string(listed.type));
  Json schema = object_schema({{"type", described(text(), "stable; a program may rely on it")},
                               {"title", text()},
                               {"status", number_schema()},
                               {"detail", text()}});
  schema["properties"]["type"]["examples"] = std::move(types);
  schema["properties"]["where"] = described(
      text(),
      "JSON Pointer into the body, with #place for one inside of a payload; or the name of a parameter");
  schema["properties"]["remedy"] = described(text(), "what to do about it");
  schema["properties"]["reasons"] = described(list_of(text()), "of not-ready: all of them");
  return schema;
}

}  // namespace

Json schema_reference(std::string_view name) {
  return {{"$ref", "#/components/schemas/" + std::string(name)}};
}
Json hash_schema() {
  return hexadecimal(32);
}
Json number_schema() {
  return {{"type", "integer"}, {"minimum", 0}};
}
Json choice_schema(std::initializer_list<std::string_view> values) {
  Json choices = Json::array();
  for (const auto value : values) choices.push_back(value);
  return {{"type", "string"}, {"enum", std::move(choices)}};
}

Json object_schema(std::initializer_list<std::pair<std::string_view, Json>> members) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const auto& [name, schema] : members) {
    properties[std::string(name)] = schema;
    required.push_back(name);
  }
  return {{"type", "object"},
          {"properties", std::move(properties)},
          {"required", std::move(required)},
          {"additionalProperties", false}};
}

Json component_schemas() {
  Json schemas = Json::object();
  schemas["Transaction"] = transaction();
  schemas["Received"] =
      object_schema({{"id", hash_schema()}, {"status", choice_schema({"pending", "unknown"})}});
  schemas["FinalTransaction"] = final_transaction();
  schemas["UnfinishedTransaction"] =
      object_schema({{"id", hash_schema()}, {"status", choice_schema({"pending", "expired", "unknown"})}});
  schemas["Receipt"] = receipt();
  schemas["Header"] = header();
  schemas["Certificate"] = certificate();
  schemas["Block"] = block();
  schemas["Peer"] = peer();
  schemas["PeerReport"] = peer_report();
  schemas["Status"] = status();
  schemas["Misbehaviour"] = misbehaviour();
  schemas["Evidence"] = evidence();
  schemas["Problem"] = problem();
  return schemas;
}

}  // namespace jingchu::node
