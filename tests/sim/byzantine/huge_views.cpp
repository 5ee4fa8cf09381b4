// Votes, proposals, reports and requests for views at the end of the number range.
#include "sim/byzantine/behaviours.h"

namespace jingchu::sim {
namespace {

using namespace consensus;

class HugeViews : public Behaviour {
 public:
  void wake(Adversary& self) override {
    Random& random = self.random();
    static constexpr std::uint64_t kViews[] = {0x7fff'ffff'ffff'ffffu, ~std::uint64_t{0}, 1u << 20, 200};
    View view(kViews[random.below(4)] - random.below(8));
    const Hash hash = sha256(as_bytes("huge"));
    self.send_to_some(self.sign({VoteKind::kNotarize, view, Height(view.value()), hash}));
    self.send_to_some(self.sign({VoteKind::kNullify, view, {}, {}}));
    self.send_to_some(self.sign({VoteKind::kFinalize, view, Height(1), hash}));
    self.send_to_some(FetchCertificates{View(random.below(4)), view});
    self.send_to_some(FetchProposal{view, hash});
    self.send_to_some(FetchChain{Height(view.value())});
    if (!self.newest()) return;
    Header header = self.newest()->header;
    while (view.value() % self.validators() != self.self().value()) view = view.previous();
    header.view = view;
    self.send_to_some(self.sign(header, self.newest()->justification));
    const Cut marks(self.validators(), CutEntry{Sequence(view.value()), hash});
    self.send_to_some(
        LaneStatus{self.epoch(), view, marks, Height(view.value()), hash, view, Height(view.value()), view});
  }
};

}  // namespace

std::unique_ptr<Behaviour> make_huge_views() {
  return std::make_unique<HugeViews>();
}

}  // namespace jingchu::sim
