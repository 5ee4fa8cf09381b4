// jingchu-sim: searches seeds for a broken invariant of the consensus core.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "sim/runner.h"

namespace {

using namespace jingchu::sim;
using nlohmann::json;

constexpr const char* kDescription =
    R"(Simulates n consensus cores with lanes, durable logs, crashes and Byzantine nodes.

A seed stands for one run: its size, network, faults and Byzantine nodes all follow from it, and the same seed gives
the same run to the byte. After every step checkers compare what the nodes said, stored and delivered with what the
protocol promises (docs/protocol.md); after the faults have ended the nodes must make progress again.)";

constexpr const char* kExamples = R"(
Examples:
  jingchu-sim --seeds 1..300                     search; sizes vary from 4 to 7
  jingchu-sim --seeds 17 --trace                 one run, with everything that happened
  jingchu-sim --seeds 1..300 --mutant no-gap-check   a deliberate bug must be found: exit status 1
  jingchu-sim --all-mutants                      all deliberate bugs, with the seed that found each

Exit status: 0 no invariant broke (--all-mutants: every mutant was found), 1 one broke (a mutant was not found),
2 wrong usage.)";

bool parse_number(const std::string& text, std::uint64_t& number) {
  const bool digits =
      !text.empty() && text.size() < 19 && text.find_first_not_of("0123456789") == std::string::npos;
  if (digits) number = std::stoull(text);
  return digits;
}

// "A..B" or "A".
std::string parse_seeds(const std::string& text, RunOptions& options) {
  const std::size_t dots = text.find("..");
  const std::string first = text.substr(0, dots);
  const std::string last = dots == std::string::npos ? first : text.substr(dots + 2);
  if (!parse_number(first, options.first_seed) || !parse_number(last, options.last_seed) ||
      options.first_seed > options.last_seed) {
    return "seeds are one number or A..B with A not above B, not \"" + text + "\"";
  }
  return {};
}

std::string parse_mutant(const std::string& text, RunOptions& options) {
  for (const auto& named : mutants()) {
    if (text == named.name) {
      options.mutant = named.mutant;
      return {};
    }
  }
  return "unknown mutant \"" + text + "\"; --list-mutants names them";
}

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
  for (const auto& outcome : outcomes) {
    totals.broken += outcome.violation.empty() ? 0 : 1;
    totals.events += outcome.events;
    totals.blocks += outcome.height;
    totals.simulated_seconds += outcome.simulated_seconds;
    for (const auto& [what, count] : outcome.counters) totals.counters[what] += count;
  }
  return totals;
}

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
    const json report{
        {"seeds", list}, {"broken", totals.broken}, {"seconds", seconds}, {"faults", totals.counters}};
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

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{kDescription, "jingchu-sim"};
  app.footer(kExamples);
  RunOptions options;
  std::string seeds = "1..100";
  std::string mutant;
  bool list = false;
  bool all = false;
  bool as_json = false;
  app.add_option("--seeds", seeds, "A..B or one seed")->capture_default_str();
  app.add_option("--validators", options.validators, "Size of every run (default: 4 to 7, by the seed)")
      ->check(CLI::Range(4, 60));
  app.add_option("--mutant", mutant, "Run with this deliberate bug in the core");
  app.add_flag("--list-mutants", list, "Name the deliberate bugs");
  app.add_flag("--all-mutants", all, "Run every mutant until a seed finds it; print a table");
  app.add_option("--jobs", options.jobs, "Seeds at one time")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_flag("--trace", options.print_trace, "Print everything that happens");
  app.add_flag("--keep-going", options.keep_going, "Do not end at the first violation");
  app.add_flag("--twice", options.twice, "Run each seed twice and compare: a difference is a violation");
  app.add_flag("--json", as_json, "Print the report as JSON");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  std::string wrong = parse_seeds(seeds, options);
  if (wrong.empty() && !mutant.empty()) wrong = parse_mutant(mutant, options);
  if (!wrong.empty()) {
    std::fprintf(stderr, "jingchu-sim: %s\n", wrong.c_str());
    return 2;
  }
  if (list) {
    for (const auto& named : mutants()) std::puts(named.name);
    return 0;
  }
  return all ? search_all_mutants(options) : search(options, as_json);
}
