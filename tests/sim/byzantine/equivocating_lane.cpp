// Forks its own lane: beside every batch a second one of the same sequence, and as leader a cut that goes
// from one chain into the other.
#include "sim/byzantine/behaviours.h"

namespace jingchu::sim {
namespace {

using namespace consensus;

class EquivocatingLane : public Behaviour {
 public:
  std::vector<Outgoing> outgoing(Adversary& self, Outgoing outgoing) override {
    if (const auto* batch = std::get_if<BatchPointer>(&outgoing.message)) {
      if ((*batch)->batch.lane == self.self()) return with_fork(self, outgoing, **batch);
    } else if (const auto* proposal = std::get_if<Proposal>(&outgoing.message)) {
      if (proposal->proposer == self.self()) return with_forked_cut(self, outgoing, *proposal);
    }
    return {std::move(outgoing)};
  }

  void observe(Adversary& self, NodeIndex from, const Message& message) override {
    const auto* fetch = std::get_if<FetchBatches>(&message);
    if (fetch == nullptr) return;
    for (const auto& [sequence, batch] : fork_) {
      if (batch->tip == fetch->tip) self.send(from, batch);
    }
  }

 private:
  std::vector<Outgoing> with_fork(Adversary& self, const Outgoing& outgoing, const SealedBatch& batch) {
    const Sequence sequence = batch.batch.sequence;
    auto& forked = fork_[sequence];
    if (forked == nullptr) {
      const auto before = fork_.find(sequence.previous());
      const Hash prev =
          before == fork_.end() || before->second == nullptr ? batch.batch.prev : before->second->tip;
      auto transactions = batch.batch.transactions;
      transactions.front().push_back(0x77);
      forked = self.sign(sequence, prev, std::move(transactions));
    }
    auto copies = self.spread(outgoing);
    const bool both = self.random().coin();
    for (Outgoing& fork : self.spread({outgoing.to, forked})) {
      if (both || self.random().coin()) copies.push_back(std::move(fork));
    }
    return copies;
  }

  std::vector<Outgoing> with_forked_cut(Adversary& self, const Outgoing& outgoing, const Proposal& proposal) {
    Header header = proposal.header;
    CutEntry& entry = header.cut[self.self().value()];
    const auto forked = fork_.find(entry.sequence);
    if (forked == fork_.end() || self.random().chance(1, 3)) return {outgoing};
    entry.tip = forked->second->tip;
    const auto next = fork_.find(entry.sequence.next());
    if (next != fork_.end() && self.random().coin()) entry = {next->first, next->second->tip};
    Outgoing replaced = outgoing;
    replaced.message = self.sign(header, proposal.justification);
    return {std::move(replaced)};
  }

  std::map<Sequence, BatchPointer> fork_;
};

}  // namespace

std::unique_ptr<Behaviour> make_equivocating_lane() {
  return std::make_unique<EquivocatingLane>();
}

}  // namespace jingchu::sim
