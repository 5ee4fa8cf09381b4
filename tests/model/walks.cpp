#include "model/walks.h"

#include <ctime>
#include <set>

#include "model/explorer.h"
#include "model/walk.h"

namespace jingchu::model {
namespace {

constexpr std::size_t kStepsMax = 600;
constexpr std::size_t kCountedViews = 2;
constexpr std::size_t kMegabytesMax = 1024;

Setting setting(std::size_t byzantine, std::size_t views) {
  Setting setting;
  setting.validators = Walk::kValidators;
  setting.views = views;
  setting.byzantine_leads = byzantine == 0 ? Walk::kValidators : byzantine;
  return setting;
}

// What is left of a state when its later views are taken away.
State first_views(State state) {
  for (Ballots& votes : state.votes) votes &= at_view(1, kCountedViews + 1) - 1;
  for (std::size_t later = block(kCountedViews + 1, 0); later < state.parents.size(); ++later)
    state.parents[later] = kNoBlock;
  return state;
}

}  // namespace

WalksReport walk(std::uint64_t walks, consensus::Mutant mutant) {
  const std::clock_t start = std::clock();
  WalksReport report;
  std::vector<Model> models;
  std::vector<std::set<std::pair<std::uint64_t, std::uint64_t>>> reached(Walk::kValidators);
  for (std::size_t byzantine = 0; byzantine < Walk::kValidators; ++byzantine) {
    models.emplace_back(setting(byzantine, Walk::kViews));
    report.states += explore(Model(setting(byzantine, kCountedViews)), kMegabytesMax).states;
  }
  const Shape shape = setting(0, kCountedViews).shape();
  consensus::set_active_mutant(mutant);
  for (; report.walks < walks && report.violation.empty(); ++report.walks) {
    const std::size_t byzantine = report.walks % Walk::kValidators;
    Walk walk(report.walks + 1, byzantine, models[byzantine]);
    report.violation = walk.run(kStepsMax);
    report.votes += walk.counts().votes;
    report.certificates += walk.counts().certificates;
    report.crashes += walk.counts().crashes;
    report.executions += walk.counts().executions;
    for (const State& state : walk.states()) {
      const Key key = pack(canonical(first_views(state), shape), shape);
      reached[byzantine].insert({key.low, key.high});
    }
  }
  consensus::set_active_mutant(consensus::Mutant::kNone);
  for (const auto& keys : reached) report.states_reached += keys.size();
  report.seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  return report;
}

}  // namespace jingchu::model
