// Speaks to some of the others only, and to others a little later.
#include "sim/byzantine/behaviours.h"

namespace jingchu::sim {
namespace {

using consensus::Outgoing;

class SelectiveDelivery : public Behaviour {
 public:
  std::vector<Outgoing> outgoing(Adversary& self, Outgoing outgoing) override {
    std::vector<Outgoing> copies = self.spread(outgoing);
    std::erase_if(copies, [this](const Outgoing& copy) { return (favoured_ >> copy.to->value() & 1) == 0; });
    return copies;
  }
  void wake(Adversary& self) override {
    if (self.random().chance(1, 8)) favoured_ = self.random().next();
  }

 private:
  std::uint64_t favoured_ = 0x5555'5555'5555'5555u;
};

}  // namespace

std::unique_ptr<Behaviour> make_selective_delivery() {
  return std::make_unique<SelectiveDelivery>();
}

}  // namespace jingchu::sim
