// The steps about the claim of a bundle, under roots that are final.
#include "common/codec.h"
#include "common/merkle.h"
#include "contracts/contract.h"
#include "contracts/entity_history.h"
#include "contracts/json.h"
#include "ledger/proof_work.h"

namespace jingchu::ledger::proof {
namespace {

using contracts::JsonDocument;
using contracts::JsonValue;

// The name that the module has for the entity, so that no other form of it can pass for one without records.
Verdict check_name(const EntityClaim& entity) {
  const auto* contract = contracts::find_contract(entity.contract);
  if (contract == nullptr || !contract->keeps_histories()) {
    return failure(ProofReason::kNoHistories, "/entity/contract", {}, entity.contract);
  }
  const auto name = contract->entity_name(entity.name);
  if (!name.ok()) return failure(ProofReason::kEntityName, "/entity/name", name.error().what, entity.name);
  if (*name != entity.name) return failure(ProofReason::kNotCanonical, "/entity/name", *name, entity.name);
  return {};
}

Verdict check_present(const EntityClaim& entity) {
  if (entity.other) return failure(ProofReason::kOtherBesides, "/entity/other");
  if (entity.head->count == 0) return failure(ProofReason::kNoCount, "/entity/head/count", "1", "0");
  return {};
}

Verdict check_absent(const EntityClaim& entity, const Hash& path) {
  if (entity.records && !entity.records->empty()) {
    return failure(ProofReason::kAbsentWithRecords, "/entity/records", "0",
                   std::to_string(entity.records->size()));
  }
  if (entity.other && entity.other->path == path) {
    return failure(ProofReason::kOtherIsEntity, "/entity/other/path", {}, to_hex(path));
  }
  return {};
}

std::optional<EntityLeaf> leaf_of(const EntityClaim& entity, const Hash& path) {
  if (!entity.head) return entity.other;
  const contracts::HistoryHead head{entity.name, entity.head->count, entity.head->chain};
  return EntityLeaf{path, sha256(encode(head))};
}

// The payload's hash of that name, if it is one. Digits may be of either case.
Verdict check_digest(const JsonValue& payload, std::string_view name, const Hash& file) {
  const auto field = payload.find(name);
  const auto stated = field && field->is_string() ? std::string(field->text()) : std::string();
  if (array_from_hex<32>(stated) == file) return {};
  return failure(ProofReason::kOtherFile, "/record/call", std::string(name) + ":" + stated,
                 std::string(name) + ":" + to_hex(file));
}

Verdict check_file_of(const RecordClaim& record, const FileHashes& file) {
  const auto& call = record.call;
  if (call.contract != "evidence" || call.method != "deposit") {
    return failure(ProofReason::kNotDeposit, "/record/call", "evidence deposit",
                   call.contract + " " + call.method);
  }
  if (record.receipt.code != kOk) {
    return failure(ProofReason::kNotOk, "/record/receipt", std::string(kOk), record.receipt.code);
  }
  const auto document = JsonDocument::parse(as_text(call.payload), {.bytes_max = kProofBytesMax});
  if (!document.ok()) {
    return failure(ProofReason::kPayload, "/record/call", {}, document.error().what);
  }
  if (auto wrong = check_digest(document->root(), "sha256", file.sha256)) return wrong;
  return check_digest(document->root(), "sm3", file.sm3);
}

Verdict check_file_of(const EntityClaim& entity, const FileHashes& file) {
  if (!entity.head) return failure(ProofReason::kAbsentFile, "/entity/head");
  if (entity.contract != "evidence") {
    return failure(ProofReason::kNotEvidence, "/entity/contract", "evidence", entity.contract);
  }
  const std::string sha256_name = "sha256:" + to_hex(file.sha256);
  const std::string sm3_name = "sm3:" + to_hex(file.sm3);
  if (entity.name == sha256_name || entity.name == sm3_name) return {};
  const bool by_sm3 = entity.name.starts_with("sm3:");
  return failure(ProofReason::kOtherEntity, "/entity/name", entity.name, by_sm3 ? sm3_name : sha256_name);
}

}  // namespace

Verdict check_history(Work& work) {
  const auto& record = work.record();
  const auto height = record.block.height;
  const auto executed = work.bundle.anchor.header.executed_height;
  if (height.value() == 0 || height > executed) {
    return failure(ProofReason::kHistoryHeight, "/record/block", "1-" + to_string(executed),
                   to_string(height));
  }
  const Hash hash = consensus::block_hash(work.bundle.chain_id, record.block);
  const Hash leaf = history_leaf(height, hash, record.receipts_root);
  if (merkle::verify_inclusion(leaf, height.value() - 1, executed.value(), record.history_path,
                               work.bundle.roots.history))
    return {};
  return failure(ProofReason::kHistoryPath, "/record/history_path", to_hex(work.bundle.roots.history),
                 to_string(height));
}

Verdict check_receipt(Work& work) {
  const auto& record = work.record();
  if (!merkle::verify_inclusion(receipt_leaf(record.receipt), record.receipt_index, record.receipt_count,
                                record.receipt_path, record.receipts_root)) {
    return failure(ProofReason::kReceiptPath, "/record/receipt_path", to_hex(record.receipts_root));
  }
  if (record.receipt.height == record.block.height) return {};
  return failure(ProofReason::kReceiptHeight, "/record/receipt", to_string(record.block.height),
                 to_string(record.receipt.height));
}

Verdict check_transaction(Work& work) {
  const auto& record = work.record();
  const auto& head = record.transaction;
  const std::string where = "/record/transaction";
  if (head.version != kTransactionVersion) {
    return failure(ProofReason::kOtherTransactionVersion, where, std::to_string(kTransactionVersion),
                   std::to_string(head.version));
  }
  if (head.chain_id != work.bundle.chain_id) {
    return failure(ProofReason::kTransactionChain, where, to_hex(work.bundle.chain_id),
                   to_hex(head.chain_id));
  }
  const Bytes bytes = encode(head);
  if (const Hash id = sha256(bytes); id != record.receipt.transaction_id) {
    return failure(ProofReason::kTransactionId, where, to_hex(record.receipt.transaction_id), to_hex(id));
  }
  if (verify(head.sender, bytes, record.signature)) return {};
  return failure(ProofReason::kSenderSignature, "/record/signature", to_string(head.sender));
}

Verdict check_call(Work& work) {
  const auto& record = work.record();
  const auto& head = record.transaction;
  const Hash leaf = merkle::leaf_hash(encode(record.call));
  if (merkle::verify_inclusion(leaf, record.receipt.call_index, head.call_count, record.call_path,
                               head.calls_root))
    return {};
  return failure(ProofReason::kCallPath, "/record/call_path", to_hex(head.calls_root));
}

Verdict check_state(Work& work) {
  const auto& entity = work.entity();
  if (auto wrong = check_name(entity)) return wrong;
  const Hash path = entity_path(entity.contract, entity.name);
  if (auto wrong = entity.head ? check_present(entity) : check_absent(entity, path)) return wrong;
  const auto root = root_of(path, {entity.siblings, leaf_of(entity, path)});
  if (!root.ok()) return failure(ProofReason::kPathProof, "/entity/siblings", {}, root.error().what);
  if (*root == work.bundle.roots.entities) return {};
  return failure(ProofReason::kStatePath, "/entity", to_hex(work.bundle.roots.entities), to_hex(*root));
}

Verdict check_records(Work& work) {
  const auto& entity = work.entity();
  if (!entity.records || !entity.head) return {};
  if (entity.records->size() != entity.head->count) {
    return failure(ProofReason::kRecordCount, "/entity/records", std::to_string(entity.head->count),
                   std::to_string(entity.records->size()));
  }
  Hash chain = kZeroHash;
  for (const auto& [record, recorded] : *entity.records) {
    chain = contracts::next_in_chain(chain, sha256(as_bytes(record)), recorded);
  }
  if (chain == entity.head->chain) return {};
  return failure(ProofReason::kRecordChain, "/entity/records", to_hex(entity.head->chain), to_hex(chain));
}

Verdict check_file(Work& work) {
  return std::visit([&](const auto& claim) { return check_file_of(claim, *work.file); }, work.bundle.claim);
}

}  // namespace jingchu::ledger::proof
