// jingchu-sim: searches seeds for a broken invariant of the consensus core, or of whole nodes.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "sim/reports.h"
#include "sim/wide_report.h"

namespace {

using namespace jingchu::sim;

constexpr const char* kDescription =
    R"(Simulates n consensus cores with lanes, durable logs, crashes and Byzantine nodes; with --whole complete nodes, with
admission, execution of the real contracts, clients, and messages as bytes.

A seed stands for one run: its size, network, faults and Byzantine nodes all follow from it, and the same seed gives
the same run to the byte. After every step checkers compare what the nodes said, stored and delivered with what the
protocol promises (docs/protocol.md); after the faults have ended the nodes must make progress again.)";

constexpr const char* kExamples = R"(
Examples:
  jingchu-sim --seeds 1..300                     search; sizes vary from 4 to 7
  jingchu-sim --whole --seeds 1..100 --jobs 2    complete nodes; 4, 5, 7 or 18 of them
  jingchu-sim --seeds 17 --trace                 one run, with everything that happened
  jingchu-sim --seeds 1..300 --mutant no-gap-check   a deliberate bug must be found: exit status 1
  jingchu-sim --all-mutants                      all deliberate bugs, with the seed that found each
  jingchu-sim --seeds 17 --mutant no-gap-check --minimize   the fewest faults that still break it
  jingchu-sim --too-many                         f + 1 Byzantine nodes must be found
  jingchu-sim --wide --seeds 1..3                finality and throughput of 18 validators far apart

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

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{kDescription, "jingchu-sim"};
  app.footer(kExamples);
  RunOptions options;
  std::string seeds = "1..100";
  std::string mutant;
  bool list = false;
  bool all = false;
  bool too_many = false;
  bool shrinks = false;
  bool as_json = false;
  app.add_option("--seeds", seeds, "A..B or one seed")->capture_default_str();
  app.add_option("--validators", options.plan.validators, "Size of every run (default: 4 to 7, by the seed)")
      ->check(CLI::Range(4, 60));
  app.add_flag("--whole", options.plan.whole, "Whole nodes: real messages, execution, clients");
  app.add_flag("--storage", options.plan.storage,
               "With --whole: every plan keeps snapshots, prunes and restores");
  app.add_option("--without", options.plan.without, "Kinds of faults to leave out, by name")->delimiter(',');
  app.add_option("--mutant", mutant, "Run with this deliberate bug in the core");
  app.add_flag("--list-mutants", list, "Name the deliberate bugs");
  app.add_flag("--all-mutants", all, "Run every mutant until a seed finds it; print a table");
  app.add_option("--jobs", options.jobs, "Seeds at one time")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_flag("--too-many", too_many, "f + 1 Byzantine nodes, of each kind that can break something");
  app.add_flag("--minimize", shrinks, "Shrink the first seed's plan while the same invariant breaks");
  app.add_flag("--trace", options.print_trace, "Print everything that happens");
  app.add_flag("--keep-going", options.keep_going, "Do not end at the first violation");
  app.add_flag("--twice", options.twice, "Run each seed twice and compare: a difference is a violation");
  app.add_flag("--json", as_json, "Print the report as JSON");
  WideOptions wide;
  add_wide_options(app, wide);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  std::string wrong = parse_seeds(seeds, options);
  for (const auto& kind : options.plan.without) {
    const auto known = kinds();
    if (std::find(known.begin(), known.end(), kind) == known.end()) wrong = "unknown kind \"" + kind + "\"";
  }
  if (wrong.empty() && !mutant.empty()) wrong = parse_mutant(mutant, options);
  if (!wrong.empty()) {
    std::fprintf(stderr, "jingchu-sim: %s\n", wrong.c_str());
    return 2;
  }
  if (list) {
    for (const auto& named : mutants()) std::puts(named.name);
    return 0;
  }
  if (wide.wanted) return measure_wide(options, wide, as_json);
  if (shrinks) return print_minimized(options);
  if (too_many) return search_too_many(options);
  return all ? search_all_mutants(options) : search(options, as_json);
}
