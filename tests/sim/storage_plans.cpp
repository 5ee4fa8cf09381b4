// Plans in which nodes keep snapshots, let go of their history, and get a snapshot in the place of their
// database: scripted ones, and beside whatever else a plan has.
#include <algorithm>

#include "consensus/quorum.h"
#include "sim/plan.h"

namespace jingchu::sim {
namespace {

constexpr std::uint64_t kBegin_us = 1'500'000;  // when there are snapshots

// Transactions wait in the state's queue when it is cut, and when their batches are pruned.
void congest(Random& random, Plan& plan) {
  plan.block_cost_max = random.between(10'000, 40'000);
  plan.submit = {2'000, 20'000};
}

// Epochs short enough for several to be pruned in one run.
void choose_storage(Random& random, Plan& plan) {
  plan.real_signatures = true;
  plan.parameters.epoch_blocks = random.between(4, 7);
  plan.validity_window = random.between(10, 14);
  plan.block_cost_max = random.chance(1, 3) ? random.between(15'000, 60'000) : Plan().block_cost_max;
  plan.storage.snapshot_epochs = random.between(1, 2);
  plan.storage.keep_blocks = random.between(14, 24);
  plan.storage.archives = random.coin();
  plan.storage.pruners = some_nodes(random, plan.validators, random.between(1, plan.validators));
}

void all_prune(Plan& plan, bool archives) {
  plan.storage.archives = archives;
  plan.storage.pruners.clear();
  for (std::size_t node = 0; node <= plan.validators; ++node) plan.storage.pruners.push_back(node);
}

void strike(Random& random, Plan& plan, FaultKind kind, std::size_t node) {
  plan.faults.push_back(
      {random.between(kBegin_us, plan.heal_us - 300'000), kind, {node}, random.between(10'000, 400'000), 0});
}

void crash_often(Random& random, Plan& plan, std::uint64_t pause_max_us) {
  for (std::uint64_t time = 700'000; time < plan.heal_us; time += random.between(100'000, pause_max_us)) {
    const bool at_action = random.coin();
    plan.faults.push_back({time, at_action ? FaultKind::kCrashAtAction : FaultKind::kCrash,
                           some_nodes(random, plan.validators, 1), random.between(10'000, 300'000),
                           at_action ? random.between(1, 60) : 0});
  }
}

FaultKind some_loss(Random& random) {
  return random.coin() ? FaultKind::kStaleDatabase : FaultKind::kRestore;
}

// Who is away until all others have pruned what it needs next.
void behind_all_horizons(Random& random, Plan& plan) {
  plan.name = "behind-all-horizons";
  all_prune(plan, random.coin());
  plan.storage.keep_blocks = 14;
  const std::size_t away = random.below(plan.validators);
  std::uint64_t time_us = random.between(300'000, 900'000);
  // Meanwhile it hears of headers, and no more.
  for (int i = 0; i < 4; ++i) {
    const std::uint64_t away_us = random.between(300'000, 500'000);
    plan.faults.push_back({time_us, FaultKind::kPartition, {away}, away_us, 0});
    time_us += away_us + random.between(30'000, 150'000);
  }
  plan.faults.push_back({time_us,
                         random.coin() ? FaultKind::kCrash : FaultKind::kPartition,
                         {away},
                         plan.heal_us - time_us - 1'500'000,
                         0});
}

// Validators whose databases are lost, are those of before or of others, again and again, under their logs.
void restored_under_its_log(Random& random, Plan& plan) {
  plan.name = "restored-under-its-log";
  if (random.coin()) congest(random, plan);
  plan.network.loss_permille = random.below(60);
  for (const std::size_t node : some_nodes(random, plan.validators, consensus::faults_max(plan.validators)))
    for (std::uint64_t i = random.between(1, 3); i > 0; --i) strike(random, plan, some_loss(random), node);
  crash_often(random, plan, 900'000);
}

void rotten_entries(Random& random, Plan& plan) {
  plan.name = "rotten-entries";
  for (const std::size_t node : some_nodes(random, plan.validators, consensus::faults_max(plan.validators)))
    for (std::uint64_t i = random.between(1, 4); i > 0; --i)
      strike(random, plan, FaultKind::kRottenEntry, node);
  crash_often(random, plan, 2'500'000);
}

// What is pruned, exported and cut while all of them crash.
void crashes_while_pruning(Random& random, Plan& plan) {
  plan.name = "crashes-while-pruning";
  if (random.coin()) congest(random, plan);
  all_prune(plan, true);
  crash_often(random, plan, 500'000);
  for (int i = 0; i < 2; ++i)
    plan.faults.push_back({random.between(kBegin_us, plan.heal_us),
                           FaultKind::kCrashAll,
                           {},
                           random.between(10'000, 300'000),
                           0});
}

// Who joins, and a home in the place of a lost one, begin with a snapshot; everybody prunes.
void joins_by_snapshot(Random& random, Plan& plan) {
  plan.name = "joins-by-snapshot";
  all_prune(plan, random.coin());
  plan.block_cost_max = Plan().block_cost_max;
  const std::size_t joins = plan.validators;
  strike(random, plan, FaultKind::kJoin, joins);
  strike(random, plan, FaultKind::kRestore, joins);
  strike(random, plan, FaultKind::kLostHome, random.below(plan.validators));
  strike(random, plan, FaultKind::kNewKeys, random.below(plan.validators));
  plan.crash_at_switch = random.coin();
}

void sort_faults(Plan& plan) {
  std::stable_sort(plan.faults.begin(), plan.faults.end(),
                   [](const Fault& a, const Fault& b) { return a.time_us < b.time_us; });
}

}  // namespace

void direct_storage(Random& random, Plan& plan, bool size_is_free) {
  if (size_is_free) plan.validators = random.chance(1, 3) ? 7 : 4;
  choose_storage(random, plan);
  plan.heal_us = 9'000'000;
  if (plan.validators == 7 && random.coin()) {
    add_byzantine(random, plan, random_misbehaviours(true));
    plan.byzantine.pop_back();
  }
  switch (plan.seed % 11 == 7 ? plan.seed / 11 % 5 : plan.seed / 2 % 5) {
    case 0:
      behind_all_horizons(random, plan);
      break;
    case 1:
      restored_under_its_log(random, plan);
      break;
    case 2:
      rotten_entries(random, plan);
      break;
    case 3:
      crashes_while_pruning(random, plan);
      break;
    default:
      joins_by_snapshot(random, plan);
  }
  sort_faults(plan);
}

void add_storage(Random& random, Plan& plan) {
  const std::uint64_t block_cost_max = plan.block_cost_max;
  choose_storage(random, plan);
  // An attestation costs more than small blocks may.
  const bool changes_set = std::any_of(plan.faults.begin(), plan.faults.end(),
                                       [](const Fault& fault) { return fault.kind >= FaultKind::kNewKeys; });
  if (changes_set) plan.block_cost_max = block_cost_max;
  const auto nodes = random.order(plan.validators);
  const std::size_t count = random.between(2, 5);
  for (std::size_t i = 0; i < count; ++i) {
    const FaultKind kind = random.coin() ? FaultKind::kRottenEntry : some_loss(random);
    strike(random, plan, kind, nodes[random.below(2)]);
  }
  sort_faults(plan);
}

}  // namespace jingchu::sim
