// Time comes in as a value or through this interface, never from a call inside pure code.
#pragma once

#include <cstdint>

namespace jingchu {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::uint64_t wall_ms() const = 0;       // milliseconds since 1970-01-01T00:00:00Z; may jump
  virtual std::uint64_t monotonic_us() const = 0;  // microseconds since an arbitrary start; never goes back
};

// The operating system's clocks.
const Clock& system_clock();

// Processor time that the calling thread has used: what its work costs, whatever else the machine does.
std::uint64_t thread_cpu_us();

}  // namespace jingchu
