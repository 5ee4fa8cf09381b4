// Puts into its batches what no client signed, what is of no chain, and what is no transaction at all.
#include "sim/byzantine/behaviours.h"

namespace jingchu::sim {
namespace {

class InvalidBatches : public Behaviour {
 public:
  void sealing(Adversary& self, std::vector<Bytes>& transactions) override {
    Random& random = self.random();
    if (random.chance(2, 3)) return;
    if (!self.newest()) return;
    Bytes bad = self.fresh_transaction(self.newest()->header.height + 6);
    switch (random.below(4)) {
      case 0:
        bad = to_bytes("no transaction");
        break;
      case 1:
        bad.back() ^= 1;  // the signature stands last
        break;
      case 2:
        bad[random.below(bad.size())] ^= static_cast<std::uint8_t>(1u << random.below(8));
        break;
      default:
        bad.resize(bad.size() + 1);
    }
    transactions.push_back(std::move(bad));
  }
};

}  // namespace

std::unique_ptr<Behaviour> make_invalid_batches() {
  return std::make_unique<InvalidBatches>();
}

}  // namespace jingchu::sim
