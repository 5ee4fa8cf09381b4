// The model's own tests: what its reductions leave out is nothing, and small numbers that can be counted by
// hand.
#include <set>

#include "model/explorer.h"

#include <doctest/doctest.h>

namespace jingchu::model {
namespace {

constexpr std::size_t kMegabytes = 512;

using Keys = std::set<std::pair<std::uint64_t, std::uint64_t>>;

std::pair<std::uint64_t, std::uint64_t> key_of(const State& state, const Shape& shape) {
  const Key key = pack(canonical(state, shape), shape);
  return {key.low, key.high};
}

Setting with_views(std::size_t views) {
  Setting setting;
  setting.views = views;
  return setting;
}

// Every state, without any reduction, by going on from each.
std::set<std::vector<std::uint64_t>> all_states(const Model& model) {
  const auto raw = [](const State& state) {
    std::vector<std::uint64_t> words(state.votes.begin(), state.votes.end());
    words.insert(words.end(), state.parents.begin(), state.parents.end());
    return words;
  };
  std::vector<State> found{State()};
  std::set<std::vector<std::uint64_t>> known{raw(State())};
  for (std::size_t next = 0; next < found.size(); ++next) {
    const State state = found[next];
    for (std::size_t i = 0; i < model.setting().shape().honest; ++i) {
      for (const Action& action : model.actions(state, model.certificates(state), i)) {
        const State after = model.after(state, i, action);
        if (known.insert(raw(after)).second) found.push_back(after);
      }
    }
  }
  return known;
}

}  // namespace

TEST_CASE("what a validator may cast in the first view") {
  const Model model(with_views(1));
  State state;
  const auto may = [&](std::size_t validator, const Action& action) {
    return model.may(state, model.certificates(state), validator, action);
  };
  const Action notarizes{consensus::VoteKind::kNotarize, 1, 0, kGenesis, 0};
  const Action nullifies{consensus::VoteKind::kNullify, 1, 0, kNoBlock, 0};
  const Action finalizes{consensus::VoteKind::kFinalize, 1, 0, kNoBlock, 0};
  CHECK(may(0, notarizes));
  CHECK(may(0, nullifies));
  CHECK(!may(0, finalizes));
  state = model.after(state, 0, notarizes);
  CHECK(!may(0, notarizes));
  CHECK(!may(0, finalizes));
  state = model.after(state, 1, nullifies);
  CHECK(may(1, notarizes));  // after an own Nullify
  state = model.after(state, 1, notarizes);
  CHECK(may(0, finalizes));
  CHECK(!may(1, finalizes));  // it has nullified
  CHECK(may(2, finalizes));   // whoever knows the notarization
  state = model.after(state, 0, finalizes);
  CHECK(!may(0, nullifies));
  CHECK(may(2, nullifies));
}

TEST_CASE("a view is entered by a certificate, and left for good by a vote in a later one") {
  const Model model(with_views(2));
  State state;
  const auto may = [&](std::size_t validator, std::size_t view) {
    const Action nullifies{consensus::VoteKind::kNullify, view, 0, kNoBlock, 0};
    return model.may(state, model.certificates(state), validator, nullifies);
  };
  const auto nullify = [&](std::size_t validator, std::size_t view) {
    state = model.after(state, validator, {consensus::VoteKind::kNullify, view, 0, kNoBlock, 0});
  };
  CHECK(!may(2, 2));
  nullify(0, 1);
  CHECK(!may(2, 2));
  nullify(1, 1);
  CHECK(may(2, 2));
  CHECK(may(2, 1));
  nullify(2, 2);
  CHECK(!may(2, 1));
}

TEST_CASE("symmetry: the states explored are all there are, up to the names of validators and headers") {
  for (const std::size_t views : {1, 2}) {
    const Model model(with_views(views));
    const Shape shape = model.setting().shape();
    Keys explored;
    const Exploration found =
        explore(model, kMegabytes, [&](const State& state) { explored.insert(key_of(state, shape)); });
    CHECK(found.exhausted);
    CHECK(explored.size() == found.states);
    std::size_t unknown = 0;
    Keys reached;
    for (const auto& words : all_states(model)) {
      State state;
      std::copy(words.begin(), words.begin() + kHonestMax, state.votes.begin());
      std::copy(words.begin() + kHonestMax, words.end(), state.parents.begin());
      reached.insert(key_of(state, shape));
      unknown += explored.contains(key_of(state, shape)) ? 0 : 1;
    }
    CHECK(unknown == 0);
    CHECK(reached.size() == explored.size());
  }
}

// Explores the settled states, and looks up every other state's settled one among them.
std::size_t states_without_settled_one(std::size_t views) {
  Setting setting = with_views(views);
  const Shape shape = setting.shape();
  setting.settle = true;
  const Model settled(setting);
  Keys explored;
  explore(settled, kMegabytes, [&](const State& state) { explored.insert(key_of(state, shape)); });
  std::size_t without = 0;
  setting.settle = false;
  const Exploration all = explore(Model(setting), kMegabytes, [&](const State& state) {
    without += explored.contains(key_of(settled.settled(state), shape)) ? 0 : 1;
  });
  CHECK(all.exhausted);
  CHECK(all.states > explored.size());
  return without;
}

TEST_CASE("settled states: every state has its settled one among those explored") {
  CHECK(states_without_settled_one(1) == 0);
  CHECK(states_without_settled_one(2) == 0);
}

TEST_CASE("settled states, three views" * doctest::skip()) {
  CHECK(states_without_settled_one(3) == 0);
}

TEST_CASE("settled states: bugs are found among them, too") {
  Setting setting = with_views(2);
  setting.settle = true;
  CHECK(explore(Model(setting), kMegabytes).violation.empty());
  setting.only_agreement = true;
  for (const auto mutant : {consensus::Mutant::kFinalizeAfterNullify,
                            consensus::Mutant::kNullifyAfterFinalize, consensus::Mutant::kNoGapCheck}) {
    setting.mutant = mutant;
    CHECK(explore(Model(setting), kMegabytes).violation.starts_with("disagreement"));
  }
}

TEST_CASE("pack and unpack agree with each other in the largest shape") {
  const Shape shape{3, 5, true};
  CHECK(shape.bits() <= 128);
  std::uint64_t seed = 1;
  for (int i = 0; i < 1'000; ++i) {
    State state;
    for (std::size_t at = 0; at < shape.honest; ++at) {
      seed = seed * 6364136223846793005u + 1442695040888963407u;
      state.votes[at] = static_cast<Ballots>(seed >> 33) & ((1u << 25) - 1);
    }
    for (std::size_t child = block(1, 0); child < block(6, 0); ++child)
      state.parents[child] =
          static_cast<Block>(view_of(static_cast<Block>(child)) == 1 ? 0 : (seed >> child) % 12);
    for (const Ballots votes : state.votes) {
      for (std::size_t header = 0; header < kHeadersMax; ++header) {
        if ((votes & notarize(header)) != 0) state.parents[block(1, header)] = kGenesis;
      }
    }
    state.durable = state.votes[0] & 0b00111'00111'00111'00111'00111;
    CHECK(unpack(pack(state, shape), shape) == state);
  }
}

}  // namespace jingchu::model
