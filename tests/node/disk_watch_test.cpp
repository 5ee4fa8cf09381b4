#include "node/disk_watch.h"

#include "tests/support/faulty_file_system.h"

#include <doctest/doctest.h>

namespace jingchu::node {
namespace {

struct FixedClock final : Clock {
  std::uint64_t wall_ms() const override { return 0; }
  std::uint64_t monotonic_us() const override { return now_us; }
  std::uint64_t now_us = 1;
};

struct WatchedDisk {
  explicit WatchedDisk(std::uint64_t reserve_bytes) {
    files.put("data/log/a", Bytes(1000));
    watch.emplace(DiskWatch::Parts{.files = &files,
                                   .clock = &clock,
                                   .metrics = &metrics,
                                   .log = {},
                                   .directories = {{"log", "data/log"}, {"database", "data/db"}},
                                   .reserve_bytes = reserve_bytes});
  }
  bool shows(const std::string& line) const { return metrics.text().find(line) != std::string::npos; }

  test::FaultyFileSystem files;
  FixedClock clock;
  Metrics metrics;
  std::optional<DiskWatch> watch;
};

TEST_CASE("no more than the reserve is free: disk-full, with what to do") {
  WatchedDisk watched(500);
  watched.files.set_capacity(1501);
  CHECK(watched.watch->check().ok());
  CHECK(watched.shows("jingchu_disk_free_bytes{of=\"log\"} 501"));
  CHECK(watched.shows("jingchu_disk_total_bytes{of=\"log\"} 1501"));
  CHECK_FALSE(watched.shows("of=\"database\""));  // not there yet
  watched.files.set_capacity(1500);
  const Status full = watched.watch->check();
  REQUIRE_FALSE(full.ok());
  CHECK_EQ(full.error().type, "disk-full");
  CHECK_EQ(full.error().where, "data/log");
  CHECK_FALSE(full.error().remedy.empty());
  CHECK(is_disk_error(full.error()));
}

TEST_CASE("a reserve of nothing is never reached") {
  WatchedDisk watched(0);
  watched.files.set_capacity(1000);
  CHECK(watched.watch->check().ok());
  CHECK(watched.shows("jingchu_disk_free_bytes{of=\"log\"} 0"));
}

TEST_CASE("slow syncs are counted, quick ones are not") {
  WatchedDisk watched(0);
  watched.watch->synced("log", kSlowSync_us - 1);
  CHECK_FALSE(watched.shows("jingchu_disk_slow_syncs_total{"));
  watched.watch->synced("log", kSlowSync_us);
  watched.watch->synced("log", 5 * kSlowSync_us);
  CHECK(watched.shows("jingchu_disk_slow_syncs_total{of=\"log\"} 2"));
  CHECK(watched.watch->disks().empty());  // not looked at yet
  watched.files.set_capacity(1501);
  CHECK(watched.watch->check().ok());
  const auto disks = watched.watch->disks();
  REQUIRE_EQ(disks.size(), 1);
  CHECK_EQ(disks[0].name, "log");
  CHECK_EQ(disks[0].space.free_bytes, 501);
  CHECK_EQ(disks[0].slow_syncs, 2);
}

}  // namespace
}  // namespace jingchu::node
