#include "ledger/proof_parser.h"

#include "ledger/genesis.h"
#include "ledger/proof_reader.h"

namespace jingchu::ledger {
namespace {

using contracts::JsonDocument;
using contracts::JsonValue;

// The densest bundles are full of hashes, one value in 67 bytes, or of records without text, one in 47: none
// within kProofBytesMax has more.
constexpr std::size_t kNodesMax = 2'000'000;

void read_text(ProofReader& reader, const JsonValue& value, std::string_view expected, ProofReason reason) {
  if (!value.is_string() || value.text() != expected) {
    reader.fail(reason, value, std::string(expected));
  }
}

auto into(ProofReader& reader, Hash& out) {
  return [&reader, &out](const JsonValue& value) { reader.array(value, out); };
}
auto into(ProofReader& reader, std::string& out) {
  return [&reader, &out](const JsonValue& value) { reader.text(value, out); };
}
auto into(ProofReader& reader, std::uint64_t& out) {
  return [&reader, &out](const JsonValue& value) { reader.integer(value, out); };
}
auto into(ProofReader& reader, PublicKey& out) {
  return [&reader, &out](const JsonValue& value) { reader.key(value, out); };
}
auto into(ProofReader& reader, std::vector<Hash>& out) {
  return [&reader, &out](const JsonValue& value) {
    reader.list(value, out, [&](const JsonValue& element, Hash& hash) { reader.array(element, hash); });
  };
}
template <class T>
auto encoded_into(ProofReader& reader, T& out) {
  return [&reader, &out](const JsonValue& value) { reader.encoded(value, out); };
}

auto into(ProofReader& reader, FinalHeader& out) {
  return [&reader, &out](const JsonValue& value) {
    reader.object(value, {{"header", encoded_into(reader, out.header)},
                          {"path",
                           [&](const JsonValue& list) {
                             reader.list(list, out.path,
                                         [&](const JsonValue& element, consensus::Header& header) {
                                           reader.encoded(element, header);
                                         });
                           }},
                          {"finalization", encoded_into(reader, out.finalization)}});
  };
}

void read_validator(ProofReader& reader, const JsonValue& value, consensus::Validator& out) {
  reader.object(value, {{"name", into(reader, out.name)},
                        {"consensus_key", into(reader, out.consensus_key)},
                        {"transport_key", into(reader, out.transport_key)}});
}

void read_change(ProofReader& reader, const JsonValue& value, SetChange& out) {
  reader.object(value, {{"validators",
                         [&](const JsonValue& list) {
                           reader.list(list, out.validators,
                                       [&](const JsonValue& element, consensus::Validator& validator) {
                                         read_validator(reader, element, validator);
                                       });
                         }},
                        {"proof", into(reader, out.proof)}});
}

auto into(ProofReader& reader, ProofRoots& out) {
  return [&reader, &out](const JsonValue& value) {
    reader.object(value, {{"entities", into(reader, out.entities)},
                          {"checksum", into(reader, out.checksum)},
                          {"receipts", into(reader, out.receipts)},
                          {"history", into(reader, out.history)}});
  };
}

void read_receipt(ProofReader& reader, const JsonValue& value, Receipt& out) {
  reader.encoded(value, out);
  for (const auto* text : {&out.code, &out.message, &out.where}) reader.check_utf8(value, *text);
  for (const auto& event : out.events) {
    reader.check_utf8(value, event.name);
    reader.check_utf8(value, event.json);
  }
}

void read_head(ProofReader& reader, const JsonValue& value, TransactionHead& out) {
  reader.encoded(value, out);
  if (reader.failure()) return;
  const std::size_t key_bytes = out.sender.algorithm == Algorithm::kEd25519 ? 32 : 65;
  if (out.tag != TransactionHead().tag || out.sender.bytes.size() != key_bytes) {
    reader.fail(ProofReason::kNotEncoding, value, {}, "it is not the head of a transaction");
  }
}

void read_call(ProofReader& reader, const JsonValue& value, Call& out) {
  reader.encoded(value, out);
  reader.check_utf8(value, out.contract);
  reader.check_utf8(value, out.method);
}

void read_record_claim(ProofReader& reader, const JsonValue& value, RecordClaim& out) {
  reader.object(value, {{"block", encoded_into(reader, out.block)},
                        {"receipts_root", into(reader, out.receipts_root)},
                        {"history_path", into(reader, out.history_path)},
                        {"receipt", [&](const JsonValue& v) { read_receipt(reader, v, out.receipt); }},
                        {"receipt_index", into(reader, out.receipt_index)},
                        {"receipt_count", into(reader, out.receipt_count)},
                        {"receipt_path", into(reader, out.receipt_path)},
                        {"transaction", [&](const JsonValue& v) { read_head(reader, v, out.transaction); }},
                        {"signature", [&](const JsonValue& v) { reader.array(v, out.signature); }},
                        {"call", [&](const JsonValue& v) { read_call(reader, v, out.call); }},
                        {"call_path", into(reader, out.call_path)}});
}

void read_record(ProofReader& reader, const JsonValue& value, EntityRecord& out) {
  reader.object(value, {{"record", into(reader, out.record)}, {"recorded", [&](const JsonValue& v) {
                                                                 reader.encoded(v, out.recorded);
                                                                 reader.check_utf8(v,
                                                                                   out.recorded.organization);
                                                               }}});
}

void read_entity_claim(ProofReader& reader, const JsonValue& value, EntityClaim& out) {
  const auto head = [&](const JsonValue& v, EntityHead& into_head) {
    reader.object(v, {{"count", into(reader, into_head.count)}, {"chain", into(reader, into_head.chain)}});
  };
  const auto other = [&](const JsonValue& v, EntityLeaf& leaf) {
    reader.object(v, {{"path", into(reader, leaf.path)}, {"value_hash", into(reader, leaf.value_hash)}});
  };
  const auto records = [&](const JsonValue& v, std::vector<EntityRecord>& list) {
    reader.list(v, list, [&](const JsonValue& element, EntityRecord& record) {
      read_record(reader, element, record);
    });
  };
  reader.object(value, {{"contract", into(reader, out.contract)},
                        {"name", into(reader, out.name)},
                        {"siblings", into(reader, out.siblings)},
                        {"head", [&](const JsonValue& v) { reader.optional(v, out.head, head); }},
                        {"other", [&](const JsonValue& v) { reader.optional(v, out.other, other); }},
                        {"records", [&](const JsonValue& v) { reader.optional(v, out.records, records); }}});
}

void read_claim(ProofReader& reader, const JsonValue& value, bool is_record, ProofBundle& out) {
  if (is_record) return read_record_claim(reader, value, out.claim.emplace<RecordClaim>());
  read_entity_claim(reader, value, out.claim.emplace<EntityClaim>());
}

void read_version(ProofReader& reader, const JsonValue& value) {
  std::uint64_t version = 0;
  reader.integer(value, version);
  if (version != 1) reader.fail(ProofReason::kVersion, value, "1", std::to_string(version));
}

void read_bundle(ProofReader& reader, const JsonValue& root, ProofBundle& out) {
  if (!root.is_object()) return reader.fail(ProofReason::kNotObject, root);
  const bool is_record = root.find("record").has_value();
  if (is_record == root.find("entity").has_value()) return reader.fail(ProofReason::kOneClaim, root);
  const auto change = [&](const JsonValue& v, SetChange& set) { read_change(reader, v, set); };
  reader.object(
      root,
      {{"format", [&](const JsonValue& v) { read_text(reader, v, "jingchu-proof", ProofReason::kFormat); }},
       {"version", [&](const JsonValue& v) { read_version(reader, v); }},
       {"chain_id", into(reader, out.chain_id)},
       {"sets", [&](const JsonValue& v) { reader.list(v, out.sets, change); }},
       {"anchor", into(reader, out.anchor)},
       {"roots", into(reader, out.roots)},
       {is_record ? "record" : "entity",
        [&](const JsonValue& v) { read_claim(reader, v, is_record, out); }}});
}

void read_genesis_validator(ProofReader& reader, const JsonValue& value, consensus::Validator& out) {
  if (!value.is_object()) return reader.fail(ProofReason::kNotObject, value);
  reader.member(value, {"name", into(reader, out.name)});
  reader.member(value, {"consensus_key", into(reader, out.consensus_key)});
  reader.member(value, {"transport_key", into(reader, out.transport_key)});
}

void read_genesis_validators(ProofReader& reader, const JsonValue& value, ProofGenesis& out) {
  std::vector<consensus::Validator> validators;
  reader.list(value, validators, [&](const JsonValue& element, consensus::Validator& validator) {
    read_genesis_validator(reader, element, validator);
  });
  if (validators.empty() || validators.size() > kValidatorsMax) reader.fail(ProofReason::kNotList, value);
  out.validators = consensus::ValidatorSet(std::move(validators));
}

void read_genesis(ProofReader& reader, const JsonValue& root, ProofGenesis& out) {
  if (!root.is_object()) return reader.fail(ProofReason::kNotObject, root);
  reader.member(root, {"validators", [&](const JsonValue& v) { read_genesis_validators(reader, v, out); }});
  if (const auto name = root.find("name"); name && name->is_string()) out.name = name->text();
  const auto blocks = root.at("/parameters/epoch_blocks");
  if (!blocks) return;
  reader.integer(*blocks, out.epoch_blocks);
  if (out.epoch_blocks == 0) reader.fail(ProofReason::kNotInteger, *blocks);
}

template <class T>
std::variant<T, ProofFailure> parse(ByteView text, std::size_t bytes_max,
                                    void (*read)(ProofReader&, const JsonValue&, T&)) {
  const auto document = JsonDocument::parse(as_text(text), {bytes_max, kNodesMax});
  if (!document.ok()) {
    return ProofFailure{ProofReason::kNotJson, document.error().where, {}, document.error().what};
  }
  T out;
  ProofReader reader;
  read(reader, document->root(), out);
  if (reader.failure()) return *reader.failure();
  return out;
}

}  // namespace

std::variant<ProofBundle, ProofFailure> parse_proof(ByteView text) {
  return parse<ProofBundle>(text, kProofBytesMax, read_bundle);
}

std::variant<ProofGenesis, ProofFailure> parse_proof_genesis(ByteView file) {
  return parse<ProofGenesis>(file, kGenesisBytesMax, read_genesis);
}

}  // namespace jingchu::ledger
