// Smaller plans that break the same invariant.
#include <algorithm>
#include <functional>

#include "sim/runner.h"

namespace jingchu::sim {
namespace {

class Minimizer {
 public:
  Minimizer(RunOptions options, Plan plan, Outcome outcome)
      : options_(std::move(options)), found_{std::move(plan), std::move(outcome), 1} {}

  Minimized run() {
    cut_faults();
    for (bool smaller = true; smaller;) smaller = cut_kinds() || cut_byzantine();
    return found_;
  }

 private:
  // Keeps the plan if the same invariant breaks.
  bool keep(Plan plan) {
    const Outcome outcome = run_apart(options_, plan);
    found_.runs += 1;
    if (outcome.violation != found_.outcome.violation) return false;
    found_.plan = std::move(plan);
    found_.outcome = outcome;
    return true;
  }

  // Halves first, then quarters, down to single faults.
  void cut_faults() {
    for (std::size_t size = std::max<std::size_t>(1, found_.plan.faults.size() / 2);; size /= 2) {
      for (std::size_t first = 0; first < found_.plan.faults.size();) {
        Plan plan = found_.plan;
        const auto begin = plan.faults.begin() + static_cast<std::ptrdiff_t>(first);
        const std::size_t count = std::min(size, plan.faults.size() - first);
        plan.faults.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
        if (!keep(std::move(plan))) first += size;
      }
      if (size <= 1) return;
    }
  }

  bool cut_kinds() {
    bool smaller = false;
    for (const std::string& kind : kinds()) {
      Plan plan = found_.plan;
      remove_kind(plan, kind);
      if (to_text(plan) != to_text(found_.plan)) smaller = keep(std::move(plan)) || smaller;
    }
    return smaller;
  }

  bool cut_byzantine() {
    for (std::size_t node = 0; node < found_.plan.byzantine.size(); ++node) {
      Plan plan = found_.plan;
      plan.byzantine.erase(plan.byzantine.begin() + static_cast<std::ptrdiff_t>(node));
      if (keep(std::move(plan))) return true;
    }
    return false;
  }

  RunOptions options_;
  Minimized found_;
};

}  // namespace

std::string to_text(const Plan& plan) {
  const NetworkProfile& network = plan.network;
  std::string text =
      plan.name + ", " + std::to_string(plan.validators) + " validators, healed after " +
      std::to_string(plan.heal_us / 1000) + " ms\n  of 1000 messages lost " +
      std::to_string(network.loss_permille) + ", doubled " + std::to_string(network.duplicate_permille) +
      ", delayed " + std::to_string(network.spike_permille) + "; clocks differ by up to " +
      std::to_string(plan.skew_ms_max) + " ms" + (plan.crash_all_at_heal ? "; all crash at healing" : "") +
      (plan.crash_at_switch ? "; crashes at the switch of epochs" : "") +
      (plan.byzantine_silent_at_heal ? "; Byzantine nodes fall silent at healing" : "");
  for (const auto& [node, offset_ms] : plan.wrong_clocks) {
    text += "\n  the clock of n" + std::to_string(node) + " is off by " + std::to_string(offset_ms) + " ms";
  }
  for (const auto& byzantine : plan.byzantine) {
    text += "\n  n" + std::to_string(byzantine.node) + " is";
    for (const auto behaviour : byzantine.behaviours) text += std::string(" ") + to_string(behaviour);
  }
  for (const Fault& fault : plan.faults) {
    text += "\n  at " + std::to_string(fault.time_us) + " us " + to_string(fault.kind) + ", nodes";
    for (const std::size_t node : fault.nodes) text += " n" + std::to_string(node);
    text += ", for " + std::to_string(fault.duration_us) + " us, amount " + std::to_string(fault.amount);
  }
  return text;
}

std::optional<Minimized> minimize(const RunOptions& options, std::uint64_t seed) {
  RunOptions quiet = options;
  quiet.print_trace = false;
  quiet.twice = false;
  Plan plan = make_plan(seed, options.plan);
  Outcome outcome = run_apart(quiet, plan);
  if (outcome.violation.empty()) return std::nullopt;
  return Minimizer(std::move(quiet), std::move(plan), std::move(outcome)).run();
}

std::vector<Misbehaviour> decisive_misbehaviours() {
  return {Misbehaviour::kSilent,      Misbehaviour::kTwins,       Misbehaviour::kEquivocatingLeader,
          Misbehaviour::kDoubleVoter, Misbehaviour::kVoteMutator, Misbehaviour::kHeaderFalsifier};
}

}  // namespace jingchu::sim
