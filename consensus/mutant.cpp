#include "consensus/mutant.h"

#ifdef JINGCHU_MUTANTS
namespace jingchu::consensus {
namespace {
Mutant active = Mutant::kNone;
}

Mutant active_mutant() {
  return active;
}
void set_active_mutant(Mutant mutant) {
  active = mutant;
}

}  // namespace jingchu::consensus
#endif
