#include "sim/wide.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "sim/world.h"

namespace jingchu::sim {

using namespace consensus;

namespace {

// As node/config.h and node/lane_driver.cpp have them.
constexpr std::uint64_t kWideSealIntervalUs = 10'000;
constexpr std::size_t kWideBatchTransactionsMax = 4'000;
constexpr std::uint64_t kWideLogSegmentBytes = 64 << 20;
constexpr std::uint64_t kSampleUs = 100'000;

std::uint64_t number_of_transaction(const Bytes& transaction) {
  std::uint64_t number = 0;
  CHECK(transaction.size() >= sizeof(number));
  std::memcpy(&number, transaction.data(), sizeof(number));
  return number;
}

Percentiles percentiles(std::vector<std::uint64_t> times_us) {
  Percentiles result;
  result.count = times_us.size();
  if (times_us.empty()) return result;
  std::sort(times_us.begin(), times_us.end());
  const auto at = [&](std::size_t percent) {
    const std::size_t rank = (times_us.size() * percent + 99) / 100;
    return static_cast<double>(times_us[std::max<std::size_t>(rank, 1) - 1]) / 1000;
  };
  result.p50 = at(50);
  result.p95 = at(95);
  result.p99 = at(99);
  return result;
}

}  // namespace

Plan make_wide_plan(std::uint64_t seed, std::size_t validators) {
  Plan plan;
  plan.seed = seed;
  plan.name = "wide";
  plan.validators = validators == 0 ? 18 : validators;
  plan.sync = {1'000, 1'000};
  plan.execution = {1'000, 1'000};
  plan.log_segment_bytes = kWideLogSegmentBytes;
  plan.skew_ms_max = 20;
  plan.heal_us = UINT64_MAX / 2;  // there is nothing to heal
  plan.wide.bits_per_second = 100'000'000;
  return plan;
}

double payload_limit(const Plan& plan) {
  const auto n = static_cast<double>(plan.validators);
  return static_cast<double>(plan.wide.bits_per_second) / 8 * n / (n - 1);
}

WideLoad::WideLoad(World& world)
    : world_(world),
      plan_(world.plan().wide),
      random_(world.plan().seed * 0x9e3779b97f4a7c15u + 4),
      lanes_(world.plan().nodes()),
      final_bytes_(world.plan().nodes(), 0) {}

void WideLoad::start() {
  for (std::size_t node = 0; node < lanes_.size(); ++node) {
    if (plan_.load == WideLoadKind::kFull) {
      want_seal(node);
    } else {
      world_.queue().at(random_.below(1'000'000), [this, node] { enter_next(node); });
    }
  }
  world_.queue().at(plan_.warm_up_us, [this] {
    before_ = totals();
    sample();
  });
  report_progress();
}

bool WideLoad::is_over() const {
  return world_.queue().next_us() > plan_.end_us();
}

bool WideLoad::measures() const {
  return world_.queue().now_us() >= plan_.warm_up_us;
}

Bytes WideLoad::new_transaction() {
  const std::uint64_t number = ++transactions_;
  Bytes transaction(std::max<std::uint64_t>(plan_.transaction_bytes, sizeof(number)), 0x5a);
  std::memcpy(transaction.data(), &number, sizeof(number));
  return transaction;
}

void WideLoad::enter_next(std::size_t node) {
  const std::uint64_t mean_us = 1'000'000 / plan_.transactions_per_second;
  world_.queue().after(random_.below(2 * mean_us), [this, node] { enter_next(node); });
  lanes_[node].entered_us.push_back(world_.queue().now_us());
  want_seal(node);
}

// As node::LaneDriver decides it.
void WideLoad::want_seal(std::size_t node) {
  Lane& lane = lanes_[node];
  if (std::exchange(lane.is_waiting, true)) return;
  world_.queue().at(lane.sealed_us + kWideSealIntervalUs, [this, node] { seal(node); });
}

std::size_t WideLoad::waiting_count(const Lane& lane) const {
  if (plan_.load == WideLoadKind::kLight) return lane.entered_us.size();
  if (plan_.offered_percent == 0) return SIZE_MAX;
  const auto n = lanes_.size();
  const std::uint64_t lane_bits_per_second = plan_.bits_per_second / (n - 1) * plan_.offered_percent / 100;
  const std::uint64_t offered = lane_bits_per_second * (world_.queue().now_us() / 1000) / 8'000;
  return offered < lane.sealed_bytes ? 0 : (offered - lane.sealed_bytes) / plan_.transaction_bytes;
}

void WideLoad::seal(std::size_t node) {
  Lane& lane = lanes_[node];
  lane.is_waiting = false;
  lane.sealed_us = world_.queue().now_us();
  const bool is_full = plan_.load == WideLoadKind::kFull;
  const std::uint64_t room =
      std::min(world_.node(node).lane_room(), world_.plan().parameters.batch_bytes_max);
  std::size_t count = std::min(kWideBatchTransactionsMax, room / plan_.transaction_bytes);
  count = std::min(count, waiting_count(lane));
  if (count != 0) {
    std::vector<Bytes> transactions;
    for (std::size_t i = 0; i < count; ++i) transactions.push_back(new_transaction());
    Sealed sealed{{lane.sealed_us}, count * transactions.front().size()};
    if (!is_full) {
      const auto end = lane.entered_us.begin() + static_cast<std::ptrdiff_t>(count);
      sealed.entered_us.assign(lane.entered_us.begin(), end);
      lane.entered_us.erase(lane.entered_us.begin(), end);
    }
    lane.pending_bytes += sealed.bytes;
    lane.sealed_bytes += sealed.bytes;
    batches_ += measures() ? 1 : 0;
    batch_bytes_ += measures() ? sealed.bytes : 0;
    sealed_.emplace(number_of_transaction(transactions.front()), std::move(sealed));
    world_.node(node).seal_batch(std::move(transactions));
  }
  if (is_full || !lane.entered_us.empty()) want_seal(node);
}

void WideLoad::on_send(const Outgoing& outgoing) {
  fetches_ += std::holds_alternative<FetchBatches>(outgoing.message) ? 1 : 0;
  const auto* proposal = std::get_if<Proposal>(&outgoing.message);
  if (proposal == nullptr) return;
  const Header& header = proposal->header;
  for (std::size_t lane = 0; lane < header.cut.size(); ++lane) {
    auto& ordered_us = ordered_us_[{header.epoch, lane}];
    if (ordered_us.size() < header.cut[lane].sequence.value())
      ordered_us.resize(header.cut[lane].sequence.value(), world_.queue().now_us());
  }
}

void WideLoad::on_deliver(NodeIndex node, const FinalizedBlock& block) {
  std::uint64_t bytes = 0;
  std::uint64_t transactions = 0;
  for (const BatchPointer& batch : block.batches) {
    bytes += batch->bytes;
    transactions += batch->batch.transactions.size();
    if (batch->batch.lane != node) continue;
    auto sealed = sealed_.extract(number_of_transaction(batch->batch.transactions.front()));
    if (!sealed.empty()) take(std::move(sealed.mapped()), *batch);
  }
  if (!measures()) return;
  final_bytes_[node.value()] += bytes;
  if (node != NodeIndex(0)) return;
  const auto& parameters = world_.plan().parameters;
  const bool is_full = bytes + parameters.batch_bytes_max > parameters.block_bytes_max ||
                       transactions + kWideBatchTransactionsMax > parameters.block_transactions_max ||
                       block.batches.size() >= parameters.block_batches_max;
  ++blocks_;
  blocks_full_ += is_full ? 1 : 0;
}

void WideLoad::take(Sealed sealed, const SealedBatch& batch) {
  const std::uint64_t now_us = world_.queue().now_us();
  lanes_[batch.batch.lane.value()].pending_bytes -= sealed.bytes;
  if (!measures()) return;
  const auto& ordered_us = ordered_us_[{batch.batch.epoch, batch.batch.lane.value()}];
  const std::uint64_t index = batch.batch.sequence.value() - 1;
  for (const std::uint64_t entered_us : sealed.entered_us) {
    finality_us_.push_back(now_us - entered_us);
    if (index < ordered_us.size()) ordering_us_.push_back(ordered_us[index] - entered_us);
  }
}

void WideLoad::sample() {
  ++samples_;
  for (const Lane& lane : lanes_) lane_bytes_ += lane.pending_bytes;
  world_.queue().after(kSampleUs, [this] { sample(); });
}

void WideLoad::report_progress() {
  if (progress_) progress_(static_cast<double>(world_.queue().now_us()) / 1e6);
  world_.queue().after(kSampleUs, [this] { report_progress(); });
}

WideLoad::Totals WideLoad::totals() const {
  const Links& links = *world_.network().links();
  const auto counted = [&](std::string_view what) {
    const auto found = world_.counters().find(what);
    return found == world_.counters().end() ? 0 : found->second;
  };
  const std::uint64_t nullified = world_.node(0).running() ? world_.node(0).status().nullified_views : 0;
  return {links.sent_bytes(),         nullified,    fetches_,
          counted("fetches refused"), links.lost(), counted("dropped")};
}

WideFigures WideLoad::figures() const {
  WideFigures figures;
  const double seconds = static_cast<double>(plan_.measure_us) / 1e6;
  const auto n = static_cast<double>(lanes_.size());
  const auto ratio = [](std::uint64_t part, double of) {
    return of == 0 ? 0 : static_cast<double>(part) / of;
  };
  figures.finality = percentiles(finality_us_);
  figures.ordering = percentiles(ordering_us_);
  const std::uint64_t final_bytes =
      std::accumulate(final_bytes_.begin(), final_bytes_.end(), std::uint64_t{0});
  figures.bytes_per_second = ratio(final_bytes, n * seconds);
  figures.bytes_per_second_slowest =
      ratio(*std::min_element(final_bytes_.begin(), final_bytes_.end()), seconds);
  figures.share = figures.bytes_per_second / payload_limit(world_.plan());
  figures.blocks_per_second = ratio(blocks_, seconds);
  figures.blocks_full = ratio(blocks_full_, static_cast<double>(blocks_));
  figures.sealed_mean = ratio(batch_bytes_, static_cast<double>(batches_));
  figures.lane_bytes_mean = ratio(lane_bytes_, n * static_cast<double>(samples_));
  const Totals now = totals();
  const double uplinks = static_cast<double>(plan_.bits_per_second) / 8 * n * seconds;
  for (std::size_t i = 0; i < kTraffics; ++i)
    figures.uplink[i] = ratio(now.sent_bytes[i] - before_.sent_bytes[i], uplinks);
  figures.nullified_views = now.nullified_views - before_.nullified_views;
  figures.fetches = now.fetches - before_.fetches;
  figures.refused_fetches = now.refused_fetches - before_.refused_fetches;
  figures.lost = now.lost - before_.lost;
  figures.dropped = now.dropped - before_.dropped;
  return figures;
}

}  // namespace jingchu::sim
