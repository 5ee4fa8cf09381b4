// The load of a wide network and what is measured of it, all in virtual time: when transactions enter, when
// each lane seals, and when what it sealed is final at its own validator.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <unordered_map>
#include <vector>

#include "consensus/step.h"
#include "sim/links.h"
#include "sim/plan.h"

namespace jingchu::sim {

class World;

// 18 validators, if `validators` is 0, on lines of 100 Mbit/s, with the default parameters of genesis.
Plan make_wide_plan(std::uint64_t seed, std::size_t validators);

// What may be final at most, in bytes a second: each lane's payload leaves its uplink for all the others.
double payload_limit(const Plan& plan);

// Milliseconds.
struct Percentiles {
  std::size_t count = 0;
  double p50 = 0;
  double p95 = 0;
  double p99 = 0;
};

struct WideFigures {
  Percentiles finality;         // from entering (light load) or being sealed (full load) to being final there
  Percentiles ordering;         // of that, until a proposal orders it
  double bytes_per_second = 0;  // payload that became final, at the mean validator
  double bytes_per_second_slowest = 0;  // at the slowest one
  double share = 0;                     // of payload_limit()
  double blocks_per_second = 0;
  double blocks_full = 0;                  // the share of blocks that took no more because of a limit
  double sealed_mean = 0;                  // bytes of a batch
  double lane_bytes_mean = 0;              // sealed and not final, of one lane
  std::array<double, kTraffics> uplink{};  // shares of what all uplinks can bring
  std::uint64_t nullified_views = 0;
  std::uint64_t fetches = 0;  // of batches
  std::uint64_t refused_fetches = 0;
  std::uint64_t lost = 0;
  std::uint64_t dropped = 0;
};

class WideLoad {
 public:
  using Progress = std::function<void(double seconds)>;
  explicit WideLoad(World& world);

  // Now and then, with the virtual time.
  void on_progress(Progress progress) { progress_ = std::move(progress); }
  void start();
  void on_send(const consensus::Outgoing& outgoing);
  void on_deliver(NodeIndex node, const consensus::FinalizedBlock& block);
  bool is_over() const;
  WideFigures figures() const;

 private:
  struct Lane {
    std::vector<std::uint64_t> entered_us;  // of transactions that wait
    std::uint64_t sealed_us = 0;
    bool is_waiting = false;
    std::uint64_t sealed_bytes = 0;
    std::uint64_t pending_bytes = 0;  // sealed and not final here
  };
  // By the number of a batch's first transaction.
  struct Sealed {
    std::vector<std::uint64_t> entered_us;
    std::uint64_t bytes = 0;
  };
  struct Totals {
    std::array<std::uint64_t, kTraffics> sent_bytes{};
    std::uint64_t nullified_views = 0;
    std::uint64_t fetches = 0;
    std::uint64_t refused_fetches = 0;
    std::uint64_t lost = 0;
    std::uint64_t dropped = 0;
  };

  bool measures() const;
  Bytes new_transaction();
  void enter_next(std::size_t node);
  void want_seal(std::size_t node);
  void seal(std::size_t node);
  std::size_t waiting_count(const Lane& lane) const;
  void take(Sealed sealed, const consensus::SealedBatch& batch);
  void sample();
  void report_progress();
  Totals totals() const;

  World& world_;
  const WidePlan& plan_;
  Random random_;
  Progress progress_;
  std::vector<Lane> lanes_;
  std::uint64_t transactions_ = 0;
  std::unordered_map<std::uint64_t, Sealed> sealed_;
  // By epoch and lane: when a proposal first ordered each sequence.
  std::map<std::pair<Epoch, std::size_t>, std::vector<std::uint64_t>> ordered_us_;
  Totals before_;
  std::uint64_t fetches_ = 0;
  std::vector<std::uint64_t> finality_us_;
  std::vector<std::uint64_t> ordering_us_;
  std::vector<std::uint64_t> final_bytes_;  // by validator
  std::uint64_t blocks_ = 0;
  std::uint64_t blocks_full_ = 0;
  std::uint64_t batches_ = 0;
  std::uint64_t batch_bytes_ = 0;
  std::uint64_t samples_ = 0;
  std::uint64_t lane_bytes_ = 0;
};

}  // namespace jingchu::sim
