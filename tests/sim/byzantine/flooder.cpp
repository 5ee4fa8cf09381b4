// Floods the others with requests, refusals, votes for the window of future views and batches ahead of its
// lane.
#include "sim/byzantine/behaviours.h"

namespace jingchu::sim {
namespace {

using namespace consensus;

class Flooder : public Behaviour {
 public:
  void wake(Adversary& self) override {
    Random& random = self.random();
    const std::uint64_t view = self.newest() ? self.newest()->header.view.value() : 1;
    for (int i = 0; i < 8; ++i) {
      const Hash hash = sha256(as_bytes("flood " + std::to_string(random.next())));
      const View ahead(view + random.below(80));
      const auto kind = static_cast<VoteKind>(random.between(1, 2));
      const bool nullify = kind == VoteKind::kNullify;
      self.send_to_some(
          self.sign({kind, ahead, nullify ? Height() : Height(ahead.value()), nullify ? Hash{} : hash}));
      const NodeIndex lane(static_cast<std::uint16_t>(random.below(self.validators())));
      self.send_to_some(FetchBatches{lane, Sequence(random.below(9)), Sequence(random.below(99)), hash});
      self.send_to_some(FetchProposal{ahead, hash});
      self.send_to_some(Unavailable{FetchKind::kBatches, random.below(99), hash});
      self.send_to_some(FetchChain{Height(random.below(20))});
    }
    const Hash prev = sha256(as_bytes("flood " + std::to_string(random.next())));
    self.send_to_some(
        self.sign(Sequence(random.between(1, 2'000)), prev, {Bytes(random.between(1, 4'000), 0x66)}));
  }
};

}  // namespace

std::unique_ptr<Behaviour> make_flooder() {
  return std::make_unique<Flooder>();
}

}  // namespace jingchu::sim
