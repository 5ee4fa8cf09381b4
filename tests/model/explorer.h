// Visits every state that a model can reach, breadth first, each once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "model/model.h"

namespace jingchu::model {

struct Exploration {
  std::uint64_t states = 0;        // distinct, up to symmetry
  std::uint64_t transitions = 0;   // taken from them
  std::size_t depth = 0;           // votes on the longest of the shortest ways to a state
  std::size_t megabytes = 0;       // that the states took at the end
  double seconds = 0;              // of the processor
  bool exhausted = false;          // every reachable state was visited
  std::string violation;           // what does not hold; empty: everything does
  std::vector<std::string> votes;  // a shortest way to it
};

// Ends at the first violation, or when the states would take more than `megabytes_max`. `visit` is given
// every state visited.
Exploration explore(const Model& model, std::size_t megabytes_max,
                    const std::function<void(const State&)>& visit = nullptr);

}  // namespace jingchu::model
