// Scripted plans for faults that random plans hardly meet. Each says which rule or mutant it is for.
#include "consensus/quorum.h"
#include "sim/plan.h"

namespace jingchu::sim {
namespace {

constexpr std::uint64_t kHour_ms = 3'600'000;

// R1: the Byzantine leader of a view lets one node alone see its notarization and another alone its
// nullification; both vote in the next view; then all crash and forget what was not synced, and the Byzantine
// node falls silent.
void split_one_view(Plan& plan) {
  plan.name = "split-one-view";
  plan.validators = 4;
  plan.network = NetworkProfile{};
  plan.sessions = false;
  plan.clock_jumps = false;
  plan.heal_us = 3'500'000;
  plan.byzantine.push_back({plan.seed / 20 % 4, {Misbehaviour::kSplitter}});
  plan.crash_all_at_heal = true;
  plan.byzantine_silent_at_heal = true;
}

// The same by chance: heavy loss, and Byzantine nodes that vote both ways, to a few each.
void split_certificates(Random& random, Plan& plan) {
  plan.name = "split-certificates";
  plan.network.loss_permille = random.between(150, 450);
  plan.heal_us = random.between(1'500'000, 4'000'000);
  add_byzantine(random, plan, {Misbehaviour::kDoubleVoter});
  for (auto& byzantine : plan.byzantine) byzantine.behaviours.push_back(Misbehaviour::kSelectiveDelivery);
  plan.crash_all_at_heal = true;
  plan.byzantine_silent_at_heal = true;
}

// R4: all crash between the notarization of a header and the sync of the execution that it names.
void crash_before_execution_sync(Random& random, Plan& plan) {
  plan.name = "crash-before-execution-sync";
  plan.execution = {20'000, random.between(100'000, 600'000)};
  plan.network.loss_permille = random.below(50);
  for (std::uint64_t time = 700'000; time < plan.heal_us; time += random.between(200'000, 1'200'000)) {
    plan.faults.push_back({time, FaultKind::kCrashAll, {}, random.between(20'000, 200'000), 0});
  }
  plan.crash_all_at_heal = true;
}

// The quorum is n - f: with 2f+1, two halves of 6 finalize two chains.
void split_halves(Random& random, Plan& plan, bool size_is_free) {
  plan.name = "split-halves";
  if (size_is_free) plan.validators = 6;
  for (std::uint64_t time = 500'000; time < plan.heal_us; time += 2'500'000) {
    plan.faults.push_back({time, FaultKind::kSplit, {}, random.between(1'000'000, 2'000'000), 0});
  }
  if (random.coin()) add_byzantine(random, plan, {Misbehaviour::kTwins, Misbehaviour::kEquivocatingLeader});
}

// A leader that builds on a parent although a view between was not nullified.
void skipped_views(Random& random, Plan& plan) {
  plan.name = "skipped-views";
  add_byzantine(random, plan, {Misbehaviour::kGapLeader});
}

// R5: a lane with two chains, and a leader (the same node) that cuts from one into the other.
void forked_lane(Random& random, Plan& plan) {
  plan.name = "forked-lane";
  add_byzantine(random, plan, {Misbehaviour::kEquivocatingLane});
  if (random.coin()) add_random_faults(random, plan);
}

// R2: every field of a header falsified in turn.
void false_headers(Random& random, Plan& plan) {
  plan.name = "false-headers";
  add_byzantine(random, plan, {Misbehaviour::kHeaderFalsifier});
  if (random.chance(1, 3)) add_random_faults(random, plan);
}

// A crash around every append, sync and send of every node, again and again.
void crash_storm(Random& random, Plan& plan) {
  plan.name = "crash-storm";
  for (std::uint64_t time = 300'000; time < plan.heal_us; time += random.between(20'000, 400'000)) {
    plan.faults.push_back({time, FaultKind::kCrashAtAction,
                           some_nodes(random, plan.validators, random.between(1, 3)),
                           random.between(5'000, 150'000), random.between(1, 40)});
  }
  if (random.coin()) add_byzantine(random, plan, {Misbehaviour::kDoubleVoter, Misbehaviour::kVoteMutator});
}

// Loss so heavy that views time out while their blocks are notarized: votes to nullify and to finalize meet.
void late_notarizations(Random& random, Plan& plan) {
  plan.name = "late-notarizations";
  plan.network.delay_max_us = random.between(60'000, 200'000);
  plan.network.spike_permille = 200;
  plan.network.loss_permille = random.between(50, 250);
}

// No fault at all but a few nodes that are away for long: what they missed was pruned everywhere.
void long_absence(Random& random, Plan& plan) {
  plan.name = "long-absence";
  plan.network.loss_permille = 0;
  const std::size_t f = consensus::faults_max(plan.validators);
  plan.faults.push_back({600'000, random.coin() ? FaultKind::kCrash : FaultKind::kPartition,
                         some_nodes(random, plan.validators, f), plan.heal_us - 700'000, 0});
}

// R13: every clock an hour ahead, and set back at healing; or up to f of them off by an hour for good.
void wrong_clocks(Random& random, Plan& plan) {
  plan.name = "wrong-clocks";
  if (random.coin()) {
    plan.clock_jumps = true;
    const std::size_t all = plan.validators;
    plan.faults.push_back({random.between(200'000, 2'000'000), FaultKind::kClockJump,
                           some_nodes(random, all, all), plan.heal_us, 10'000 + kHour_ms});
    return;
  }
  const std::size_t f = consensus::faults_max(plan.validators);
  for (const std::size_t node : some_nodes(random, plan.validators, f)) {
    const auto hour_ms = static_cast<std::int64_t>(kHour_ms);
    plan.wrong_clocks[node] = random.coin() ? hour_ms : -hour_ms;
  }
  if (random.coin()) add_random_faults(random, plan);
}

}  // namespace

bool direct(Random& random, Plan& plan, bool size_is_free) {
  switch (plan.seed % 20) {
    case 1:
      if (!size_is_free && plan.validators != 4) return false;
      split_one_view(plan);
      return true;
    case 9:
      split_certificates(random, plan);
      return true;
    case 2:
      crash_before_execution_sync(random, plan);
      return true;
    case 3:
      split_halves(random, plan, size_is_free);
      return true;
    case 4:
      skipped_views(random, plan);
      return true;
    case 5:
      forked_lane(random, plan);
      return true;
    case 6:
      false_headers(random, plan);
      return true;
    case 7:
      crash_storm(random, plan);
      return true;
    case 8:
      late_notarizations(random, plan);
      return true;
    case 10:
      long_absence(random, plan);
      return true;
    case 11:
      wrong_clocks(random, plan);
      return true;
    default:
      return false;
  }
}

}  // namespace jingchu::sim
