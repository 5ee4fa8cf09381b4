// Reports batches that it does not hold, executions that never were, and views that nobody reached.
#include "sim/byzantine/behaviours.h"

namespace jingchu::sim {
namespace {

using namespace consensus;

class FalseWatermarks : public Behaviour {
 public:
  std::vector<Outgoing> outgoing(Adversary& self, Outgoing outgoing) override {
    auto* status = std::get_if<LaneStatus>(&outgoing.message);
    if (status == nullptr || status->watermarks.empty()) return {std::move(outgoing)};
    Random& random = self.random();
    CutEntry& mark = status->watermarks[random.below(status->watermarks.size())];
    switch (random.below(7)) {
      case 0:
        mark = {mark.sequence + random.between(1, 30), sha256(mark.tip)};
        break;
      case 1:
        mark.tip = sha256(mark.tip);
        break;
      case 2:
        mark = {Sequence(~std::uint64_t{0}), sha256(mark.tip)};
        break;
      case 3:
        mark = {};
        break;
      case 4:
        status->executed_height = status->executed_height + random.between(1, 5);
        break;
      case 5:
        status->final_view = status->final_view + random.between(1, 100);
        status->final_height = status->final_height + random.between(1, 100);
        break;
      default:
        status->watermarks.resize(random.below(2 * self.validators()));
    }
    return {std::move(outgoing)};
  }
};

}  // namespace

std::unique_ptr<Behaviour> make_false_watermarks() {
  return std::make_unique<FalseWatermarks>();
}

}  // namespace jingchu::sim
