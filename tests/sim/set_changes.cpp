// Plans in which the validators change: among whatever else a plan has, and scripted ones for what is rare.
#include <algorithm>

#include "consensus/quorum.h"
#include "sim/plan.h"

namespace jingchu::sim {
namespace {

constexpr std::uint64_t kFirst_us = 300'000;  // when clients and operators are at work
constexpr std::uint64_t kLast_us = 500'000;   // before healing

// Byzantine validators keep their keys and homes.
std::vector<std::size_t> honest_nodes(Random& random, const Plan& plan) {
  auto nodes = random.order(plan.validators);
  std::erase_if(nodes, [&](std::size_t node) {
    return std::any_of(plan.byzantine.begin(), plan.byzantine.end(),
                       [&](const ByzantineNode& byzantine) { return byzantine.node == node; });
  });
  return nodes;
}

std::uint64_t some_time_us(Random& random, const Plan& plan) {
  return random.between(kFirst_us, plan.heal_us - kLast_us);
}

void add(Random& random, Plan& plan, std::uint64_t time_us, FaultKind kind, std::size_t node) {
  plan.faults.push_back({time_us, kind, {node}, random.between(10'000, 500'000), 0});
}

void sort_by_time(Plan& plan) {
  std::stable_sort(plan.faults.begin(), plan.faults.end(),
                   [](const Fault& a, const Fault& b) { return a.time_us < b.time_us; });
}

void choose_epochs(Random& random, Plan& plan) {
  plan.parameters.epoch_blocks = random.between(4, 12);
  // An attestation costs more than the smallest blocks may.
  plan.block_cost_max = Plan().block_cost_max;
}

// What is done to validators may be done to the one that joins.
void involve(Random& random, Plan& plan, std::size_t node) {
  for (Fault& fault : plan.faults) {
    const bool of_one = fault.kind == FaultKind::kBitRot || fault.kind == FaultKind::kLostDatabase;
    if (fault.kind <= FaultKind::kLostDatabase && !of_one && random.chance(1, 4)) fault.nodes.push_back(node);
  }
}

void add_join(Random& random, Plan& plan) {
  const std::size_t node = plan.validators;
  involve(random, plan, node);
  const std::uint64_t time_us = random.between(kFirst_us, plan.heal_us / 2);
  add(random, plan, time_us, FaultKind::kJoin, node);
  if (random.coin()) {
    add(random, plan, random.between(time_us + 1, plan.heal_us - kLast_us), FaultKind::kLeave, node);
  }
}

void crash_now_and_then(Random& random, Plan& plan, std::uint64_t pause_max_us) {
  for (std::uint64_t time = 500'000; time < plan.heal_us; time += random.between(100'000, pause_max_us)) {
    const bool at_action = random.coin();
    plan.faults.push_back({time, at_action ? FaultKind::kCrashAtAction : FaultKind::kCrash,
                           some_nodes(random, plan.validators, 1), random.between(10'000, 400'000),
                           at_action ? random.between(1, 60) : 0});
  }
}

// One after the other, for one change waits at a time.
void all_keys_change(Random& random, Plan& plan) {
  plan.name = "all-keys-change";
  crash_now_and_then(random, plan, 900'000);
  for (const std::size_t node : random.order(plan.validators)) {
    add(random, plan, some_time_us(random, plan), FaultKind::kNewKeys, node);
  }
}

void lost_home_beside_byzantine(Random& random, Plan& plan, bool size_is_free) {
  plan.name = "lost-home-beside-byzantine";
  if (size_is_free) plan.validators = 7;
  add_byzantine(random, plan, random_misbehaviours(true));
  plan.byzantine.pop_back();
  const auto honest = honest_nodes(random, plan);
  add(random, plan, some_time_us(random, plan), FaultKind::kLostHome, honest[0]);
  add(random, plan, some_time_us(random, plan), FaultKind::kNewKeys, honest[random.below(2)]);
}

void change_in_a_partition(Random& random, Plan& plan) {
  plan.name = "change-in-a-partition";
  const std::size_t joins = plan.validators;
  const std::size_t f = consensus::faults_max(plan.validators);
  add(random, plan, kFirst_us, FaultKind::kJoin, joins);
  add(random, plan, random.between(plan.heal_us / 3, plan.heal_us - kLast_us), FaultKind::kLeave, joins);
  for (std::uint64_t time = 500'000; time < plan.heal_us; time += random.between(500'000, 1'500'000)) {
    auto nodes = some_nodes(random, plan.validators, f);
    if (random.coin()) nodes.back() = joins;
    plan.faults.push_back({time, random.coin() ? FaultKind::kPartition : FaultKind::kOneWay, std::move(nodes),
                           random.between(200'000, 1'200'000), 0});
  }
}

void crash_at_the_switch(Random& random, Plan& plan) {
  plan.name = "crash-at-the-switch";
  plan.crash_at_switch = true;
  for (int i = 0; i < 3; ++i) {
    add(random, plan, some_time_us(random, plan), FaultKind::kNewKeys, random.below(plan.validators));
  }
  if (random.coin()) add_join(random, plan);
}

// Who is away while its keys change comes back with the former ones, which no set near the present lists.
void absent_at_its_change(Random& random, Plan& plan) {
  plan.name = "absent-at-its-change";
  plan.parameters.epoch_blocks = 4;
  const std::size_t node = random.below(plan.validators);
  add(random, plan, kFirst_us, FaultKind::kNewKeys, node);
  const std::uint64_t time_us = random.between(kFirst_us + 200'000, 2'000'000);
  plan.faults.push_back({time_us,
                         random.coin() ? FaultKind::kCrash : FaultKind::kPartition,
                         {node},
                         plan.heal_us - time_us,
                         0});
}

// What a node executes again, from genesis, leads across the change of its own keys and of others'.
void lost_databases_across_changes(Random& random, Plan& plan) {
  plan.name = "lost-databases-across-changes";
  const std::size_t f = consensus::faults_max(plan.validators);
  for (const std::size_t node : some_nodes(random, plan.validators, f)) {
    const std::uint64_t time_us = random.between(kFirst_us, plan.heal_us / 2);
    add(random, plan, time_us, FaultKind::kNewKeys, node);
    add(random, plan, random.between(time_us + 1, plan.heal_us - 1), FaultKind::kLostDatabase, node);
  }
  if (random.coin()) add_join(random, plan);
}

}  // namespace

void add_set_changes(Random& random, Plan& plan) {
  choose_epochs(random, plan);
  if (random.coin()) add_join(random, plan);
  const auto honest = honest_nodes(random, plan);
  for (std::uint64_t i = random.between(1, 3); i > 0; --i) {
    const FaultKind kind = random.chance(1, 3) ? FaultKind::kLostHome : FaultKind::kNewKeys;
    add(random, plan, some_time_us(random, plan), kind, honest[random.below(honest.size())]);
  }
  plan.crash_at_switch = random.chance(1, 4);
  sort_by_time(plan);
}

void direct_set_changes(Random& random, Plan& plan, bool size_is_free) {
  choose_epochs(random, plan);
  plan.heal_us = 8'000'000;
  switch (plan.seed / 7 % 6) {
    case 0:
      all_keys_change(random, plan);
      break;
    case 1:
      lost_home_beside_byzantine(random, plan, size_is_free);
      break;
    case 2:
      change_in_a_partition(random, plan);
      break;
    case 3:
      crash_at_the_switch(random, plan);
      break;
    case 4:
      absent_at_its_change(random, plan);
      break;
    default:
      lost_databases_across_changes(random, plan);
  }
  sort_by_time(plan);
}

}  // namespace jingchu::sim
