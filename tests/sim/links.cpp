#include "sim/links.h"

#include <algorithm>
#include <utility>

#include "network/frame.h"
#include "sim/network.h"

namespace jingchu::sim {

using namespace consensus;

namespace {

constexpr std::uint64_t kRecordBytes = 16 << 10;
// As of network/peer_set.h, for one peer.
constexpr std::uint64_t kBulkBytesMax = 64 << 20;

bool is_bulk(const Parcel& parcel) {
  return std::holds_alternative<BatchPointer>(parcel.message) ||
         std::holds_alternative<Chain>(parcel.message);
}

}  // namespace

const char* to_string(Traffic traffic) {
  static constexpr const char* kNames[] = {"batches",      "fetched",   "statuses", "votes",
                                           "certificates", "proposals", "other"};
  return kNames[static_cast<std::size_t>(traffic)];
}

Traffic traffic_of(const Outgoing& outgoing) {
  const Message& message = outgoing.message;
  if (std::holds_alternative<BatchPointer>(message))
    return outgoing.to ? Traffic::kFetched : Traffic::kBatches;
  if (std::holds_alternative<Chain>(message)) return Traffic::kFetched;
  if (std::holds_alternative<LaneStatus>(message)) return Traffic::kStatuses;
  if (std::holds_alternative<Vote>(message)) return Traffic::kVotes;
  if (std::holds_alternative<Certificate>(message)) return Traffic::kCertificates;
  return std::holds_alternative<Proposal>(message) ? Traffic::kProposals : Traffic::kOther;
}

std::uint64_t wire_bytes_of(const Message& message) {
  return network::kFrameHeaderBytes + encode_message(message).size();
}

Links::Links(EventQueue& queue, const WidePlan& plan, std::size_t nodes, std::uint64_t seed, Arrive arrive)
    : queue_(queue),
      plan_(plan),
      random_(seed * 0x9e3779b97f4a7c15u + 3),
      arrive_(std::move(arrive)),
      delay_us_(nodes, std::vector<std::uint64_t>(nodes, 0)),
      uplinks_(nodes),
      downlink_free_ns_(nodes, 0) {
  for (std::size_t a = 0; a < nodes; ++a) {
    uplinks_[a].to.resize(nodes);
    for (std::size_t b = 0; b < a; ++b)
      delay_us_[a][b] = delay_us_[b][a] = random_.between(plan.delay_min_us, plan.delay_max_us);
  }
}

bool Links::send(std::size_t from, std::size_t to, ParcelPointer parcel) {
  Uplink& uplink = uplinks_[from];
  Connection& connection = uplink.to[to];
  const bool bulk = is_bulk(*parcel);
  const std::uint64_t bytes = parcel->wire_bytes;
  if (bulk && connection.bulk_bytes + bytes > kBulkBytesMax) return false;
  (bulk ? connection.bulk_bytes : connection.urgent_bytes) += bytes;
  const bool lost = plan_.loss_permille != 0 && random_.chance(plan_.loss_permille, 1000);
  lost_ += lost ? 1 : 0;
  (bulk ? connection.bulk : connection.urgent).push_back({std::move(parcel), bytes, lost});
  if (!uplink.busy) write_next(from);
  return true;
}

std::uint64_t Links::queued_bytes(std::size_t from, std::size_t to) const {
  const Connection& connection = uplinks_[from].to[to];
  return connection.urgent_bytes + connection.bulk_bytes;
}

std::uint64_t Links::duration_ns(std::uint64_t bytes) const {
  return bytes * 8 * 1'000'000'000 / plan_.bits_per_second;
}

std::deque<Links::Frame>* Links::next_frames(Connection& connection) const {
  if (plan_.interleaved && !connection.urgent.empty()) return &connection.urgent;
  if (connection.writing != nullptr) return connection.writing;
  if (!connection.urgent.empty()) return &connection.urgent;
  return connection.bulk.empty() ? nullptr : &connection.bulk;
}

void Links::write_next(std::size_t from) {
  Uplink& uplink = uplinks_[from];
  const std::size_t n = uplink.to.size();
  uplink.busy = false;
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t to = (uplink.turn + i) % n;
    std::deque<Frame>* frames = next_frames(uplink.to[to]);
    if (frames == nullptr) continue;
    uplink.turn = to + 1;
    uplink.busy = true;
    return write_record(from, to, *frames);
  }
}

void Links::write_record(std::size_t from, std::size_t to, std::deque<Frame>& frames) {
  Uplink& uplink = uplinks_[from];
  Connection& connection = uplink.to[to];
  Frame& frame = frames.front();
  const std::uint64_t bytes = std::min(frame.left, kRecordBytes);
  frame.left -= bytes;
  (&frames == &connection.bulk ? connection.bulk_bytes : connection.urgent_bytes) -= bytes;
  sent_bytes_[static_cast<std::size_t>(frame.parcel->traffic)] += bytes;
  const bool is_last = frame.left == 0;
  const bool lost = frame.lost;
  ParcelPointer whole = is_last ? std::move(frame.parcel) : nullptr;
  if (is_last) frames.pop_front();
  connection.writing = is_last || plan_.interleaved ? nullptr : &frames;
  uplink.free_ns = std::max(uplink.free_ns, queue_.now_us() * 1000) + duration_ns(bytes);
  queue_.at((uplink.free_ns + 999) / 1000, [this, from, to, bytes, lost, whole = std::move(whole)] {
    if (!lost) leave(from, to, bytes, whole);
    write_next(from);
  });
}

void Links::leave(std::size_t from, std::size_t to, std::uint64_t bytes, const ParcelPointer& whole) {
  Connection& connection = uplinks_[from].to[to];
  const std::uint64_t jitter_us = plan_.jitter_us == 0 ? 0 : random_.below(plan_.jitter_us + 1);
  connection.arrives_us = std::max(connection.arrives_us, queue_.now_us() + delay_us_[from][to] + jitter_us);
  queue_.at(connection.arrives_us, [this, to, bytes, whole] { reach(to, bytes, whole); });
}

void Links::reach(std::size_t to, std::uint64_t bytes, const ParcelPointer& whole) {
  std::uint64_t& free_ns = downlink_free_ns_[to];
  free_ns = std::max(free_ns, queue_.now_us() * 1000) + duration_ns(bytes);
  if (whole == nullptr) return;
  queue_.at((free_ns + 999) / 1000, [this, to, whole] { arrive_(to, whole); });
}

}  // namespace jingchu::sim
