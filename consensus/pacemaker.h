// Timers: the view timer, its idle extension (R10) and the standstill timer (R11). All in integer arithmetic;
// the view timer derives from the last final view, so it resets itself.
#pragma once

#include <cstdint>

#include "common/ids.h"
#include "consensus/parameters.h"

namespace jingchu::consensus {

// T(v) = 4D * 1.3^min(k, 14) with k = view - final_view - 1, at most timer_cap_ms; each step rounds down.
std::uint64_t view_timeout_us(const Parameters& parameters, View view, View final_view);

// delay * 1.1^k (R13), the exponent capped.
std::uint64_t grown_delay_ms(const Parameters& parameters, std::uint64_t failed_views);

class Pacemaker {
 public:
  explicit Pacemaker(const Parameters& parameters) : parameters_(parameters) {}

  void enter(View view, std::uint64_t now_us);
  std::uint64_t entered_us() const { return entered_us_; }

  // When the view's timer runs out; it runs out once.
  std::uint64_t view_deadline_us(View final_view) const;
  bool has_fired() const { return fired_; }
  void set_fired() { fired_ = true; }

  // R10: an announced idle extends the timer of the view once; ending it takes the extension back.
  void extend_for_idle();
  void end_idle() { idle_ended_ = true; }
  bool is_idle() const { return extended_ && !idle_ended_; }

  // R11: without a new final block for standstill_ms, then twice as long each time, to eight times.
  void note_progress(std::uint64_t now_us);
  bool standstill_is_due(std::uint64_t now_us) const { return now_us >= standstill_us_; }
  void note_standstill(std::uint64_t now_us);
  std::uint64_t standstill_us() const { return standstill_us_; }

 private:
  Parameters parameters_;
  View view_;
  std::uint64_t entered_us_ = 0;
  std::uint64_t standstill_us_ = 0;
  std::uint32_t standstills_ = 0;
  bool fired_ = false;
  bool extended_ = false;
  bool idle_ended_ = false;
};

}  // namespace jingchu::consensus
