// What the steps of verify_proof() share. Inside of ledger/proof_*.cpp only.
#pragma once

#include "ledger/proof_parser.h"
#include "ledger/proof_verify.h"

namespace jingchu::ledger::proof {

// Nothing: the step holds.
using Verdict = std::optional<ProofFailure>;

// A set, and the epoch from which it counts.
struct CountingSet {
  consensus::ValidatorSet set;
  Epoch since;
};

// Each step reads what those before it have established, and adds its own.
struct Work {
  ByteView bundle_bytes;
  ByteView genesis_bytes;
  std::optional<FileHashes> file;

  ProofBundle bundle;
  ProofGenesis genesis;
  CountingSet present;
  std::vector<std::string> signers;  // of the anchor

  const RecordClaim& record() const { return std::get<RecordClaim>(bundle.claim); }
  const EntityClaim& entity() const { return std::get<EntityClaim>(bundle.claim); }
};

// proof_finality.cpp
Verdict check_sets(Work& work);
Verdict check_finality(Work& work);

// proof_claims.cpp
Verdict check_history(Work& work);
Verdict check_receipt(Work& work);
Verdict check_transaction(Work& work);
Verdict check_call(Work& work);
Verdict check_state(Work& work);
Verdict check_records(Work& work);
Verdict check_file(Work& work);

inline ProofFailure failure(ProofReason reason, std::string where, std::string expected = {},
                            std::string found = {}) {
  return {reason, std::move(where), std::move(expected), std::move(found)};
}

}  // namespace jingchu::ledger::proof
