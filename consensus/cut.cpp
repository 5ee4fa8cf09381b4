#include "consensus/cut.h"

#include <algorithm>
#include <functional>

#include "consensus/mutant.h"

namespace jingchu::consensus {
namespace {

struct Room {
  std::uint64_t batches = 0;
  std::uint64_t bytes = 0;
  std::uint64_t transactions = 0;

  bool holds(const SealedBatch& batch) const {
    return batches >= 1 && bytes >= batch.bytes && transactions >= batch.batch.transactions.size();
  }
  void take(const SealedBatch& batch) {
    batches -= 1;
    bytes -= batch.bytes;
    transactions -= batch.batch.transactions.size();
  }
};

class Cutter {
 public:
  Cutter(const Lanes& lanes, const CutChoice& choice, const Parameters& parameters)
      : lanes_(lanes),
        cut_(*choice.parent),
        room_{parameters.block_batches_max, parameters.block_bytes_max, parameters.block_transactions_max} {
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
      limits_.push_back(supported(lanes, lane, cut_[lane], choice));
    }
  }

  Cut cut(Height height) {
    const std::size_t n = lanes_.size();
    const Room share{room_.batches / n, room_.bytes / n, room_.transactions / n};
    for (std::size_t lane = 0; lane < n; ++lane) {
      Room own = share;
      while (advance(lane, &own)) continue;
    }
    const std::size_t first = height.value() % n;
    bool moved = true;
    while (moved) {
      moved = false;
      for (std::size_t i = 0; i < n; ++i) moved = advance((first + i) % n, nullptr) || moved;
    }
    return cut_;
  }

 private:
  bool advance(std::size_t lane, Room* share) {
    const Sequence next = cut_[lane].sequence.next();
    if (next > limits_[lane]) return false;
    const auto tip = lanes_.tip_at(lane, next);
    const SealedBatch* batch = tip ? lanes_.find(*tip) : nullptr;
    if (batch == nullptr || !room_.holds(*batch) || (share != nullptr && !share->holds(*batch))) return false;
    room_.take(*batch);
    if (share != nullptr) share->take(*batch);
    cut_[lane] = {next, *tip};
    return true;
  }

  const Lanes& lanes_;
  Cut cut_;
  Room room_;
  std::vector<Sequence> limits_;
};

}  // namespace

Sequence supported(const Lanes& lanes, std::size_t lane, const CutEntry& from, const CutChoice& choice) {
  if (lanes.is_closed(lane) || lanes.tip_at(lane, from.sequence) != from.tip) return from.sequence;
  std::vector<Sequence> reports;
  for (const Cut* cut : choice.reported) {
    const CutEntry& report = (*cut)[lane];
    const auto own = lanes.tip_at(lane, report.sequence);
    const bool off_chain = own && *own != report.tip && !mutant(Mutant::kCutBySequenceOnly);
    if (!off_chain) reports.push_back(report.sequence);
  }
  std::sort(reports.begin(), reports.end(), std::greater<>());
  const auto nth = [&](std::size_t count) {
    return count <= reports.size() ? reports[count - 1] : Sequence();
  };
  const Sequence own = lanes.watermarks()[lane].sequence;
  Sequence to = std::max(from.sequence, std::min(own, nth(choice.quorum)));
  const Sequence to_if_old = std::min(own, nth(choice.one_honest));
  while (to < to_if_old &&
         lanes.since_us(lane, to.next()).value_or(choice.old_since_us) < choice.old_since_us) {
    to = to.next();
  }
  return to;
}

Cut choose_cut(const Lanes& lanes, const CutChoice& choice, const Parameters& parameters) {
  return Cutter(lanes, choice, parameters).cut(choice.height);
}

}  // namespace jingchu::consensus
