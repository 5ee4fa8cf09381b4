// Builds on the parent of its parent, skipping a view that was not nullified: at once when it sees the
// notarization of the view before its own, so that the others have not finalized it yet.
#include "sim/byzantine/behaviours.h"

namespace jingchu::sim {
namespace {

using namespace consensus;

class GapLeader : public Behaviour {
 public:
  void observe(Adversary& self, NodeIndex /*from*/, const Message& message) override {
    if (const auto* proposal = std::get_if<Proposal>(&message)) {
      for (const auto& certificate : proposal->justification) see(self, certificate);
    } else if (const auto* certificate = std::get_if<Certificate>(&message)) {
      see(self, *certificate);
    }
  }

 private:
  void see(Adversary& self, const Certificate& certificate) {
    const View view = certificate.ballot.view;
    if (certificate.ballot.kind != VoteKind::kNotarize ||
        !notarizations_.try_emplace(view, certificate).second)
      return;
    if (view.next().value() % self.validators() != self.self().value()) return;
    const Header* parent = self.header(certificate.ballot.hash);
    const Header* grandparent = parent == nullptr ? nullptr : self.header(parent->parent_hash);
    if (grandparent == nullptr) return;
    // The notarized block once more, in the next view.
    Header header = *parent;
    header.view = view.next();
    header.time_ms += 1;
    header.executed_height = grandparent->executed_height;
    header.executed_root = grandparent->executed_root;
    std::vector<Certificate> justification;
    const auto reason = notarizations_.find(grandparent->view);
    if (reason != notarizations_.end()) justification.push_back(reason->second);
    self.send({}, certificate);
    self.send({}, self.sign(std::move(header), std::move(justification)));
  }

  std::map<View, Certificate> notarizations_;
};

}  // namespace

std::unique_ptr<Behaviour> make_gap_leader() {
  return std::make_unique<GapLeader>();
}

}  // namespace jingchu::sim
