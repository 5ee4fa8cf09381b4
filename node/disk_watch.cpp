#include "node/disk_watch.h"

namespace jingchu::node {
namespace {

std::string mebibytes(std::uint64_t bytes) {
  return std::to_string(bytes >> 20) + " MiB";
}

}  // namespace

Status DiskWatch::check() {
  for (const auto& [name, directory] : parts_.directories) {
    if (!parts_.files->exists(directory)) continue;
    ASSIGN_OR_RETURN(const DiskSpace space, parts_.files->space(directory));
    parts_.metrics->disk(name, space);
    {
      const std::lock_guard lock(mutex_);
      spaces_[name] = space;
    }
    if (parts_.reserve_bytes != 0 && space.free_bytes <= parts_.reserve_bytes) {
      return environment_error(
          "disk-full",
          mebibytes(space.free_bytes) + " are free, the reserve is " + mebibytes(parts_.reserve_bytes) +
              " (limits.disk_reserve_bytes)",
          "free space on this disk, then start again; nothing that was acknowledged is lost", directory);
    }
    const bool low =
        space.free_bytes < kLowSpaceBytes || space.free_bytes < space.total_bytes / 100 * kLowSpacePercent;
    if (low && may_warn(name + " space")) {
      parts_.log.warning("the disk is nearly full: free space before the node stops",
                         {{"directory", directory}, {"free_bytes", space.free_bytes}});
    }
  }
  return ok_status();
}

void DiskWatch::synced(const std::string& name, std::uint64_t took_us) {
  if (took_us < kSlowSync_us) return;
  parts_.metrics->slow_sync(name);
  {
    const std::lock_guard lock(mutex_);
    ++slow_syncs_[name];
  }
  if (may_warn(name + " sync"))
    parts_.log.warning("the disk is slow: a sync took long", {{"of", name}, {"ms", took_us / 1000}});
}

std::vector<DiskView> DiskWatch::disks() const {
  const std::lock_guard lock(mutex_);
  std::vector<DiskView> disks;
  for (const auto& [name, space] : spaces_) {
    const auto slow = slow_syncs_.find(name);
    disks.push_back({name, space, parts_.reserve_bytes, slow == slow_syncs_.end() ? 0 : slow->second});
  }
  return disks;
}

bool DiskWatch::may_warn(const std::string& about) {
  return limit_.admit(about, parts_.clock->monotonic_us()).has_value();
}

}  // namespace jingchu::node
