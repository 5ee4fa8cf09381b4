// Answers to other nodes' fetches. What memory does not hold any more goes to the host's block store; what
// nobody can have is refused explicitly, so that the asker goes on.
#include <algorithm>

#include "consensus/core_state.h"

namespace jingchu::consensus {

void Core::State::receive(NodeIndex from, const FetchCertificates& fetch) {
  const Unavailable refusal = refusal_of(fetch);
  if (fetch.last < fetch.first || fetch.last - fetch.first >= kFetchHeadersMax) {
    refuse(from, "a fetch of too many certificates");
    return send(from, refusal);
  }
  bool found = false;
  // What is at or below the last final view is answered by its finalization, which is worth more.
  if (fetch.first <= final_view && highest_finalization) {
    send(from, *highest_finalization);
    found = true;
  }
  for (std::uint64_t i = 0; i <= fetch.last - fetch.first; ++i) {
    const View of = fetch.first + i;
    if (of <= final_view) continue;
    for (const VoteKind kind : {VoteKind::kNotarize, VoteKind::kNullify}) {
      const Certificate* certificate = book.certificate(kind, of);
      if (certificate == nullptr) continue;
      send(from, *certificate);
      found = true;
    }
  }
  if (!found) send(from, refusal);
}

void Core::State::receive(NodeIndex from, const FetchProposal& fetch) {
  if (const Block* block = tree.find(fetch.hash)) {
    // Our own must be durable before it leaves.
    const bool is_pending = is_self(block->proposal.proposer) && block->recorded_turn > durable_turn;
    if (!is_pending) return send(from, block->proposal);
  } else if (const FinalBlock* final_block = chain.find(fetch.hash);
             final_block != nullptr && final_block->proposal) {
    return send(from, *final_block->proposal);
  }
  send(from, refusal_of(fetch));
}

void Core::State::receive(NodeIndex from, const FetchBatches& fetch) {
  const Unavailable refusal = refusal_of(fetch);
  const bool may_be_earlier = config.epoch > Epoch() && !mutant(Mutant::kOtherLanesRefused);
  const bool has_lane = fetch.lane.value() < n;
  if ((!has_lane && !may_be_earlier) || fetch.last < fetch.first ||
      fetch.last - fetch.first >= kFetchBatchesMax) {
    refuse(from, "a fetch of too many batches");
    return send(from, refusal);
  }
  std::vector<BatchPointer> batches;
  std::uint64_t bytes = 0;
  Hash tip = fetch.tip;
  for (BatchPointer batch = lanes.get(tip); batch != nullptr; batch = lanes.get(batch->batch.prev)) {
    if (batch->batch.lane != fetch.lane || batch->batch.sequence < fetch.first) break;
    bytes += batch->bytes;
    if (!batches.empty() && (bytes > kServedBytesMax || batches.size() >= kFetchBatchesMax)) break;
    // Our own batch must be durable before it leaves.
    const bool is_pending =
        is_self(fetch.lane) && batch->batch.sequence > lanes.watermarks()[fetch.lane.value()].sequence;
    if (is_pending) return send(from, refusal);
    batches.push_back(batch);
  }
  if (batches.empty()) {
    if (may_be_earlier || fetch.last <= lanes.executed(fetch.lane.value()).sequence) {
      out.serve.push_back({from, fetch});
    } else {
      send(from, refusal);
    }
    return;
  }
  // The one that was asked for by its tip comes last: with it the range is complete.
  for (auto batch = batches.rbegin(); batch != batches.rend(); ++batch) send(from, *batch);
}

void Core::State::receive(NodeIndex from, const FetchChain& fetch) {
  if (fetch.above >= chain.height()) return send(from, refusal_of(fetch));
  const Height first = fetch.above.next();
  // The base stands here for a block of the epoch before.
  if (!chain.holds(first) || first <= config.base.height) return out.serve.push_back({from, fetch});
  // As many as fit, up to a block with a finalization of its own; where there is none, up to the first one.
  Height last = std::min(chain.height(), fetch.above + kFetchHeadersMax);
  while (last > first && !chain.at(last).finalization) last = last.previous();
  if (const FinalBlock* next = chain.finalized_from(last)) last = next->header.height;
  if (!chain.at(last).finalization || last - fetch.above > kChainHeadersMax) {
    return send(from, refusal_of(fetch));
  }
  send(from, Chain{chain.headers(first, last), *chain.at(last).finalization});
}

void Core::State::receive(NodeIndex from, const Unavailable& refusal) {
  auto retry = fetching.refuse(from, {refusal.kind, refusal.number, refusal.hash}, now.monotonic_us);
  if (retry) out.send.push_back(std::move(*retry));
}

}  // namespace jingchu::consensus
