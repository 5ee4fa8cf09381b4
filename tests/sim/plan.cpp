#include "sim/plan.h"

#include <algorithm>
#include <set>

#include "consensus/quorum.h"

namespace jingchu::sim {
namespace {

void choose_parameters(Random& random, Plan& plan) {
  auto& parameters = plan.parameters;
  parameters.delay_ms = static_cast<std::uint32_t>(random.between(40, 60));
  parameters.timer_cap_ms = static_cast<std::uint32_t>(random.between(800, 2'500));
  parameters.idle_ms = static_cast<std::uint32_t>(random.between(500, 1'000));
  parameters.block_interval_ms = static_cast<std::uint32_t>(random.between(50, 120));
  parameters.status_interval_ms = static_cast<std::uint32_t>(random.between(40, 120));
  parameters.status_minimum_ms = static_cast<std::uint32_t>(random.between(5, 20));
  parameters.standstill_ms = static_cast<std::uint32_t>(random.between(300, 500));
  parameters.execution_lag_max = random.coin() ? 16 : 4;
  parameters.lane_bytes_max = 64 << 10;
  parameters.batch_bytes_max = 8 << 10;
  if (random.chance(1, 4)) parameters.block_batches_max = static_cast<std::uint32_t>(plan.validators + 2);
}

void choose_network(Random& random, Plan& plan) {
  auto& network = plan.network;
  network.delay_max_us = random.between(5'000, 40'000);
  if (random.coin()) network.loss_permille = random.coin() ? random.between(1, 30) : random.between(50, 350);
  if (random.coin()) network.duplicate_permille = random.between(1, 100);
  if (random.coin()) network.spike_permille = random.between(1, 80);
  network.spike_us = random.between(50'000, 900'000);
}

Fault random_fault(Random& random, const Plan& plan, std::uint64_t time_us) {
  const std::size_t n = plan.validators;
  const std::size_t f = consensus::faults_max(n);
  const std::size_t counts[] = {1, 1, f, f + 1, n / 2};
  Fault fault{time_us, FaultKind::kCrash, some_nodes(random, n, counts[random.below(5)]),
              random.between(10'000, 1'500'000), 0};
  switch (random.below(15)) {
    case 0:
    case 1:
      break;
    case 2:
    case 3:
    case 4:
      fault.kind = FaultKind::kCrashAtAction;
      fault.amount = random.between(1, 60);
      break;
    case 5:
      fault.kind = FaultKind::kCrashAll;
      break;
    case 6:
      fault.kind = FaultKind::kPartition;
      break;
    case 7:
      fault.kind = FaultKind::kOneWay;
      break;
    case 8:
      fault.kind = FaultKind::kSplit;
      break;
    case 9:
      fault.kind = FaultKind::kClockJump;
      fault.amount = plan.clock_jumps ? random.between(8'000, 12'000) : 10'000;
      break;
    case 10:
      fault.kind = FaultKind::kSlowSync;
      fault.amount = random.between(20'000, 250'000);
      break;
    case 11:
      fault.kind = FaultKind::kSlowExecution;
      fault.amount = random.between(50'000, 600'000);
      break;
    case 12:
    case 13:
      fault.kind = random.coin() ? FaultKind::kFullDisk : FaultKind::kFailingSync;
      break;
    default:
      fault.kind = random.coin() ? FaultKind::kBitRot : FaultKind::kLostDatabase;
      fault.nodes.resize(1);
  }
  return fault;
}

// A node whose log rots never comes back, and one that lost its database or all held what others may lack:
// they count among the f that may be faulty, with the Byzantine ones and those whose clocks are wrong for
// good.
void keep_within_faults(Plan& plan) {
  std::size_t room = consensus::faults_max(plan.validators);
  room -= std::min(room, plan.byzantine.size() + plan.wrong_clocks.size());
  // Who gets a state again that others have, under its own log, has forgotten nothing that it signed, and f +
  // 1 honest nodes had what was final: one such node is borne beside the others.
  std::set<std::size_t> restored;
  std::erase_if(plan.faults, [&](const Fault& fault) {
    if (fault.kind >= FaultKind::kStaleDatabase && fault.kind <= FaultKind::kRestore) {
      const bool is_another = !restored.contains(fault.nodes.front());
      if (is_another && !restored.empty() && room == 0) return true;
      room -= is_another && !restored.empty() ? 1 : 0;
      restored.insert(fault.nodes.front());
      return false;
    }
    const bool loses = fault.kind == FaultKind::kBitRot || fault.kind == FaultKind::kLostDatabase;
    if (!loses && fault.kind != FaultKind::kLostHome) return false;
    if (room == 0) return true;
    --room;
    return false;
  });
}

void choose_whole(Random& random, Plan& plan) {
  plan.submit = {random.between(5'000, 30'000), random.between(40'000, 200'000)};
  plan.seal_interval_us = random.between(5'000, 150'000);
  plan.validity_window = random.between(12, 60);
  if (random.chance(1, 4)) plan.block_cost_max = random.between(20'000, 120'000);
  plan.parameters.batch_bytes_max = random.between(2, 8) << 10;
  plan.log_segment_bytes = random.between(40'000, 200'000);
}

std::size_t choose_size(Random& random, std::uint64_t seed, const PlanOptions& options) {
  const std::size_t by_seed = 4 + random.below(4);
  if (options.validators != 0) return options.validators;
  if (!options.whole) return by_seed;
  static constexpr std::size_t kSizes[] = {4, 5, 7};
  return seed % 16 == 0 ? 18 : kSizes[by_seed % 3];
}

}  // namespace

const char* to_string(FaultKind kind) {
  static constexpr const char* kNames[] = {"crash",          "crash-at-action", "crash-all",    "partition",
                                           "one-way",        "split",           "clock-jump",   "slow-sync",
                                           "slow-execution", "full-disk",       "failing-sync", "bit-rot",
                                           "lost-database",  "stale-database",  "rotten-entry", "restore",
                                           "new-keys",       "lost-home",       "join",         "leave"};
  return kNames[static_cast<std::size_t>(kind)];
}

const char* to_string(Misbehaviour misbehaviour) {
  static constexpr const char* kNames[] = {"silent",
                                           "twins",
                                           "equivocating-leader",
                                           "double-voter",
                                           "equivocating-lane",
                                           "false-watermarks",
                                           "selective-delivery",
                                           "vote-mutator",
                                           "huge-views",
                                           "header-falsifier",
                                           "gap-leader",
                                           "flooder",
                                           "withheld-batches",
                                           "false-answers",
                                           "forger",
                                           "invalid-batches",
                                           "replayer",
                                           "splitter"};
  return kNames[static_cast<std::size_t>(misbehaviour)];
}

std::size_t Plan::nodes() const {
  const bool joins = std::any_of(faults.begin(), faults.end(),
                                 [](const Fault& fault) { return fault.kind == FaultKind::kJoin; });
  return validators + (joins ? 1 : 0);
}

std::vector<std::size_t> some_nodes(Random& random, std::size_t validators, std::size_t count) {
  auto nodes = random.order(validators);
  nodes.resize(std::min(std::max<std::size_t>(count, 1), validators));
  return nodes;
}

void add_random_faults(Random& random, Plan& plan) {
  const std::uint64_t mean_us = random.between(150'000, 1'500'000);
  for (std::uint64_t time = random.between(100'000, 2 * mean_us); time < plan.heal_us;
       time += random.between(10'000, 2 * mean_us)) {
    plan.faults.push_back(random_fault(random, plan, time));
  }
}

void add_byzantine(Random& random, Plan& plan, const std::vector<Misbehaviour>& choices) {
  const std::size_t f = consensus::faults_max(plan.validators);
  for (const std::size_t node : some_nodes(random, plan.validators, f)) {
    std::vector<Misbehaviour> behaviours;
    for (std::uint64_t i = random.between(1, 3); i > 0; --i) {
      const Misbehaviour choice = choices[random.below(choices.size())];
      if (std::find(behaviours.begin(), behaviours.end(), choice) == behaviours.end())
        behaviours.push_back(choice);
    }
    plan.byzantine.push_back({node, behaviours});
  }
}

std::vector<Misbehaviour> random_misbehaviours(bool whole) {
  std::vector<Misbehaviour> all;
  const auto end = whole ? Misbehaviour::kSplitter : Misbehaviour::kInvalidBatches;
  for (std::size_t i = 0; i < static_cast<std::size_t>(end); ++i) all.push_back(static_cast<Misbehaviour>(i));
  return all;
}

namespace {

Plan draw_plan(std::uint64_t seed, const PlanOptions& options) {
  Random random(seed * 0x9e3779b97f4a7c15u + 1);
  Plan plan;
  plan.seed = seed;
  plan.name = "random";
  plan.whole = options.whole;
  plan.validators = choose_size(random, seed, options);
  plan.real_signatures = seed % 50 == 0;
  choose_parameters(random, plan);
  choose_network(random, plan);
  plan.heal_us = random.between(4'000'000, 8'000'000);
  plan.sessions = random.coin();
  plan.clock_jumps = random.chance(1, 4);
  plan.skew_ms_max = random.chance(1, 3) ? plan.parameters.precision_ms / 2 : 20;
  plan.crash_all_at_heal = random.chance(1, 3);
  plan.byzantine_silent_at_heal = random.chance(2, 3);
  if (options.whole) choose_whole(random, plan);
  if (options.too_many) return plan;
  // Epochs that end while all of this happens; not where a plan counts views.
  const std::uint64_t epoch_blocks =
      random.chance(2, 3) ? random.between(4, 40) : plan.parameters.epoch_blocks;
  if (options.whole && (seed % 11 == 7 || (options.storage && seed % 2 == 0))) {
    direct_storage(random, plan, options.validators == 0);
    return plan;
  }
  if (options.whole && seed % 7 == 3) {
    direct_set_changes(random, plan, options.validators == 0);
    return plan;
  }
  const bool is_directed = options.whole && direct_whole(random, plan);
  if (!is_directed) {
    if (direct(random, plan, options.validators == 0)) return plan;
    add_random_faults(random, plan);
    if (random.chance(3, 4)) add_byzantine(random, plan, random_misbehaviours(options.whole));
  }
  plan.parameters.epoch_blocks = epoch_blocks;
  if (options.whole && epoch_blocks <= 40 && random.coin()) add_set_changes(random, plan);
  return plan;
}

}  // namespace

Plan make_plan(std::uint64_t seed, const PlanOptions& options) {
  Plan plan = draw_plan(seed, options);
  if (options.too_many) {
    plan.name = "too-many";
    for (std::size_t i = 0; i <= consensus::faults_max(plan.validators); ++i) {
      plan.byzantine.push_back({i, {*options.too_many}});
    }
    return plan;
  }
  // Its own numbers, so that a seed without is what it was.
  Random storage(seed * 0x9e3779b97f4a7c15u + 2);
  const bool fits = plan.validators <= 7 && plan.parameters.epoch_blocks <= 40;
  if (options.whole && !plan.storage.in_use() && (storage.chance(1, 5) || options.storage) && fits)
    add_storage(storage, plan);
  keep_within_faults(plan);
  for (const std::string& kind : options.without) remove_kind(plan, kind);
  return plan;
}

}  // namespace jingchu::sim
