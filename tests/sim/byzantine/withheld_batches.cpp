// Lets few have its batches, and answers nobody who asks for any.
#include "sim/byzantine/behaviours.h"

namespace jingchu::sim {
namespace {

using namespace consensus;

class WithheldBatches : public Behaviour {
 public:
  std::vector<Outgoing> outgoing(Adversary& self, Outgoing outgoing) override {
    if (!std::holds_alternative<BatchPointer>(outgoing.message)) return {std::move(outgoing)};
    if (outgoing.to) return {};
    std::vector<Outgoing> copies = self.spread(outgoing);
    std::erase_if(copies, [&](const Outgoing&) { return self.random().chance(2, 3); });
    return copies;
  }
};

}  // namespace

std::unique_ptr<Behaviour> make_withheld_batches() {
  return std::make_unique<WithheldBatches>();
}

}  // namespace jingchu::sim
