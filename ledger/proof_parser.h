// Reads a proof bundle: step `bundle` of verifying one (docs/formats.md, "Proof bundles").
#pragma once

#include <variant>

#include "contracts/json.h"
#include "ledger/proof.h"
#include "ledger/proof_failure.h"

namespace jingchu::ledger {

// Strict and bounded by kProofBytesMax: every field is there once and as the page has it, every encoding
// decodes (an encoding has one form, so it also encodes to the same bytes), texts in encodings are UTF-8.
std::variant<ProofBundle, ProofFailure> parse_proof(ByteView text);

// What a verifier needs of genesis, and nothing else of it.
struct ProofGenesis {
  std::string name;  // may be empty
  consensus::ValidatorSet validators;
  std::uint64_t epoch_blocks = 1'000;
};
std::variant<ProofGenesis, ProofFailure> parse_proof_genesis(ByteView file);

}  // namespace jingchu::ledger
