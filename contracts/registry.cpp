#include <array>

#include "contracts/agriculture/agriculture.h"
#include "contracts/contract.h"
#include "contracts/evidence/evidence.h"
#include "contracts/governance/governance.h"
#include "contracts/identity/identity.h"
#include "contracts/provenance/provenance.h"

namespace jingchu::contracts {

std::span<const Contract* const> registry() {
  static const std::array<const Contract*, 5> kModules = {&identity_contract(), &provenance_contract(),
                                                          &evidence_contract(), &agriculture_contract(),
                                                          &governance_contract()};
  return kModules;
}

}  // namespace jingchu::contracts
