// The operators of the nodes: through transactions of the governance module they bring the set of validators
// to what it ought to be. Every step follows from the state that some node has; what got lost is sent again.
#pragma once

#include <map>
#include <string>

#include "contracts/governance/governance_state.h"
#include "sim/plan.h"

namespace jingchu::sim {

class Node;
class World;

class Governor {
 public:
  explicit Governor(World& world);

  void act_next();
  // The node beyond the validators is to be one, or none.
  void want_joined(bool joined) { wants_joined_ = joined; }
  void on_heal();
  // The set that is in force is the one that is wanted.
  bool satisfied() const;
  std::string missing() const;
  // What the changes may take after healing.
  std::uint64_t bound_us() const;

 private:
  using Members = contracts::governance::Members;
  // What the module has in the state of one node.
  struct View {
    Height height;
    Members latest;
    std::optional<contracts::governance::Pending> pending;
    std::map<contracts::governance::ProposalId, contracts::governance::Proposal> open;
  };

  void act(const Node& node);
  void let_in_again();
  Result<View> look(const Node& node) const;
  // The set as it ought to be, as far as its nodes can still be validators.
  Members wanted(const Members& present) const;
  std::size_t differences(const Members& present) const;
  // The payload of the proposal that leads there, or a step nearer.
  std::string proposal(const View& view) const;
  void vote(const View& view, contracts::governance::ProposalId id);
  void attest(const View& view);
  // Unless the same was sent and may still execute.
  void send(const View& view, NodeIndex node, const std::string& method, const std::string& payload);
  std::uint64_t blocks_max() const;
  void check_pace();

  World& world_;
  bool at_once_;  // all changes in one proposal
  bool wants_joined_ = false;
  std::map<std::string, Height> sent_;  // with its sender, until which height
  std::uint64_t nonce_ = 0;
  std::optional<Height> due_;  // what is wanted at healing is to be in force
};

}  // namespace jingchu::sim
