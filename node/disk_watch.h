// Watches the disks that this node writes, so that an operator hears of trouble before it ends the node: how
// much room is left, how long a sync takes. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/file_system.h"
#include "common/log.h"
#include "common/log_limit.h"
#include "node/metrics.h"

namespace jingchu::node {

// Less than one of the two is told of.
inline constexpr std::uint64_t kLowSpaceBytes = std::uint64_t{1} << 30;
inline constexpr std::uint64_t kLowSpacePercent = 5;
// Votes wait for a sync: a leader this slow is passed over.
inline constexpr std::uint64_t kSlowSync_us = 200'000;

// What is known of the disk under one of the directories.
struct DiskView {
  std::string name;  // "log", "database"
  DiskSpace space;
  std::uint64_t reserve_bytes = 0;  // no more than this is free: the node stops
  std::uint64_t slow_syncs = 0;     // since the start
};

class DiskWatch {
 public:
  struct Parts {
    const FileSystem* files;
    const Clock* clock;
    Metrics* metrics;
    Log log;
    std::map<std::string, std::string> directories;  // by the name that metrics and messages use
    std::uint64_t reserve_bytes = 0;
  };
  explicit DiskWatch(Parts parts) : parts_(std::move(parts)) {}

  // Looks at the room. Error "disk-full" where no more than the reserve is free: the node stops while its
  // last writes still succeed.
  Status check();
  // A sync of one of the directories took so long.
  void synced(const std::string& name, std::uint64_t took_us);
  // Of the directories that have been looked at.
  std::vector<DiskView> disks() const;

 private:
  bool may_warn(const std::string& about);

  const Parts parts_;
  LogLimit limit_{1, kWarningInterval_us};
  mutable std::mutex mutex_;  // of what follows
  std::map<std::string, DiskSpace> spaces_;
  std::map<std::string, std::uint64_t> slow_syncs_;
};

}  // namespace jingchu::node
