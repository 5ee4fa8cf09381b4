#include "consensus/pacemaker.h"

#include <algorithm>

namespace jingchu::consensus {
namespace {

constexpr std::uint64_t kExponentMax = 14;
constexpr std::uint64_t kTimeExponentMax = 100;
constexpr std::uint32_t kStandstillDoublingsMax = 3;

}  // namespace

std::uint64_t view_timeout_us(const Parameters& parameters, View view, View final_view) {
  const std::uint64_t failed = view > final_view ? view - final_view - 1 : 0;
  std::uint64_t timeout_us = 4'000ull * parameters.delay_ms;
  for (std::uint64_t i = 0; i < std::min(failed, kExponentMax); ++i) timeout_us = timeout_us * 13 / 10;
  return std::min<std::uint64_t>(timeout_us, 1'000ull * parameters.timer_cap_ms);
}

std::uint64_t grown_delay_ms(const Parameters& parameters, std::uint64_t failed_views) {
  std::uint64_t delay_ms = parameters.time_delay_ms;
  for (std::uint64_t i = 0; i < std::min(failed_views, kTimeExponentMax); ++i) delay_ms = delay_ms * 11 / 10;
  return delay_ms;
}

void Pacemaker::enter(View view, std::uint64_t now_us) {
  view_ = view;
  entered_us_ = now_us;
  fired_ = extended_ = idle_ended_ = false;
}

std::uint64_t Pacemaker::view_deadline_us(View final_view) const {
  const std::uint64_t idle_us = is_idle() ? 1'000ull * parameters_.idle_ms : 0;
  return entered_us_ + view_timeout_us(parameters_, view_, final_view) + idle_us;
}

void Pacemaker::extend_for_idle() {
  extended_ = true;
}

void Pacemaker::note_progress(std::uint64_t now_us) {
  standstills_ = 0;
  standstill_us_ = now_us + 1'000ull * parameters_.standstill_ms;
}

void Pacemaker::note_standstill(std::uint64_t now_us) {
  standstills_ = std::min(standstills_ + 1, kStandstillDoublingsMax);
  standstill_us_ = now_us + ((1'000ull * parameters_.standstill_ms) << standstills_);
}

}  // namespace jingchu::consensus
