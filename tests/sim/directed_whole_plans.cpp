// Scripted plans for what concerns whole nodes: restarts amid execution, duplicates, full queues, disks.
#include <algorithm>

#include "consensus/quorum.h"
#include "sim/plan.h"

namespace jingchu::sim {
namespace {

// No fault: everything that clients submit becomes final, and fast.
void fair_weather(Plan& plan) {
  plan.name = "fair-weather";
  plan.network = NetworkProfile{};
  plan.clock_jumps = false;
  plan.skew_ms_max = 20;
}

// Transactions in many lanes, again and again, with restarts anywhere between: the window of duplicates.
void duplicates(Random& random, Plan& plan) {
  plan.name = "duplicates";
  plan.validity_window = random.between(8, 16);
  plan.network.loss_permille = 0;
  add_byzantine(random, plan, {Misbehaviour::kReplayer});
  for (std::uint64_t time = 500'000; time < plan.heal_us; time += random.between(300'000, 900'000)) {
    plan.faults.push_back({time, FaultKind::kCrash, some_nodes(random, plan.validators, 1),
                           random.between(10'000, 300'000), 0});
  }
}

// Blocks too small for what comes: transactions wait in the state's queue, over restarts.
void congestion(Random& random, Plan& plan) {
  plan.name = "congestion";
  plan.block_cost_max = random.between(10'000, 60'000);
  plan.submit = {2'000, 20'000};
  for (std::uint64_t time = 700'000; time < plan.heal_us; time += random.between(300'000, 900'000)) {
    plan.faults.push_back({time, random.chance(1, 4) ? FaultKind::kCrashAll : FaultKind::kCrash,
                           some_nodes(random, plan.validators, 1), random.between(10'000, 300'000), 0});
  }
}

// Slow execution and crashes in the midst of it: what was executed, written and synced must agree.
void crashes_in_execution(Random& random, Plan& plan) {
  plan.name = "crashes-in-execution";
  plan.execution = {10'000, random.between(50'000, 300'000)};
  for (std::uint64_t time = 500'000; time < plan.heal_us; time += random.between(100'000, 500'000)) {
    plan.faults.push_back({time, random.chance(1, 6) ? FaultKind::kCrashAll : FaultKind::kCrash,
                           some_nodes(random, plan.validators, random.between(1, 2)),
                           random.between(10'000, 200'000), 0});
  }
}

// Disks that fail one after another, and one that rots.
void bad_disks(Random& random, Plan& plan) {
  plan.name = "bad-disks";
  for (std::uint64_t time = 400'000; time < plan.heal_us; time += random.between(100'000, 700'000)) {
    const FaultKind kind = random.coin() ? FaultKind::kFullDisk : FaultKind::kFailingSync;
    plan.faults.push_back(
        {time, kind, some_nodes(random, plan.validators, 1), random.between(10'000, 500'000), 0});
  }
  plan.faults.push_back({random.between(1'000'000, plan.heal_us - 500'000), FaultKind::kBitRot,
                         some_nodes(random, plan.validators, 1), 50'000, 0});
}

// Batches with what no client signed, is over or was there before; and answers that are lies.
void lies(Random& random, Plan& plan) {
  plan.name = "lies";
  plan.network.loss_permille = random.below(30);
  add_byzantine(random, plan,
                {Misbehaviour::kInvalidBatches, Misbehaviour::kFalseAnswers, Misbehaviour::kForger,
                 Misbehaviour::kReplayer});
  const std::size_t f = consensus::faults_max(plan.validators);
  for (std::uint64_t time = 500'000; time < plan.heal_us; time += random.between(500'000, 1'500'000)) {
    plan.faults.push_back({time, random.coin() ? FaultKind::kCrash : FaultKind::kPartition,
                           some_nodes(random, plan.validators, f), random.between(100'000, 1'200'000), 0});
  }
}

// A node is away for long and must fetch the chain, from a liar among others.
void lies_about_the_chain(Random& random, Plan& plan) {
  plan.name = "lies-about-the-chain";
  plan.network.loss_permille = 0;
  add_byzantine(random, plan, {Misbehaviour::kFalseAnswers});
  plan.faults.push_back({600'000, FaultKind::kCrash, some_nodes(random, plan.validators, plan.validators / 2),
                         random.between(1'000'000, 2'000'000), 0});
  plan.faults.push_back({3'000'000, FaultKind::kPartition, some_nodes(random, plan.validators, 1),
                         random.between(800'000, 2'000'000), 0});
}

// f nodes lose their databases and fetch them anew over short epochs, while others crash and links are bad:
// what they signed before must not be signed otherwise.
void lost_databases(Random& random, Plan& plan) {
  plan.name = "lost-databases";
  plan.network.loss_permille = random.below(100);
  const std::size_t f = consensus::faults_max(plan.validators);
  const auto losers = some_nodes(random, plan.validators, f);
  for (const std::size_t node : losers) {
    plan.faults.push_back({random.between(1'500'000, plan.heal_us - 500'000),
                           FaultKind::kLostDatabase,
                           {node},
                           random.between(10'000, 400'000),
                           0});
  }
  for (std::uint64_t time = 500'000; time < plan.heal_us; time += random.between(200'000, 900'000)) {
    plan.faults.push_back({time, random.coin() ? FaultKind::kCrash : FaultKind::kPartition,
                           some_nodes(random, plan.validators, f), random.between(50'000, 500'000), 0});
  }
  std::sort(plan.faults.begin(), plan.faults.end(),
            [](const Fault& a, const Fault& b) { return a.time_us < b.time_us; });
}

}  // namespace

bool direct_whole(Random& random, Plan& plan) {
  switch (plan.seed % 20) {
    case 12:
      fair_weather(plan);
      return true;
    case 13:
      duplicates(random, plan);
      return true;
    case 14:
      congestion(random, plan);
      return true;
    case 15:
      crashes_in_execution(random, plan);
      return true;
    case 16:
      bad_disks(random, plan);
      return true;
    case 18:
      lies_about_the_chain(random, plan);
      return true;
    case 17:
      lies(random, plan);
      return true;
    case 19:
      lost_databases(random, plan);
      return true;
    default:
      return false;
  }
}

}  // namespace jingchu::sim
