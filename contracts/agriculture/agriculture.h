// The module "agriculture" (农产品质量安全追溯): lots and the operations on them. Enforced here: only the
// organization that registered a lot records on it, and nothing is harvested before the withdrawal time of
// what was applied to it.
#pragma once

#include "contracts/contract.h"

namespace jingchu::contracts {

const Contract& agriculture_contract();

}  // namespace jingchu::contracts
