// Batches and statuses: taking them in, sealing our own, reporting how far we store.
#include <algorithm>

#include "consensus/mutant.h"

#include "consensus/core_state.h"

namespace jingchu::consensus {
namespace {

constexpr std::uint32_t kStatusDoublingsMax = 4;
constexpr std::uint64_t kStatusSquare = 16;  // of the four validators for whom the parameter is meant
constexpr std::uint64_t kStatusIntervalsMax = 5;

}  // namespace

void Core::State::receive(NodeIndex from, const Verified<BatchPointer>& verified) {
  const BatchPointer& sealed = *verified;
  const Batch& batch = sealed->batch;
  if (sealed->bytes > config.parameters.batch_bytes_max ||
      batch.transactions.size() > config.parameters.block_transactions_max) {
    refuse(from, "a batch beyond the limits");
    return close_lane(batch.lane, "a signed batch beyond the limits");
  }
  const bool is_own = is_self(batch.lane);
  if (is_own && knows_own() && lanes.find(sealed->tip) == nullptr &&
      batch.sequence > lanes.executed(batch.lane.value()).sequence) {
    return stop("foreign-own-message", "a batch signed by our key that is not in our log");
  }
  const FetchKey fetch{FetchKind::kBatches, batch.sequence.value(), sealed->tip};
  const bool named = fetching.is_wanted(fetch);
  keep(sealed, named || fetching.is_asked_for_batch(from, batch.lane, batch.sequence));
  fetching.done(fetch);
  if (named) unsettled = true;
}

void Core::State::keep(const BatchPointer& batch, bool wanted) {
  const Lanes::Intake intake = lanes.take(batch, now.monotonic_us, wanted);
  const NodeIndex lane = batch->batch.lane;
  if (intake.twin) {
    report(evidence_of_batches(*intake.twin, *batch), UINT64_MAX);  // once for each lane
    close_lane(lane, "two batches with one sequence");
  }
  if (intake.taken == Lanes::Taken::kFull) notice("refused", "lane " + to_string(lane) + " is full");
  if (intake.taken != Lanes::Taken::kStored) return;
  // Who promises nothing needs no log: the batches of a follower are durable with their blocks.
  if (config.self) out.persist.push_back(BatchRecord{batch});
  turn.batches.push_back(batch->tip);
  if (mutant(Mutant::kWatermarkBeforeDurable)) lanes.set_durable(batch->tip);
}

void Core::State::close_lane(NodeIndex lane, std::string_view why) {
  if (lanes.is_closed(lane.value())) return;
  lanes.close(lane.value());
  notice("lane-closed", "lane " + to_string(lane) + ": " + std::string(why));
}

void Core::State::take(const SealBatch& seal_batch) {
  std::uint64_t bytes = 0;
  bool has_empty = false;
  for (const Bytes& transaction : seal_batch.transactions) {
    bytes += transaction.size();
    has_empty = has_empty || transaction.empty();
  }
  if (!can_vote()) return notice("refused", "a batch of our own while we do not vote");
  if (seal_batch.transactions.empty() || has_empty || bytes > config.parameters.batch_bytes_max ||
      seal_batch.transactions.size() > config.parameters.block_transactions_max) {
    return notice("refused", "a batch of our own that is empty or beyond the limits");
  }
  Batch batch{
      config.epoch, *config.self, own_head.sequence.next(), own_head.tip, seal_batch.transactions, {}};
  BatchPointer unsigned_batch = seal(config.chain_id, std::move(batch));
  auto signed_batch = std::make_shared<SealedBatch>(*unsigned_batch);
  const Height as_height(signed_batch->batch.sequence.value());
  signed_batch->batch.signature = signer->sign(
      signing_bytes(config.chain_id, config.epoch, SignedKind::kBatch, View(), as_height, signed_batch->tip));
  own_head = {signed_batch->batch.sequence, signed_batch->tip};
  keep(signed_batch, true);
  auto& leaving = mutant(Mutant::kBatchBeforeDurable) ? out.send : held;
  leaving.push_back({std::nullopt, BatchPointer(signed_batch)});
}

void Core::State::receive(NodeIndex from, const LaneStatus& status) {
  if (from.value() < n) peers[from.value()].heard_us = now.monotonic_us;
  if (status.epoch < config.epoch) return answer_earlier(from, status);
  if (status.epoch > config.epoch || from.value() >= n) return take_source(from, status);
  if (status.watermarks.size() != n) return refuse(from, "a status of another set");
  sources.erase(from);
  Peer& peer = peers[from.value()];
  peer.status = status;
  if (status.idle_view == view && from == leader_of(view)) pacemaker.extend_for_idle();
  const auto mine = roots.find(status.executed_height);
  if (mine != roots.end() && mine->second != status.executed_root &&
      peer.root_noticed != status.executed_height) {
    peer.root_noticed = status.executed_height;
    notice("root-differs",
           "validator " + to_string(from) + " has another root at " + to_string(status.executed_height));
  }
}

// In a later epoch, or not of our set: how far it is final is all that says something here.
void Core::State::take_source(NodeIndex from, const LaneStatus& status) {
  if (sources.size() >= kSourcesMax && !sources.contains(from)) return;
  sources[from] = status.final_height;
}

// Who validates this epoch tells everybody. Who has left tells those that are still in the epoch before: it
// may be the only one that has their closing proof, and they ask for it only when they know.
void Core::State::answer_earlier(NodeIndex from, const LaneStatus& status) {
  if (config.has_left && status.executed_height < config.base.height) send(from, own_status());
}

LaneStatus Core::State::own_status() const {
  LaneStatus status;
  status.epoch = config.epoch;
  status.view = view;
  status.watermarks = lanes.watermarks();
  status.executed_height = executed;
  status.executed_root = roots.at(executed);
  status.final_view = final_view;
  status.final_height = chain.height();
  status.idle_view = idle_view;
  return status;
}

void Core::State::change_status() {
  status_dirty = true;
  status_stale = true;
}

// Between two statuses, what would be this time among four validators: a status names all lanes and goes to
// everybody, so with the square of how many there are, and what all of them take of a line is the same.
std::uint64_t Core::State::status_ms(std::uint64_t of_four_ms) const {
  const std::uint64_t many = std::max<std::uint64_t>(1, n * n / kStatusSquare);
  return std::min<std::uint64_t>(many * of_four_ms,
                                 kStatusIntervalsMax * config.parameters.status_interval_ms);
}

// To everybody: what has changed, or the same again for whom it did not reach, after status_interval_ms,
// twice as long, and so on up to 16 times.
std::uint64_t Core::State::status_due_us() const {
  if (status_sent_us == 0) return now.monotonic_us;
  const std::uint64_t interval_ms = config.parameters.status_interval_ms;
  if (status_stale) return status_sent_us + 1'000 * status_ms(interval_ms);
  const std::uint64_t least_ms = std::max(interval_ms, status_ms(config.parameters.status_minimum_ms));
  return status_sent_us + 1'000 * (least_ms << status_doublings);
}

// The leaders of this view and the next need it for what they propose; to everybody else it says only whom to
// ask for what, and a part of the former.
void Core::State::send_status_if_due() {
  if (!config.self) return;
  if (now.monotonic_us >= status_due_us()) {
    status_doublings = status_stale ? 0 : std::min(status_doublings + 1, kStatusDoublingsMax);
    status_sent_us = status_told_us = now.monotonic_us;
    status_dirty = status_stale = false;
    return broadcast(own_status());
  }
  const std::uint64_t least_ms = status_ms(config.parameters.status_minimum_ms);
  if (!status_dirty || now.monotonic_us < status_told_us + 1'000 * least_ms) return;
  status_told_us = now.monotonic_us;
  status_dirty = false;
  const NodeIndex leader = leader_of(view);
  const NodeIndex next = leader_of(view.next());
  if (!is_self(leader)) send(leader, own_status());
  if (!is_self(next) && next != leader) send(next, own_status());
}

std::uint64_t Core::State::own_lane_room() const {
  if (!can_vote()) return 0;
  const std::uint64_t used = lanes.pending_weight(config.self->value());
  const std::uint64_t room = config.parameters.lane_bytes_max;
  return used >= room ? 0 : room - used;
}

// The cut that the current view starts from: its proposal's, else that of the newest block we know to be
// certified.
const Cut& Core::State::newest_cut() {
  if (const Block* block = tree.first_of(view)) return block->header().cut;
  // Only views that hold something are looked at, here and elsewhere: a certificate may skip any number.
  const std::vector<View> notarized = book.notarized_views();
  const auto end = std::lower_bound(notarized.begin(), notarized.end(), view);
  if (end != notarized.begin() && *std::prev(end) > final_view) {
    const Header* header = header_of(book.certificate(VoteKind::kNotarize, *std::prev(end))->ballot.hash);
    if (header != nullptr) return header->cut;
  }
  return chain.head().header.cut;
}

// R10: holding an uncut batch older than 2D ends the extension at once.
void Core::State::watch_idle() {
  if (!pacemaker.is_idle()) return;
  const auto oldest_us = lanes.oldest_beyond_us(newest_cut());
  if (oldest_us && now.monotonic_us >= *oldest_us + 2 * delay_us) pacemaker.end_idle();
}

}  // namespace jingchu::consensus
