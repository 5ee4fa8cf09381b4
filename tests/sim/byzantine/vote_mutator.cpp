// Small mutations of its own votes: a view more or less, a stale or a mangled hash, another height, an old
// vote again.
#include "sim/byzantine/behaviours.h"

namespace jingchu::sim {
namespace {

using namespace consensus;

class VoteMutator : public Behaviour {
 public:
  std::vector<Outgoing> outgoing(Adversary& self, Outgoing outgoing) override {
    auto* vote = std::get_if<Vote>(&outgoing.message);
    if (vote == nullptr || vote->signer != self.self()) return {std::move(outgoing)};
    Ballot ballot = vote->ballot;
    const Ballot current = ballot;
    switch (self.random().below(7)) {
      case 0:
        ballot.view = ballot.view.next();
        break;
      case 1:
        ballot.view = View(std::max<std::uint64_t>(ballot.view.value(), 2) - 1);
        break;
      case 2:
        ballot.hash = sha256(ballot.hash);
        break;
      case 3:
        ballot.height = ballot.height.next();
        break;
      case 4:
        ballot.hash = stale_.hash;
        break;
      case 5:
        ballot = stale_;
        break;
      default:
        break;
    }
    stale_ = current;
    Outgoing mutated = outgoing;
    mutated.message = self.sign(ballot);
    if (self.random().coin()) return {std::move(mutated), std::move(outgoing)};
    return {std::move(mutated)};
  }

 private:
  Ballot stale_{VoteKind::kNotarize, View(1), Height(1), {}};
};

}  // namespace

std::unique_ptr<Behaviour> make_vote_mutator() {
  return std::make_unique<VoteMutator>();
}

}  // namespace jingchu::sim
