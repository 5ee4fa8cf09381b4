// jingchu-sim --wide: what is asked for, the runs, and what is printed of them.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "sim/runner.h"

namespace jingchu::sim {

struct WideOptions {
  bool wanted = false;
  std::string load = "both";
  double warm_up_seconds = 3;
  double seconds = 20;
  std::uint64_t loss_permille = 10;
  std::uint64_t megabits = 100;
  std::uint64_t transaction_bytes = 256;
  std::uint64_t offered_percent = 0;
  bool interleaved = false;
  std::vector<std::string> parameters;  // "name=value"
  // What fails the run; 0: nothing.
  double finality_max_ms = 0;  // p50 at light load
  double share_min = 0;        // percent, at full load
};

void add_wide_options(CLI::App& app, WideOptions& options);
// The exit status: 1 if an invariant broke, a run was not repeated by the same seed, or a figure is beyond
// what was demanded; 2 for an unknown parameter.
int measure_wide(const RunOptions& run, const WideOptions& options, bool as_json);

}  // namespace jingchu::sim
