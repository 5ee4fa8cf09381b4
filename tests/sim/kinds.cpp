// The names of all that can go wrong, and plans without some of it.
#include <algorithm>
#include <functional>

#include "sim/plan.h"

namespace jingchu::sim {
namespace {

// What is not a Fault of its own nor a Misbehaviour, by the name that the summary counts it under.
struct Circumstance {
  const char* name;
  void (*remove)(Plan&);
};
constexpr Circumstance kCircumstances[] = {
    {"lost", [](Plan& plan) { plan.network.loss_permille = 0; }},
    {"duplicated", [](Plan& plan) { plan.network.duplicate_permille = 0; }},
    {"delayed", [](Plan& plan) { plan.network.spike_permille = 0; }},
    {"skewed clocks", [](Plan& plan) { plan.skew_ms_max = 0; }},
    {"wrong clocks", [](Plan& plan) { plan.wrong_clocks.clear(); }},
    {"crash of all at healing", [](Plan& plan) { plan.crash_all_at_heal = false; }},
    {"crash at the switch", [](Plan& plan) { plan.crash_at_switch = false; }},
    {"Byzantine nodes fall silent", [](Plan& plan) { plan.byzantine_silent_at_heal = false; }},
};

}  // namespace

std::vector<std::string> kinds() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kFaultKinds; ++i) names.emplace_back(to_string(static_cast<FaultKind>(i)));
  for (std::size_t i = 0; i < kMisbehaviours; ++i)
    names.emplace_back(to_string(static_cast<Misbehaviour>(i)));
  for (const auto& circumstance : kCircumstances) names.emplace_back(circumstance.name);
  return names;
}

void remove_kind(Plan& plan, const std::string& kind) {
  std::erase_if(plan.faults, [&](const Fault& fault) { return kind == to_string(fault.kind); });
  for (auto& byzantine : plan.byzantine) {
    std::erase_if(byzantine.behaviours, [&](Misbehaviour behaviour) { return kind == to_string(behaviour); });
  }
  std::erase_if(plan.byzantine, [](const ByzantineNode& byzantine) { return byzantine.behaviours.empty(); });
  for (const auto& circumstance : kCircumstances) {
    if (kind == circumstance.name) circumstance.remove(plan);
  }
}

}  // namespace jingchu::sim
