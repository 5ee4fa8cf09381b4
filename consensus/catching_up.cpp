// What a node fetches because others are ahead of it (R11), and the bookkeeping of all fetches.
#include <algorithm>
#include <functional>

#include "consensus/mutant.h"

#include "consensus/core_state.h"

namespace jingchu::consensus {

void Core::State::housekeeping() {
  housekeeping_us = now.monotonic_us + 1'000ull * config.parameters.status_interval_ms;
  unsettled = true;
  catch_up_chain();
  catch_up_views();
  catch_up_lanes();
}

void Core::State::retry_fetches() {
  Fetching::Overdue overdue = fetching.expire(now.monotonic_us);
  std::move(overdue.retries.begin(), overdue.retries.end(), std::back_inserter(out.send));
  for (const FetchKey& given_up : overdue.given_up) {
    // Others have blocks that nobody hands out: they may have pruned them.
    if (given_up.kind == FetchKind::kChain && !ahead_of(Height(given_up.number)).empty()) {
      notice("chain-unanswered", "nobody gives the blocks above height " + std::to_string(given_up.number));
      continue;
    }
    // The same of a block whose header is here already.
    if (given_up.kind == FetchKind::kBatches && is_of_next_block(given_up)) {
      notice("chain-unanswered", "nobody gives the batches of block " + to_string(delivered.next()));
      continue;
    }
    notice("fetch-unanswered", "nobody answers for number " + std::to_string(given_up.number));
  }
}

// Whether the batches are those that the next block to hand over, which is final, waits for while others are
// beyond it.
bool Core::State::is_of_next_block(const FetchKey& fetch) {
  if (mutant(Mutant::kPrunedUnanswered)) return false;
  const Height next = delivered.next();
  if (next > std::min(chain.height(), config.last_height) || ahead_of(next).empty()) return false;
  const Collected collected = collect(next);
  return std::any_of(collected.missing.begin(), collected.missing.end(),
                     [&](const Lanes::Missing& missing) { return missing.last.tip == fetch.hash; });
}

void Core::State::want(const FetchKey& fetch, Message message, std::vector<NodeIndex> preferred) {
  auto outgoing = fetching.want(fetch, std::move(message), std::move(preferred), now.monotonic_us);
  if (outgoing) out.send.push_back(std::move(*outgoing));
}

void Core::State::want_certificates(View first, View last, std::vector<NodeIndex> preferred) {
  const View capped = std::min(last, first + (kFetchHeadersMax - 1));
  want({FetchKind::kCertificates, first.value(), {}}, FetchCertificates{first, capped}, std::move(preferred));
}

void Core::State::want_proposal(View of, const Hash& hash, std::vector<NodeIndex> preferred) {
  want({FetchKind::kProposal, of.value(), hash}, FetchProposal{of, hash}, std::move(preferred));
}

void Core::State::want_batches(const Lanes::Missing& missing, std::vector<NodeIndex> preferred) {
  const auto& [lane, last, first] = missing;
  const bool is_long = last.sequence - first >= kFetchBatchesMax;
  const Sequence from = is_long ? last.sequence - (kFetchBatchesMax - 1) : first;
  want({FetchKind::kBatches, last.sequence.value(), last.tip},
       FetchBatches{lane, from, last.sequence, last.tip}, std::move(preferred));
}

std::vector<NodeIndex> Core::State::reporters(NodeIndex lane, Sequence sequence) const {
  std::vector<NodeIndex> found;
  for (std::size_t i = 0; i < n; ++i) {
    const Peer& peer = peers[i];
    if (!peer.connected || !peer.status || peer.status->watermarks[lane.value()].sequence < sequence)
      continue;
    found.push_back(NodeIndex(static_cast<std::uint16_t>(i)));
  }
  return found;
}

std::vector<NodeIndex> Core::State::ahead_of(Height height) const {
  std::vector<NodeIndex> ahead;
  for (std::size_t i = 0; i < n; ++i) {
    const NodeIndex peer(static_cast<std::uint16_t>(i));
    const bool is_known = peers[i].connected && peers[i].status && !sources.contains(peer);
    if (is_known && peers[i].status->final_height > height) ahead.push_back(peer);
  }
  for (const auto& [peer, final_height] : sources) {
    if (final_height > height) ahead.push_back(peer);
  }
  return ahead;
}

// Who may have a batch of a final block.
std::vector<NodeIndex> Core::State::holders_of(const Lanes::Missing& missing, Height height) const {
  std::vector<NodeIndex> holders = reporters(missing.lane, missing.last.sequence);
  for (const auto& [peer, final_height] : sources) {
    if (final_height >= height) holders.push_back(peer);
  }
  return holders;
}

std::optional<Height> Core::State::final_height_of(std::size_t validator) const {
  const auto source = sources.find(NodeIndex(static_cast<std::uint16_t>(validator)));
  if (source != sources.end()) return source->second;
  if (peers[validator].status) return peers[validator].status->final_height;
  return std::nullopt;
}

// The (f+1)-th highest report: f liars can hold it down, but not drive it up.
std::optional<Height> Core::State::network_height() const {
  std::vector<Height> reports;
  for (std::size_t i = 0; i < n; ++i) {
    if (const auto reported = final_height_of(i)) reports.push_back(*reported);
  }
  const std::size_t others = n - (config.self ? 1 : 0);
  const std::size_t needed = std::min(config.validators.one_honest(), others);
  if (reports.size() < needed) return std::nullopt;
  if (needed == 0) return chain.height();
  std::sort(reports.begin(), reports.end(), std::greater<>());
  return reports[needed - 1];
}

// Far behind in final blocks: headers in ranges, from a peer that has them; one range at a time, and no
// further than execution follows, so that memory stays bounded.
void Core::State::catch_up_chain() {
  const Height above = chain.height();
  if (above - executed > kWaitingChainMax || has_ended()) return;
  Height target = highest_finalization ? highest_finalization->ballot.height : Height();
  std::vector<NodeIndex> ahead = ahead_of(above);
  for (const NodeIndex peer : ahead) {
    const auto source = sources.find(peer);
    target =
        std::max(target, source != sources.end() ? source->second : peers[peer.value()].status->final_height);
  }
  if (target <= above) return;
  const bool is_far = target - above > 8;
  if (!is_far && now.monotonic_us < last_final_us + 4 * delay_us) return;
  if (ahead.size() > 1)
    std::rotate(ahead.begin(), ahead.begin() + (resend_rotation++ % ahead.size()), ahead.end());
  want({FetchKind::kChain, above.value(), {}}, FetchChain{above}, std::move(ahead));
}

// A peer that is in a later view has a certificate that we have not.
void Core::State::catch_up_views() {
  if (now.monotonic_us < pacemaker.entered_us() + 2 * delay_us) return;
  for (std::size_t i = 0; i < n; ++i) {
    Peer& peer = peers[i];
    if (!peer.connected || !peer.status || peer.status->view <= view) continue;
    if (now.monotonic_us < peer.asked_certificates_us + 4 * delay_us) continue;
    peer.asked_certificates_us = now.monotonic_us;
    const View last = peer.status->view.previous();
    const View first = last - view >= 8 ? last - 7 : view;
    send(NodeIndex(static_cast<std::uint16_t>(i)), FetchCertificates{first, last});
  }
}

// A gap in a lane older than 2D: from any peer that reports more.
void Core::State::catch_up_lanes() {
  const Cut& mine = lanes.watermarks();
  for (std::size_t lane = 0; lane < n; ++lane) {
    const NodeIndex index(static_cast<std::uint16_t>(lane));
    const std::vector<NodeIndex> ahead = reporters(index, mine[lane].sequence.next());
    // What is final but not executed is fetched by its blocks.
    const bool is_behind = chain.head().header.cut[lane].sequence > mine[lane].sequence;
    if (ahead.empty() || is_behind || is_self(index) ||
        lanes.pending_weight(lane) > config.parameters.lane_bytes_max) {
      lane_gaps.erase(lane);
      continue;
    }
    const auto [gap, is_new] = lane_gaps.emplace(lane, now.monotonic_us);
    if (now.monotonic_us < gap->second + 2 * delay_us) continue;
    gap->second = now.monotonic_us;
    const NodeIndex from = ahead[resend_rotation++ % ahead.size()];
    const CutEntry& reported = peers[from.value()].status->watermarks[lane];
    if (reported.sequence - mine[lane].sequence > config.parameters.lane_bytes_max / 1024) continue;
    const Lanes::Walk walk = lanes.walk(lane, mine[lane], reported);
    if (walk.missing) want_batches(*walk.missing, {from});
  }
}

void Core::State::drop_obsolete_fetches() {
  fetching.drop_if([&](const FetchKey& fetch) {
    switch (fetch.kind) {
      case FetchKind::kCertificates:
        return fetch.number <= final_view.value();
      case FetchKind::kProposal:
        return fetch.number <= chain.head().header.view.value();
      case FetchKind::kBatches:
        return lanes.find(fetch.hash) != nullptr;
      case FetchKind::kChain:
        return fetch.number != chain.height().value();
    }
    return false;
  });
}

}  // namespace jingchu::consensus
