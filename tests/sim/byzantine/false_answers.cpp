// Answers fetches with what was not asked for and what is not true: a chain that nobody finalized, another
// batch, a certificate that nobody signed.
#include "sim/byzantine/behaviours.h"

namespace jingchu::sim {
namespace {

using namespace consensus;

class FalseAnswers : public Behaviour {
 public:
  void observe(Adversary& self, NodeIndex from, const Message& message) override {
    if (const auto* chain = std::get_if<FetchChain>(&message)) {
      answer_chain(self, from, *chain);
    } else if (const auto* batches = std::get_if<FetchBatches>(&message)) {
      self.send(from, self.sign(batches->last, batches->tip, {to_bytes("not what was asked for")}));
      self.send(from, self.sign(batches->first, sha256(batches->tip), {to_bytes("nor this")}));
    } else if (const auto* certificates = std::get_if<FetchCertificates>(&message)) {
      self.send(from, self.forge({VoteKind::kNullify, certificates->first, {}, {}}));
    } else if (const auto* proposal = std::get_if<FetchProposal>(&message)) {
      if (self.newest()) self.send(from, *self.newest());
      self.send(from, Unavailable{FetchKind::kProposal, proposal->view.value(), proposal->hash});
    }
  }

 private:
  // A block upon the one that the other has, with a finalization by all, of whom only we signed.
  static void answer_chain(Adversary& self, NodeIndex from, const FetchChain& fetch) {
    for (const Header& parent : self.headers_at(fetch.above)) {
      Header header = parent;
      header.parent_hash = block_hash(self.chain_id(), parent);
      header.parent_view = parent.view;
      header.view = parent.view.next();
      header.height = parent.height.next();
      header.time_ms += 1;
      const Hash hash = block_hash(self.chain_id(), header);
      const Ballot ballot{VoteKind::kFinalize, header.view, header.height, hash};
      self.send(from, Chain{{std::move(header)}, self.forge(ballot)});
    }
  }
};

}  // namespace

std::unique_ptr<Behaviour> make_false_answers() {
  return std::make_unique<FalseAnswers>();
}

}  // namespace jingchu::sim
