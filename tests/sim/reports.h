// What jingchu-sim prints of its searches. Each answers its exit status.
#pragma once

#include "sim/runner.h"

namespace jingchu::sim {

int search(const RunOptions& options, bool as_json);
int search_all_mutants(RunOptions options);
// f + 1 Byzantine nodes of each decisive kind: every one must be found.
int search_too_many(RunOptions options);
int print_minimized(const RunOptions& options);

}  // namespace jingchu::sim
