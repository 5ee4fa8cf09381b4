// Many walks, each with another seed and another Byzantine validator.
#pragma once

#include <cstdint>
#include <string>

#include "consensus/mutant.h"

namespace jingchu::model {

struct WalksReport {
  std::uint64_t walks = 0;
  std::uint64_t votes = 0;
  std::uint64_t certificates = 0;
  std::uint64_t crashes = 0;
  std::uint64_t executions = 0;
  std::uint64_t states_reached = 0;  // of the model's first two views, up to symmetry
  std::uint64_t states = 0;          // that there are
  double seconds = 0;                // of the processor
  std::string violation;             // what the model does not allow; ends the walks
};

// `mutant`: a deliberate bug of the code, not of the model.
WalksReport walk(std::uint64_t walks, consensus::Mutant mutant);

}  // namespace jingchu::model
