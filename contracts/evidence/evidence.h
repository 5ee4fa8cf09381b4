// The module "evidence" (司法存证): deposits of hashes of electronic data. A deposit states two hashes of the
// data (SHA-256 and SM3), its media type and size, and a commitment to the subject: never the data, never an
// identity number.
#pragma once

#include "contracts/contract.h"

namespace jingchu::contracts {

const Contract& evidence_contract();

}  // namespace jingchu::contracts
