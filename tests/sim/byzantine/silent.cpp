// Says everything for a while and then nothing more, as a machine that died.
#include "sim/byzantine/behaviours.h"

namespace jingchu::sim {
namespace {

using consensus::Outgoing;

class Silent : public Behaviour {
 public:
  std::vector<Outgoing> outgoing(Adversary& self, Outgoing outgoing) override {
    if (remaining_ == 0) remaining_ = 1 + self.random().between(1, 600);
    if (remaining_ == 1) return {};
    --remaining_;
    return {std::move(outgoing)};
  }

 private:
  std::uint64_t remaining_ = 0;  // messages plus one; 0: not drawn yet
};

}  // namespace

std::unique_ptr<Behaviour> make_silent() {
  return std::make_unique<Silent>();
}

}  // namespace jingchu::sim
