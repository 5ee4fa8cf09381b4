// Links with a bandwidth: each node has one uplink and one downlink, each pair of nodes a delay of its own.
// As in the node (network/output_queue.h), every connection has two queues, and an urgent frame overtakes the
// bulk frames that are not begun. The connections of an uplink take turns, a record of TLS each. No
// congestion control: TCP shares a line that fast only when it is warm.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "consensus/step.h"
#include "sim/event_queue.h"
#include "sim/random.h"
#include "sim/wide_plan.h"

namespace jingchu::sim {

struct Parcel;

// What the bytes on an uplink are for.
enum class Traffic { kBatches, kFetched, kStatuses, kVotes, kCertificates, kProposals, kOther };
inline constexpr std::size_t kTraffics = 7;
const char* to_string(Traffic traffic);
Traffic traffic_of(const consensus::Outgoing& outgoing);
// With the frame's header.
std::uint64_t wire_bytes_of(const consensus::Message& message);

class Links {
 public:
  using ParcelPointer = std::shared_ptr<const Parcel>;
  using Arrive = std::function<void(std::size_t to, const ParcelPointer& parcel)>;
  Links(EventQueue& queue, const WidePlan& plan, std::size_t nodes, std::uint64_t seed, Arrive arrive);

  // False: its queue is full, and the frame is dropped.
  bool send(std::size_t from, std::size_t to, ParcelPointer parcel);
  // That wait to be written.
  std::uint64_t queued_bytes(std::size_t from, std::size_t to) const;
  std::uint64_t delay_us(std::size_t a, std::size_t b) const { return delay_us_[a][b]; }
  // Of all uplinks, since the start.
  const std::array<std::uint64_t, kTraffics>& sent_bytes() const { return sent_bytes_; }
  std::uint64_t lost() const { return lost_; }

 private:
  struct Frame {
    ParcelPointer parcel;
    std::uint64_t left = 0;  // bytes
    bool lost = false;
  };
  struct Connection {
    std::deque<Frame> urgent;
    std::deque<Frame> bulk;
    std::deque<Frame>* writing = nullptr;  // of which the first frame is begun
    std::uint64_t urgent_bytes = 0;
    std::uint64_t bulk_bytes = 0;
    std::uint64_t arrives_us = 0;  // the last record: none overtakes another
  };
  struct Uplink {
    std::vector<Connection> to;
    std::size_t turn = 0;
    bool busy = false;
    std::uint64_t free_ns = 0;
  };

  std::deque<Frame>* next_frames(Connection& connection) const;
  void write_next(std::size_t from);
  void write_record(std::size_t from, std::size_t to, std::deque<Frame>& frames);
  // A record has left; if it is a frame's last, the frame comes with it.
  void leave(std::size_t from, std::size_t to, std::uint64_t bytes, const ParcelPointer& whole);
  void reach(std::size_t to, std::uint64_t bytes, const ParcelPointer& whole);
  std::uint64_t duration_ns(std::uint64_t bytes) const;

  EventQueue& queue_;
  WidePlan plan_;
  Random random_;
  Arrive arrive_;
  std::vector<std::vector<std::uint64_t>> delay_us_;
  std::vector<Uplink> uplinks_;
  std::vector<std::uint64_t> downlink_free_ns_;
  std::array<std::uint64_t, kTraffics> sent_bytes_{};
  std::uint64_t lost_ = 0;
};

}  // namespace jingchu::sim
