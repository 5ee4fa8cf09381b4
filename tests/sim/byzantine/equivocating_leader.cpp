// Proposes two blocks in its views, one to each half, and votes for both.
#include "sim/byzantine/behaviours.h"

namespace jingchu::sim {
namespace {

using namespace consensus;

class EquivocatingLeader : public Behaviour {
 public:
  std::vector<Outgoing> outgoing(Adversary& self, Outgoing outgoing) override {
    const auto* proposal = std::get_if<Proposal>(&outgoing.message);
    if (proposal == nullptr || proposal->proposer != self.self()) return {std::move(outgoing)};
    Header other = proposal->header;
    other.time_ms += 1;
    if (self.random().coin()) {
      const Header* parent = self.header(other.parent_hash);
      if (parent != nullptr) other.cut = parent->cut;
    }
    const Proposal second = self.sign(other, proposal->justification);
    std::vector<Outgoing> copies = self.spread(outgoing);
    for (Outgoing& copy : copies) {
      if (self.random().coin()) copy.message = second;
    }
    for (const Header* header : {&proposal->header, static_cast<const Header*>(&other)}) {
      const Ballot notarize{VoteKind::kNotarize, header->view, header->height,
                            block_hash(self.chain_id(), *header)};
      for (Outgoing& vote : self.spread({{}, self.sign(notarize)})) copies.push_back(std::move(vote));
    }
    return copies;
  }
};

}  // namespace

std::unique_ptr<Behaviour> make_equivocating_leader() {
  return std::make_unique<EquivocatingLeader>();
}

}  // namespace jingchu::sim
