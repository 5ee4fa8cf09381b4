// Proof bundles (docs/formats.md, "Proof bundles"): what proves to whoever has the genesis file that a call
// was executed, or what the state says of an entity. A maker fills a ProofBundle and writes it with
// ledger/proof_writer.h; a verifier judges the bytes with verify_proof() and trusts nobody.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "consensus/certificate.h"
#include "consensus/header.h"
#include "consensus/validator_set.h"
#include "contracts/recorded.h"
#include "ledger/path_proof.h"
#include "ledger/receipt.h"
#include "ledger/transaction.h"

namespace jingchu::ledger {

inline constexpr std::size_t kProofBytesMax = 64 << 20;
inline constexpr std::uint64_t kProofIntegerMax =
    (std::uint64_t{1} << 53) - 1;  // what JSON readers keep exact

// A header, and why it is final: headers that follow it, and the certificate of the last.
struct FinalHeader {
  consensus::Header header;
  std::vector<consensus::Header> path;
  consensus::Certificate finalization;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(header, path, finalization);
  }
};

struct SetChange {
  std::vector<consensus::Validator> validators;  // of the new set, in their order
  FinalHeader proof;                             // by the set before

  template <class Archive>
  void serialize(Archive& archive) {
    archive(validators, proof);
  }
};

// After the block at the anchor's executed_height.
struct ProofRoots {
  Hash entities{};
  Hash checksum{};
  Hash receipts{};
  Hash history{};

  Hash executed() const;  // what the anchor's executed_root has to be
};

// What a sender signs, without the calls.
struct TransactionHead {
  std::string tag = "jingchu/transaction";
  std::uint16_t version = kTransactionVersion;
  Hash chain_id{};
  PublicKey sender;
  std::array<std::uint8_t, 16> nonce{};
  Height valid_until;
  OnError on_error = OnError::kRollback;
  std::uint32_t call_count = 0;
  Hash calls_root{};

  template <class Archive>
  void serialize(Archive& archive) {
    archive(tag, version, chain_id, sender, nonce, valid_until, on_error, call_count, calls_root);
  }
};
// Its encoding is signing_bytes(transaction).
TransactionHead head_of(const Transaction& transaction);

// One call of one transaction, and how it ended.
struct RecordClaim {
  consensus::Header block;  // that executed it
  Hash receipts_root{};     // of that block
  std::vector<Hash> history_path;
  Receipt receipt;
  std::uint64_t receipt_index = 0;
  std::uint64_t receipt_count = 0;
  std::vector<Hash> receipt_path;
  TransactionHead transaction;
  Signature signature{};
  Call call;
  std::vector<Hash> call_path;
};

// How many records an entity has, and what their chain is.
struct EntityHead {
  std::uint64_t count = 0;
  Hash chain{};
};
struct EntityRecord {
  std::string record;  // the exact text
  contracts::Recorded recorded;
};

// What the state says of one entity.
struct EntityClaim {
  std::string contract;
  std::string name;  // in the one form of the module
  std::vector<Hash> siblings;
  std::optional<EntityHead> head;   // nothing: the entity is absent
  std::optional<EntityLeaf> other;  // what stands in its place
  std::optional<std::vector<EntityRecord>> records;
};

struct ProofBundle {
  Hash chain_id{};
  std::vector<SetChange> sets;
  FinalHeader anchor;
  ProofRoots roots;
  std::variant<RecordClaim, EntityClaim> claim;
};

}  // namespace jingchu::ledger
