#include "node/clock_watch.h"

#include <doctest/doctest.h>

namespace jingchu::node {
namespace {

constexpr std::uint64_t kHour_ms = 3'600'000;
constexpr std::uint64_t kSecond_us = 1'000'000;

struct SetClock final : Clock {
  std::uint64_t wall_ms() const override { return true_ms() + offset_ms; }
  std::uint64_t monotonic_us() const override { return now_us += reading_us; }
  std::uint64_t true_ms() const { return 1'700'000'000'000 + now_us / 1'000; }
  mutable std::uint64_t now_us = 5 * kSecond_us;
  std::uint64_t reading_us = 0;
  std::uint64_t offset_ms = 0;  // of the wall clock; may wrap
};

// Node 0 of four watches; blocks come as fast as the test wants.
struct Watched {
  void block(std::size_t proposer, std::uint64_t time_ms, std::uint64_t delay_ms = 5) {
    consensus::FinalizedBlock block;
    block.header.time_ms = time_ms;
    clock.now_us += 1'000 * delay_ms;
    block.arrival = consensus::Arrival{NodeIndex(static_cast<std::uint16_t>(proposer)), clock.now_us};
    watch.take(block);
  }
  // The others propose with right clocks, for so long, and the clock is looked at.
  void run(std::uint64_t seconds, std::uint64_t delay_ms = 5) {
    for (std::uint64_t second = 0; second < seconds; ++second) {
      for (std::size_t view = 0; view < 8; ++view) {
        clock.now_us += kSecond_us / 8;
        if (view % 4 != 0) block(view % 4, clock.true_ms(), delay_ms);
      }
      watch.check();
    }
  }
  bool shows(const std::string& line) const { return metrics.text().find(line) != std::string::npos; }

  SetClock clock;
  Metrics metrics;
  ClockWatch watch{{.clock = &clock, .metrics = &metrics, .log = {}, .precision_ms = 500}};
};

TEST_CASE("a clock that is right, or about right, is no problem") {
  for (const std::int64_t offset_ms : {0, 400, -400}) {
    Watched watched;
    watched.clock.offset_ms = static_cast<std::uint64_t>(offset_ms);
    watched.run(5);
    CHECK_EQ(watched.watch.problem(), "");
    // What a proposal is under way for counts as ours.
    REQUIRE(watched.watch.offset_ms());
    CHECK_LE(std::abs(*watched.watch.offset_ms() - offset_ms), 10);
  }
}

TEST_CASE("an hour ahead or behind is said, with the figure") {
  Watched watched;
  watched.clock.offset_ms = kHour_ms;
  watched.run(3);
  CHECK_EQ(watched.watch.problem(), "this machine's clock is 3600.0 s ahead of the other validators'");
  CHECK(watched.shows("jingchu_clock_offset_seconds 3600.0"));
  CHECK(watched.shows("jingchu_clock_jumps_total 0"));
  watched.clock.offset_ms = static_cast<std::uint64_t>(-static_cast<std::int64_t>(kHour_ms));
  watched.watch.check();
  CHECK_EQ(watched.watch.problem(), "");  // what came before the jump says nothing of the new clock
  CHECK_FALSE(watched.watch.offset_ms());
  watched.run(3);
  CHECK_EQ(watched.watch.problem(), "this machine's clock is 3599.9 s behind the other validators'");
  CHECK(watched.shows("jingchu_clock_jumps_total 1"));
  watched.clock.offset_ms = 0;
  watched.run(3);
  CHECK_EQ(watched.watch.problem(), "");
  CHECK(watched.shows("jingchu_clock_jumps_total 2"));
}

TEST_CASE("least times tell nothing: all clocks were set back, and the chain's time creeps") {
  Watched watched;
  watched.run(3);
  std::uint64_t time_ms = watched.clock.true_ms();
  watched.clock.offset_ms = static_cast<std::uint64_t>(-static_cast<std::int64_t>(kHour_ms));
  watched.block(1, ++time_ms);
  watched.watch.check();
  for (std::size_t i = 0; i < 40; ++i) {
    watched.clock.now_us += kSecond_us / 10;
    watched.block(1 + i % 3, ++time_ms);
    watched.watch.check();
  }
  CHECK_EQ(watched.watch.problem(), "");
  CHECK(watched.shows("jingchu_clock_jumps_total 1"));
}

TEST_CASE("one liar among three others does not make our clock wrong") {
  Watched watched;
  for (std::size_t i = 0; i < 30; ++i) {
    watched.clock.now_us += kSecond_us / 4;
    watched.block(i % 3 + 1, watched.clock.true_ms() - (i % 3 == 0 ? 2'400 : 0));
    watched.watch.check();
  }
  CHECK_EQ(watched.watch.problem(), "");
}

TEST_CASE("slow messages are not a wrong clock, as long as one in a window is quick") {
  Watched watched;
  watched.run(4);
  watched.run(2, 1'000);
  CHECK_EQ(watched.watch.problem(), "");
}

TEST_CASE("too few blocks say nothing; own ones and those of a fetched chain never do") {
  Watched watched;
  watched.watch.enter_epoch(NodeIndex(0));
  watched.clock.offset_ms = kHour_ms;
  for (std::size_t i = 0; i < kClockSamplesMin; ++i) {  // the first has no parent to compare with
    watched.clock.now_us += kSecond_us / 4;
    watched.block(1, watched.clock.true_ms());
  }
  watched.watch.check();
  CHECK_EQ(watched.watch.problem(), "");
  for (std::size_t i = 0; i < 20; ++i) {
    watched.clock.now_us += kSecond_us / 4;
    watched.block(0, watched.clock.true_ms());
    consensus::FinalizedBlock fetched;
    fetched.header.time_ms = watched.clock.true_ms();
    watched.watch.take(fetched);
  }
  watched.watch.check();
  CHECK_EQ(watched.watch.problem(), "");
  watched.clock.now_us += kSecond_us / 4;
  watched.block(1, watched.clock.true_ms());
  watched.watch.check();
  CHECK_NE(watched.watch.problem(), "");
}

TEST_CASE("clocks that were not read at once are no jump") {
  Watched watched;
  watched.watch.check();
  watched.clock.reading_us = kSecond_us;
  watched.watch.check();
  watched.clock.reading_us = 0;
  watched.watch.check();
  CHECK(watched.shows("jingchu_clock_jumps_total 0"));
}

}  // namespace
}  // namespace jingchu::node
