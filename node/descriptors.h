// The file descriptors of this process: a database, a log and peers that find none left can not go on, so
// clients of the API get only what those do not need.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "common/clock.h"
#include "common/log.h"
#include "common/log_limit.h"
#include "common/result.h"

namespace jingchu::node {

struct Descriptors {
  std::uint64_t used = 0;
  std::uint64_t limit = 0;
};
Descriptors count_descriptors();

// Raises this process's limit as far as it may; returns the limit.
std::uint64_t raise_descriptor_limit();

struct DescriptorShares {
  std::uint32_t connections = 0;  // of the API
  int tables = 0;                 // that the database keeps open
};

// What a limit allows, `connections` and `tables` at the most. Error: "too-few-descriptors", where not even
// the smallest node fits.
Result<DescriptorShares> share_descriptors(std::uint64_t limit, std::size_t peers, DescriptorShares wanted);

// Counts the descriptors in use and says when there are hardly any left. Thread-safe.
class DescriptorWatch {
 public:
  DescriptorWatch(const Clock& clock, Log log) : clock_(clock), log_(std::move(log)) {}

  // To be called about once a second.
  void check();
  // Empty while there are enough.
  std::string problem() const;

 private:
  const Clock& clock_;
  const Log log_;
  LogLimit limit_{1, kWarningInterval_us};
  mutable std::mutex mutex_;  // of what follows
  std::string problem_;
};

}  // namespace jingchu::node
