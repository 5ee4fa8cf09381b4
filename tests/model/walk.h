// Ties the model to the code: three real consensus cores and a Byzantine validator walk at random (messages
// late, repeated or never, syncs, crashes, timers, executions), and every vote that leaves a core must be one
// that the model allows in the state that the votes before it lead to.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/machine.h"
#include "model/model.h"
#include "sim/random.h"

namespace jingchu::model {

struct WalkCounts {
  std::uint64_t votes = 0;
  std::uint64_t certificates = 0;
  std::uint64_t crashes = 0;
  std::uint64_t executions = 0;
};

class Walk {
 public:
  static constexpr std::size_t kValidators = 4;
  static constexpr std::size_t kViews = 4;

  // The model is of kViews views, with the leaders that `byzantine` leads to.
  Walk(std::uint64_t seed, std::size_t byzantine, const Model& model);

  // Until the views of the model are over, or for so many steps. Returns what the model does not allow.
  std::string run(std::size_t steps);

  // After every vote, the states of the model so far.
  const std::vector<State>& states() const { return states_; }
  const WalkCounts& counts() const { return counts_; }

 private:
  struct Sent {
    std::size_t from = 0;
    consensus::Outgoing outgoing;
  };
  void step();
  void leave(Machine& machine, std::vector<consensus::Outgoing> outgoing);
  void check(const Machine& machine, const consensus::Vote& vote);
  bool name_header(const consensus::Ballot& ballot, Action& action);
  void check_log(const Machine& machine, const Action& action);
  void deliver();
  void advance();
  void restart();

  // The Byzantine validator.
  void send_vote();
  void send_certificate();
  void send_proposal();
  const consensus::Ballot* any_ballot();
  std::optional<consensus::Certificate> certificate(const consensus::Ballot& ballot) const;
  void send_to_all(consensus::Message message);
  consensus::Proposal proposal_on(const consensus::Header& parent, View view, std::uint64_t variant);

  Machine& any_machine() { return machines_[random_.below(machines_.size())]; }
  std::size_t model_index(const Machine& machine) const {
    return machine.self() - (machine.self() > byzantine_ ? 1 : 0);
  }

  consensus::testing::Fixture given_;
  std::size_t byzantine_;
  const Model& model_;
  sim::Random random_;
  consensus::Now now_{1'000'000, 100'000};
  std::vector<Machine> machines_;
  std::vector<Sent> sent_;
  std::map<consensus::Ballot, std::map<std::size_t, Signature>> votes_;
  std::map<Hash, consensus::Header> headers_;
  std::map<Hash, Block> names_;  // of the headers that were voted for
  State state_;
  std::vector<State> states_;
  WalkCounts counts_;
  std::string violation_;
  bool over_ = false;
};

}  // namespace jingchu::model
