// Votes for every proposal in every way, each vote to some of the others only: certificates end up split.
#include "sim/byzantine/behaviours.h"

namespace jingchu::sim {
namespace {

using namespace consensus;

class DoubleVoter : public Behaviour {
 public:
  std::vector<Outgoing> outgoing(Adversary& self, Outgoing outgoing) override {
    // Its own core's votes and certificates would end what it is after.
    const bool keeps = std::holds_alternative<Vote>(outgoing.message) ||
                       (std::holds_alternative<Certificate>(outgoing.message) && self.random().chance(3, 4));
    if (keeps) return {};
    return {std::move(outgoing)};
  }

  void observe(Adversary& self, NodeIndex /*from*/, const Message& message) override {
    const auto* proposal = std::get_if<Proposal>(&message);
    if (proposal != nullptr) vote_both_ways(self, proposal->header);
  }

  void wake(Adversary& self) override {
    if (self.newest() && self.random().coin()) vote_both_ways(self, self.newest()->header);
  }

 private:
  static void vote_both_ways(Adversary& self, const Header& header) {
    const Hash hash = block_hash(self.chain_id(), header);
    self.send_to_some(self.sign({VoteKind::kNotarize, header.view, header.height, hash}));
    self.send_to_some(self.sign({VoteKind::kNullify, header.view, {}, {}}));
    if (self.random().coin())
      self.send_to_some(self.sign({VoteKind::kFinalize, header.view, header.height, hash}));
    if (self.random().coin()) self.send_to_some(self.sign({VoteKind::kNullify, header.view.next(), {}, {}}));
  }
};

}  // namespace

std::unique_ptr<Behaviour> make_double_voter() {
  return std::make_unique<DoubleVoter>();
}

}  // namespace jingchu::sim
