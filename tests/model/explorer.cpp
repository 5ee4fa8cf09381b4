#include "model/explorer.h"

#include <algorithm>
#include <ctime>

#include "model/state_set.h"

namespace jingchu::model {
namespace {

std::string violation_of(const Model& model, const State& state) {
  std::string violation = model.broken(state);
  if (violation.empty() && model.setting().progress) violation = model.stuck(state);
  return violation;
}

Key key_after(const Model& model, const State& state, std::size_t validator, const Action& action) {
  const Shape shape = model.setting().shape();
  State after = model.after(state, validator, action);
  if (model.setting().settle) after = model.settled(after);
  return pack(canonical(after, shape), shape);
}

// The vote that leads from one state to the other.
std::string step_between(const Model& model, const Key& from, const Key& to) {
  const Shape shape = model.setting().shape();
  const State state = unpack(from, shape);
  const Ballots certificates = model.certificates(state);
  for (std::size_t i = 0; i < shape.honest; ++i) {
    for (const Action& action : model.actions(state, certificates, i)) {
      if (key_after(model, state, i, action) == to) return to_string(action);
    }
  }
  return "?";
}

std::vector<std::string> way_to(const Model& model, const StateSet& states, StateSet::Index index) {
  std::vector<std::string> votes;
  for (; states.found_from(index) != StateSet::kNone; index = states.found_from(index))
    votes.push_back(step_between(model, states[states.found_from(index)], states[index]));
  std::reverse(votes.begin(), votes.end());
  return votes;
}

}  // namespace

Exploration explore(const Model& model, std::size_t megabytes_max,
                    const std::function<void(const State&)>& visit) {
  const std::clock_t start = std::clock();
  const Shape shape = model.setting().shape();
  Exploration result;
  StateSet states;
  states.add(pack(State(), shape), StateSet::kNone);
  std::size_t level_end = 1;  // the states before it were found at `depth`
  std::size_t next = 0;
  for (; next < states.size() && states.megabytes_after_next() <= megabytes_max; ++next) {
    if (next == level_end) {
      ++result.depth;
      level_end = states.size();
    }
    const State state = unpack(states[next], shape);
    if (visit) visit(state);
    result.violation = violation_of(model, state);
    if (!result.violation.empty()) {
      result.votes = way_to(model, states, static_cast<StateSet::Index>(next));
      break;
    }
    const Ballots certificates = model.certificates(state);
    for (std::size_t i = 0; i < shape.honest; ++i) {
      for (const Action& action : model.actions(state, certificates, i)) {
        ++result.transitions;
        states.add(key_after(model, state, i, action), static_cast<StateSet::Index>(next));
      }
    }
  }
  result.exhausted = next == states.size();
  result.states = states.size();
  result.megabytes = states.megabytes();
  result.seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  return result;
}

}  // namespace jingchu::model
