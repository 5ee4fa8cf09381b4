// Puts clients' transactions into its batches again and again: those of others' lanes, executed ones, expired
// ones; and some of its own from before they are valid until after their end, into every batch.
#include <deque>

#include "sim/byzantine/behaviours.h"

namespace jingchu::sim {
namespace {

constexpr std::uint64_t kAhead = 4;  // heights before it may execute
constexpr std::size_t kKeptMax = 3;

class Replayer : public Behaviour {
 public:
  void sealing(Adversary& self, std::vector<Bytes>& transactions) override {
    if (self.newest()) keep(self, self.newest()->header.height);
    for (const auto& [until, transaction] : kept_) transactions.push_back(transaction);
    if (self.random().chance(2, 3)) return;
    Bytes again = self.any_transaction();
    if (!again.empty()) transactions.push_back(std::move(again));
  }

 private:
  void keep(Adversary& self, Height height) {
    while (!kept_.empty() && kept_.front().first.next() < height) kept_.pop_front();
    if (kept_.size() >= kKeptMax || self.random().chance(3, 4)) return;
    const Height until = height + self.validity_window() + kAhead;
    kept_.emplace_back(until, self.fresh_transaction(until));
  }

  std::deque<std::pair<Height, Bytes>> kept_;
};

}  // namespace

std::unique_ptr<Behaviour> make_replayer() {
  return std::make_unique<Replayer>();
}

}  // namespace jingchu::sim
