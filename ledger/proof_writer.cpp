#include "ledger/proof_writer.h"

#include "common/codec.h"
#include "contracts/json_writer.h"

namespace jingchu::ledger {
namespace {

using contracts::JsonWriter;

void write_hashes(JsonWriter& json, std::string_view name, const std::vector<Hash>& hashes) {
  json.key(name).begin_array();
  for (const auto& hash : hashes) json.text(to_hex(hash));
  json.end_array();
}

void write_final(JsonWriter& json, const FinalHeader& final) {
  json.begin_object().member("header", to_hex(encode(final.header))).key("path").begin_array();
  for (const auto& header : final.path) json.text(to_hex(encode(header)));
  json.end_array().member("finalization", to_hex(encode(final.finalization))).end_object();
}

void write_change(JsonWriter& json, const SetChange& change) {
  json.begin_object().key("validators").begin_array();
  for (const auto& validator : change.validators) {
    json.begin_object()
        .member("name", validator.name)
        .member("consensus_key", to_string(validator.consensus_key))
        .member("transport_key", to_string(validator.transport_key))
        .end_object();
  }
  json.end_array().key("proof");
  write_final(json, change.proof);
  json.end_object();
}

void write_claim(JsonWriter& json, const RecordClaim& record) {
  json.key("record").begin_object();
  json.member("block", to_hex(encode(record.block))).member("receipts_root", to_hex(record.receipts_root));
  write_hashes(json, "history_path", record.history_path);
  json.member("receipt", to_hex(encode(record.receipt)))
      .member("receipt_index", record.receipt_index)
      .member("receipt_count", record.receipt_count);
  write_hashes(json, "receipt_path", record.receipt_path);
  json.member("transaction", to_hex(encode(record.transaction)))
      .member("signature", to_hex(record.signature))
      .member("call", to_hex(encode(record.call)));
  write_hashes(json, "call_path", record.call_path);
  json.end_object();
}

void write_records(JsonWriter& json, const EntityClaim& entity) {
  json.key("records");
  if (!entity.records) {
    json.null();
    return;
  }
  json.begin_array();
  for (const auto& [record, recorded] : *entity.records) {
    json.begin_object().member("record", record).member("recorded", to_hex(encode(recorded))).end_object();
  }
  json.end_array();
}

void write_claim(JsonWriter& json, const EntityClaim& entity) {
  json.key("entity").begin_object().member("contract", entity.contract).member("name", entity.name);
  write_hashes(json, "siblings", entity.siblings);
  json.key("head");
  if (entity.head) {
    json.begin_object()
        .member("count", entity.head->count)
        .member("chain", to_hex(entity.head->chain))
        .end_object();
  } else {
    json.null();
  }
  json.key("other");
  if (entity.other) {
    json.begin_object()
        .member("path", to_hex(entity.other->path))
        .member("value_hash", to_hex(entity.other->value_hash))
        .end_object();
  } else {
    json.null();
  }
  write_records(json, entity);
  json.end_object();
}

}  // namespace

std::string write_proof(const ProofBundle& bundle) {
  JsonWriter json;
  json.begin_object()
      .member("format", "jingchu-proof")
      .member("version", std::uint64_t{1})
      .member("chain_id", to_hex(bundle.chain_id));
  json.key("sets").begin_array();
  for (const auto& change : bundle.sets) write_change(json, change);
  json.end_array().key("anchor");
  write_final(json, bundle.anchor);
  json.key("roots")
      .begin_object()
      .member("entities", to_hex(bundle.roots.entities))
      .member("checksum", to_hex(bundle.roots.checksum))
      .member("receipts", to_hex(bundle.roots.receipts))
      .member("history", to_hex(bundle.roots.history))
      .end_object();
  std::visit([&](const auto& claim) { write_claim(json, claim); }, bundle.claim);
  return json.end_object().take() + "\n";
}

}  // namespace jingchu::ledger
