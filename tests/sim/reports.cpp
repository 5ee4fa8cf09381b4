#include "sim/reports.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace jingchu::sim {
namespace {

using nlohmann::json;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void print_violation(const RunOptions& options, const Outcome& outcome, bool with_tail) {
  std::printf("seed %llu, %zu validators, %s\n  %s: %s\n  replay: %s\n",
              static_cast<unsigned long long>(outcome.seed), outcome.validators, outcome.plan.c_str(),
              outcome.violation.c_str(), outcome.text.c_str(), replay_command(options, outcome.seed).c_str());
  if (!with_tail) return;
  std::puts("  the last events:");
  for (const auto& line : outcome.tail) std::printf("    %s\n", line.c_str());
}

struct Totals {
  std::size_t broken = 0;
  std::uint64_t events = 0;
  std::uint64_t blocks = 0;
  double simulated_seconds = 0;
  std::map<std::string, std::uint64_t> counters;
};

Totals add_up(const std::vector<Outcome>& outcomes) {
  Totals totals;
  // What never happened is shown as well.
  for (const std::string& kind : kinds()) totals.counters[kind] = 0;
  for (const char* effect : {"proposals accepted", "sets changed", "keys changed", "validators joined",
                             "validators left", "homes replaced"}) {
    totals.counters[effect] = 0;
  }
  for (const auto& outcome : outcomes) {
    totals.broken += outcome.violation.empty() ? 0 : 1;
    totals.events += outcome.events;
    totals.blocks += outcome.height;
    totals.simulated_seconds += outcome.simulated_seconds;
    for (const auto& [what, count] : outcome.counters) totals.counters[what] += count;
  }
  return totals;
}

}  // namespace

int search(const RunOptions& options, bool as_json) {
  const auto start = std::chrono::steady_clock::now();
  const auto outcomes = run_seeds(options);
  const double seconds = seconds_since(start);
  const Totals totals = add_up(outcomes);
  if (as_json) {
    json list = json::array();
    for (const auto& outcome : outcomes) {
      list.push_back({{"seed", outcome.seed},
                      {"validators", outcome.validators},
                      {"plan", outcome.plan},
                      {"traceHash", outcome.trace_hash},
                      {"height", outcome.height},
                      {"violation", outcome.violation},
                      {"text", outcome.text},
                      {"tail", outcome.tail}});
    }
    const json report{{"seeds", list},
                      {"broken", totals.broken},
                      {"seconds", seconds},
                      {"simulatedSeconds", totals.simulated_seconds},
                      {"faults", totals.counters}};
    std::puts(report.dump(2).c_str());
    return totals.broken == 0 ? 0 : 1;
  }
  bool with_tail = true;
  for (const auto& outcome : outcomes) {
    if (outcome.violation.empty()) continue;
    print_violation(options, outcome, with_tail);
    with_tail = false;
  }
  std::printf(
      "%zu seeds, %zu broken; %.1f s (%.1f seeds a second), %.0f s simulated, %llu blocks, %llu events\n",
      outcomes.size(), totals.broken, seconds, static_cast<double>(outcomes.size()) / seconds,
      totals.simulated_seconds, static_cast<unsigned long long>(totals.blocks),
      static_cast<unsigned long long>(totals.events));
  for (const auto& [what, count] : totals.counters) {
    std::printf("  %-24s %llu\n", what.c_str(), static_cast<unsigned long long>(count));
  }
  return totals.broken == 0 ? 0 : 1;
}

int search_all_mutants(RunOptions options) {
  const auto start = std::chrono::steady_clock::now();
  std::size_t survivors = 0;
  std::printf("%-28s %10s  %-28s %8s\n", "mutant", "first seed", "found by", "seconds");
  for (const auto& named : mutants()) {
    options.mutant = named.mutant;
    options.plan.whole = named.whole;
    options.plan.storage = named.storage;
    const auto mutant_start = std::chrono::steady_clock::now();
    const auto outcomes = run_seeds(options);
    const auto found = std::find_if(outcomes.begin(), outcomes.end(),
                                    [](const Outcome& outcome) { return !outcome.violation.empty(); });
    const bool dead = found != outcomes.end();
    survivors += dead ? 0 : 1;
    std::printf("%-28s %10s  %-28s %8.2f\n", named.name, dead ? std::to_string(found->seed).c_str() : "none",
                dead ? found->violation.c_str() : "SURVIVED", seconds_since(mutant_start));
  }
  std::printf("%zu of %zu mutants found in %.1f s\n", mutants().size() - survivors, mutants().size(),
              seconds_since(start));
  return survivors == 0 ? 0 : 1;
}

int search_too_many(RunOptions options) {
  std::size_t survivors = 0;
  std::printf("%-28s %10s  %s\n", "f + 1 nodes", "first seed", "found by");
  for (const Misbehaviour misbehaviour : decisive_misbehaviours()) {
    options.plan.too_many = misbehaviour;
    const auto outcomes = run_seeds(options);
    const auto found = std::find_if(outcomes.begin(), outcomes.end(),
                                    [](const Outcome& outcome) { return !outcome.violation.empty(); });
    const bool is_found = found != outcomes.end();
    survivors += is_found ? 0 : 1;
    std::printf("%-28s %10s  %s\n", to_string(misbehaviour),
                is_found ? std::to_string(found->seed).c_str() : "none",
                is_found ? found->violation.c_str() : "NOT FOUND");
  }
  return survivors == 0 ? 0 : 1;
}

int print_minimized(const RunOptions& options) {
  const auto minimized = minimize(options, options.first_seed);
  if (!minimized) {
    std::puts("the seed breaks nothing");
    return 0;
  }
  std::printf("%s: %s\nafter %zu runs the plan is: %s\n", minimized->outcome.violation.c_str(),
              minimized->outcome.text.c_str(), minimized->runs, to_text(minimized->plan).c_str());
  RunOptions traced = options;
  traced.print_trace = true;
  run_apart(traced, minimized->plan);
  return 1;
}

}  // namespace jingchu::sim
