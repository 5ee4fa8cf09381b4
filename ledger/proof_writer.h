// The JSON text of a proof bundle.
#pragma once

#include <string>

#include "ledger/proof.h"

namespace jingchu::ledger {

// As docs/formats.md, "Proof bundles" has it. Texts must be UTF-8 (they are, out of an executed block).
std::string write_proof(const ProofBundle& bundle);

}  // namespace jingchu::ledger
