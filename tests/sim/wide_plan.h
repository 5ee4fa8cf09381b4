// What a measurement of a wide network is made of, beside the plan that it is part of (plan.h).
#pragma once

#include <cstdint>

namespace jingchu::sim {

enum class WideLoadKind {
  kLight,  // some transactions a second for each validator
  kFull,   // each lane always has more to seal, or what is offered to it
};

struct WidePlan {
  std::uint64_t bits_per_second = 0;  // of each uplink and each downlink; 0: not such a plan
  std::uint64_t delay_min_us = 5'000;
  std::uint64_t delay_max_us = 40'000;
  std::uint64_t jitter_us = 1'000;
  std::uint64_t loss_permille = 10;
  // Urgent frames pass between the records of a bulk frame, too; a node cannot do that.
  bool interleaved = false;
  WideLoadKind load = WideLoadKind::kLight;
  std::uint64_t transaction_bytes = 256;
  std::uint64_t transactions_per_second = 10;  // for each validator, at light load
  std::uint64_t offered_percent = 0;           // at full load, of what the lanes can bring; 0: always more
  std::uint64_t warm_up_us = 3'000'000;
  std::uint64_t measure_us = 20'000'000;

  bool in_use() const { return bits_per_second != 0; }
  std::uint64_t end_us() const { return warm_up_us + measure_us; }
};

}  // namespace jingchu::sim
