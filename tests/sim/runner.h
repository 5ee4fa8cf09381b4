// Runs seeds in child processes, so that a failed CHECK in the code under test is a finding and not the end
// of the search, and collects what came out of them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "consensus/mutant.h"
#include "sim/plan.h"

namespace jingchu::sim {

struct RunOptions {
  std::uint64_t first_seed = 1;
  std::uint64_t last_seed = 100;
  PlanOptions plan;
  consensus::Mutant mutant = consensus::Mutant::kNone;
  std::size_t jobs = 1;
  bool print_trace = false;
  bool keep_going = false;  // after a violation
  bool twice = false;       // each seed, to compare the traces
};

struct Outcome {
  std::uint64_t seed = 0;
  std::size_t validators = 0;
  std::string plan;  // its name, and who is Byzantine how
  std::uint64_t trace_hash = 0;
  std::uint64_t events = 0;
  std::uint64_t height = 0;
  double simulated_seconds = 0;
  std::string violation;  // its kind; empty: none
  std::string text;
  std::vector<std::string> tail;
  std::map<std::string, std::uint64_t> counters;
};

struct NamedMutant {
  consensus::Mutant mutant;
  const char* name;
  bool whole;            // it takes whole nodes to find it
  bool storage = false;  // that keep snapshots
};
const std::vector<NamedMutant>& mutants();
// The arguments that run a seed again with its whole trace.
std::string replay_command(const RunOptions& options, std::uint64_t seed);

// A smaller plan than the seed's that breaks the same invariant, in child processes; nothing if the seed
// breaks none. Faults, misbehaviours and circumstances are taken away as long as the violation stays.
struct Minimized {
  Plan plan;
  Outcome outcome;
  std::size_t runs = 0;
};
std::optional<Minimized> minimize(const RunOptions& options, std::uint64_t seed);
// What a person reads of a plan.
std::string to_text(const Plan& plan);

// Misbehaviours of which f + 1 nodes must break an invariant.
std::vector<Misbehaviour> decisive_misbehaviours();

// In this process.
Outcome run_plan(const RunOptions& options, const Plan& plan);
Outcome run_seed(const RunOptions& options, std::uint64_t seed);
// In a child process.
Outcome run_apart(const RunOptions& options, const Plan& plan);
// In child processes; by seed. Ends early after a violation unless keep_going.
std::vector<Outcome> run_seeds(const RunOptions& options);

}  // namespace jingchu::sim
