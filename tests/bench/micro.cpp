// jingchu-micro: the hot paths by themselves. With Google Benchmark's options it times them (an item is a
// transaction, a record, a hash...); `jingchu-micro --count NAME` runs one once with callgrind's collection
// on (scripts/instructions.sh), and `--names` lists them.
#include <benchmark/benchmark.h>
#include <valgrind/callgrind.h>

#include <cstring>
#include <iostream>

#include "common/check.h"
#include "tests/bench/hot_paths.h"

namespace jingchu::bench {

std::vector<HotPath> hot_paths() {
  std::vector<HotPath> paths;
  add_primitives(paths);
  add_ledger(paths);
  return paths;
}

namespace {

void time(benchmark::State& state, const HotPath& path) {
  for (auto _ : state) {
    state.PauseTiming();
    auto run = path.prepare();
    state.ResumeTiming();
    run();
    state.PauseTiming();
    run = {};
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(path.items));
}

int count(const std::string& name) {
  for (const HotPath& path : hot_paths()) {
    if (path.name != name) continue;
    path.prepare()();  // what is made once in a process's life
    const auto run = path.prepare();
    CALLGRIND_TOGGLE_COLLECT;
    run();
    CALLGRIND_TOGGLE_COLLECT;
    std::cout << path.items << "\n";
    return 0;
  }
  std::cerr << "no hot path is named " << name << "; see --names\n";
  return 2;
}

}  // namespace
}  // namespace jingchu::bench

int main(int argc, char** argv) {
  using namespace jingchu::bench;
  if (argc == 2 && std::strcmp(argv[1], "--names") == 0) {
    for (const auto& path : hot_paths()) std::cout << path.name << "\n";
    return 0;
  }
  if (argc == 3 && std::strcmp(argv[1], "--count") == 0) return count(argv[2]);
  static const auto kPaths = hot_paths();
  for (const auto& path : kPaths) {
    benchmark::RegisterBenchmark(path.name.c_str(), [&path](benchmark::State& state) {
      time(state, path);
    })->Unit(benchmark::kMicrosecond);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}
