// The protocol's parameters, fixed in genesis and equal on every validator (docs/protocol.md). Times are
// milliseconds unless the name says otherwise.
#pragma once

#include <cstdint>

namespace jingchu::consensus {

struct Parameters {
  std::uint32_t delay_ms = 60;  // D: the message delay that view timers are built on; 15 in a lab
  std::uint32_t timer_cap_ms = 10'000;
  std::uint32_t idle_ms = 1'000;         // how long an idle leader may extend its view's timer, once
  std::uint32_t block_interval_ms = 20;  // minimum between two blocks
  std::uint32_t precision_ms = 500;      // clock difference that a proposal's time may have
  std::uint32_t time_delay_ms =
      2'000;  // how long a proposal may have been under way, grows with failed views
  // Among four validators, when something changes a LaneStatus leaves for the leaders of this view and the
  // next, at most every status_minimum_ms, and for everybody at most every status_interval_ms; while nothing
  // does, again after 1, 2, 4, 8, 16 times the interval. Among more, both times grow with the square.
  std::uint32_t status_interval_ms = 20;
  std::uint32_t status_minimum_ms = 2;
  std::uint32_t standstill_ms = 500;
  std::uint32_t execution_lag_max = 16;  // blocks; beyond, cuts stand still until execution follows
  std::uint64_t future_views = 64;       // views above one's own that are taken in without a certificate
  std::uint32_t block_batches_max = 512;
  std::uint64_t block_bytes_max = 8 << 20;
  std::uint64_t block_transactions_max = 10'000;
  std::uint64_t batch_bytes_max = 512 << 10;
  std::uint64_t lane_bytes_max = 32 << 20;   // of a lane's batches that are not yet final
  std::uint64_t resend_bytes_max = 1 << 20;  // standstill budget for each peer and turn
  std::uint64_t epoch_blocks = 1'000;        // blocks of an epoch (consensus/epoch.h)

  friend bool operator==(const Parameters&, const Parameters&) = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(delay_ms, timer_cap_ms, idle_ms, block_interval_ms, precision_ms, time_delay_ms,
            status_interval_ms, status_minimum_ms, standstill_ms, execution_lag_max, future_views,
            block_batches_max, block_bytes_max, block_transactions_max, batch_bytes_max, lane_bytes_max,
            resend_bytes_max, epoch_blocks);
  }
};

}  // namespace jingchu::consensus
