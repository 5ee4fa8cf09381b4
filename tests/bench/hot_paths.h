// The paths that every record takes through a validator, each as a run on fixed inputs: jingchu-micro times
// them, and scripts/instructions.sh counts their instructions.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace jingchu::bench {

struct HotPath {
  std::string name;
  std::size_t items = 0;  // that one run handles
  // Makes what one run works on. The run is what is measured, and is run once.
  std::function<std::function<void()>()> prepare;
};

std::vector<HotPath> hot_paths();

// A part each (hot_*.cpp).
void add_primitives(std::vector<HotPath>& paths);  // codec, hash, verify, JSON
void add_ledger(std::vector<HotPath>& paths);      // tree, log, execution

}  // namespace jingchu::bench
