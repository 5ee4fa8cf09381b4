// Verifying a proof bundle step by step (docs/formats.md, "Verifying"): pure, from bytes to a report.
#pragma once

#include "ledger/proof.h"
#include "ledger/proof_failure.h"

namespace jingchu::ledger {

enum class ProofStep : std::uint8_t {
  kBundle,
  kGenesis,
  kSets,
  kFinality,
  kRoots,
  kHistory,
  kReceipt,
  kTransaction,
  kCall,
  kState,
  kRecords,
  kFile,
};
std::string_view to_string(ProofStep step);  // as the page names it

enum class ProofVerdict : std::uint8_t { kHolds, kFails, kNotReached };
std::string_view to_string(ProofVerdict verdict);  // "holds", "fails", "not-reached"

struct StepReport {
  ProofStep step = ProofStep::kBundle;
  ProofVerdict verdict = ProofVerdict::kNotReached;
  std::optional<ProofFailure> failure;  // of kFails
};

// Under whose signatures everything is proven.
struct AnchorFacts {
  std::string network;  // as genesis names it
  Hash chain_id{};
  Height height;
  Epoch epoch;
  std::uint64_t time_ms = 0;
  Height executed_height;  // the claim is about the chain up to here
  Hash block_hash{};
  std::size_t validators = 0;
  std::vector<std::string> signers;  // names
  std::size_t set_changes = 0;
};

struct RecordFacts {
  std::string contract;
  std::string method;
  Bytes payload;
  PublicKey sender;
  Hash transaction_id{};
  std::uint32_t call_index = 0;
  std::uint32_t call_count = 0;
  std::string code;  // "ok", or why it failed
  std::string message;
  Height height;
  std::uint64_t time_ms = 0;  // of the block
};

struct EntityFacts {
  std::string contract;
  std::string name;
  std::uint64_t count = 0;  // 0: absent
  std::optional<std::vector<EntityRecord>> records;
};

struct ProofFacts {
  AnchorFacts anchor;
  std::variant<RecordFacts, EntityFacts> claim;
};

struct ProofReport {
  std::vector<StepReport> steps;
  std::optional<ProofFacts> facts;  // only if every step holds

  bool holds() const { return facts.has_value(); }
  const StepReport* failed() const;  // the one step that fails; null if all hold
};

struct FileHashes {
  Hash sha256{};
  Hash sm3{};
};

// Never fails: whatever the bytes are, the report says which step does not hold. `file` is what the record or
// entity has to be about, if there is one to compare.
ProofReport verify_proof(ByteView bundle, ByteView genesis, const std::optional<FileHashes>& file = {});

// The steps genesis, sets and finality alone: that `anchor` is final by the set to which `sets` lead from
// genesis. For what is proven to a node of ours and is no bundle.
std::variant<AnchorFacts, ProofFailure> verify_final(ByteView genesis, const Hash& chain_id,
                                                     const std::vector<SetChange>& sets,
                                                     const FinalHeader& anchor);

}  // namespace jingchu::ledger
