// R1: splits the certificates of one view that it leads. With four validators: one of the others alone sees
// the notarization, one alone the nullification, the third neither; from then on the network withholds what
// would tell.
#include "sim/byzantine/behaviours.h"

namespace jingchu::sim {
namespace {

using namespace consensus;

constexpr std::uint64_t kHonestViews = 4;  // so that there is a chain before

class Splitter : public Behaviour {
 public:
  std::vector<Outgoing> outgoing(Adversary& self, Outgoing outgoing) override {
    if (const auto* proposal = std::get_if<Proposal>(&outgoing.message)) {
      const bool begins = proposal->proposer == self.self() && proposal->header.view.value() > kHonestViews;
      if (begins && split_ == View()) return split(self, outgoing, proposal->header);
    } else if (const auto* vote = std::get_if<Vote>(&outgoing.message)) {
      if (split_ != View() && vote->ballot.view >= split_) return {};
    }
    return {std::move(outgoing)};
  }

 private:
  std::vector<Outgoing> split(Adversary& self, const Outgoing& outgoing, const Header& header) {
    split_ = header.view;
    self.withhold_from(split_);
    const auto copies = self.spread(outgoing);
    const Ballot notarize{VoteKind::kNotarize, header.view, header.height,
                          block_hash(self.chain_id(), header)};
    const Ballot nullify{VoteKind::kNullify, header.view, {}, {}};
    // copies[0] does not hear of the block; copies[1] notarizes and nullifies; copies[2] finalizes.
    return {{copies[0].to, self.sign(nullify)}, copies[1], copies[2], {copies[2].to, self.sign(notarize)}};
  }

  View split_;
};

}  // namespace

std::unique_ptr<Behaviour> make_splitter() {
  return std::make_unique<Splitter>();
}

}  // namespace jingchu::sim
