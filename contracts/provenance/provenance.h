// The module "provenance": EPCIS 2.0 events, captured as they are, and the history of every EPC and class
// that they name. EPC URNs and GS1 Digital Links of the same thing have one history.
#pragma once

#include "contracts/contract.h"

namespace jingchu::contracts {

const Contract& provenance_contract();

}  // namespace jingchu::contracts
