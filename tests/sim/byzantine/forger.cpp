// Speaks in others' names without their keys: votes, proposals, batches and certificates.
#include "sim/byzantine/behaviours.h"

namespace jingchu::sim {
namespace {

using namespace consensus;

class Forger : public Behaviour {
 public:
  void wake(Adversary& self) override {
    if (!self.newest()) return;
    Random& random = self.random();
    const NodeIndex other(static_cast<std::uint16_t>(random.below(self.validators() + 2)));
    const Header header = self.newest()->header;
    const Ballot ballot{random.coin() ? VoteKind::kNotarize : VoteKind::kFinalize, header.view, header.height,
                        block_hash(self.chain_id(), header)};
    switch (random.below(4)) {
      case 0: {
        Vote vote = self.sign(ballot);
        vote.signer = other;
        return self.send_to_some(vote);
      }
      case 1: {
        Proposal proposal = self.sign(header, self.newest()->justification);
        proposal.header.view = header.view.next();
        proposal.proposer = other;
        return self.send_to_some(proposal);
      }
      case 2: {
        Bytes content = self.fresh_transaction(header.height + 5);
        if (content.empty()) content.resize(9, 1);
        Batch batch =
            self.sign(Sequence(random.between(1, 30)), sha256(as_bytes("forged")), {std::move(content)})
                ->batch;
        batch.lane = other;
        return self.send_to_some(seal(self.chain_id(), std::move(batch)));
      }
      default: {
        Certificate certificate = self.forge(ballot);
        if (random.coin()) certificate.signatures.pop_back();
        if (random.coin()) certificate.signatures.back().signer = other;
        return self.send_to_some(certificate);
      }
    }
  }
};

}  // namespace

std::unique_ptr<Behaviour> make_forger() {
  return std::make_unique<Forger>();
}

}  // namespace jingchu::sim
