#include "node/consensus_driver.h"

#include "tests/consensus/support.h"
// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::node {
namespace {

using consensus::testing::Fixture;
using consensus::testing::TestLog;

// A driver over a real core, with ports that write down what happened in its order.
struct Driven {
  Fixture given{4};
  std::vector<std::string> happened;
  std::uint64_t turn = 0;
  std::uint64_t wake_at_us = 0;
  consensus::Now now{1'000'000, 2'000};
  std::unique_ptr<ConsensusDriver> driver;

  explicit Driven(std::size_t self) {
    auto core = consensus::Core::create(given.config(self), given.signers[self].get(), given.fresh(self));
    REQUIRE(core.ok());
    driver = std::make_unique<ConsensusDriver>(std::move(*core), ports());
  }
  ConsensusPorts ports() {
    return {.now = [this] { return now; },
            .persist =
                [this](std::uint64_t number, std::vector<consensus::Record> records) {
                  CHECK(number > turn);
                  CHECK_FALSE(records.empty());
                  turn = number;
                  happened.push_back("persist");
                },
            .send =
                [this](const consensus::Outgoing& outgoing) {
                  const bool batch = std::holds_alternative<consensus::BatchPointer>(outgoing.message);
                  happened.push_back(batch ? "send batch" : "send");
                },
            .deliver = [](consensus::FinalizedBlock) {},
            .serve = [](const consensus::ServeFromStore&) {},
            .notice = [](const consensus::Notice&) {},
            .evidence = [](const consensus::Evidence&) {},
            .arm = [this](std::uint64_t at_us) { wake_at_us = at_us; }};
  }
  std::size_t count(const std::string& what) const {
    return std::count(happened.begin(), happened.end(), what);
  }
};

TEST_CASE("a batch of our own leaves only after the receipt of its turn") {
  Driven driven(0);
  driven.driver->start();
  driven.driver->take(consensus::SealBatch{{to_bytes("a transaction")}});
  REQUIRE(driven.count("persist") >= 1);
  CHECK(driven.count("send batch") == 0);
  if (driven.turn > 1) driven.driver->synced(TestLog::synced(driven.turn - 1));
  CHECK(driven.count("send batch") == 0);
  driven.driver->synced(TestLog::synced(driven.turn));
  CHECK(driven.count("send batch") == 1);
  driven.driver->synced(TestLog::synced(driven.turn));
  CHECK(driven.count("send batch") == 1);
}

TEST_CASE("a halted driver takes nothing and lets nothing out, not even against a receipt") {
  Driven driven(0);
  driven.driver->start();
  driven.driver->take(consensus::SealBatch{{to_bytes("a transaction")}});
  const auto before = driven.happened;
  REQUIRE(driven.turn > 0);
  driven.driver->halt();
  driven.driver->synced(TestLog::synced(driven.turn));
  driven.driver->take(consensus::SealBatch{{to_bytes("another")}});
  driven.driver->take(consensus::Tick{});
  CHECK(driven.happened == before);
}

TEST_CASE("a timer is always armed") {
  Driven driven(0);
  driven.driver->start();
  CHECK(driven.wake_at_us > 0);
  for (int round = 0; round < 50; ++round) {
    driven.now.monotonic_us = std::max(driven.now.monotonic_us, driven.wake_at_us);
    driven.wake_at_us = 0;
    driven.driver->take(consensus::Tick{});
    CHECK(driven.wake_at_us > driven.now.monotonic_us);
  }
}

}  // namespace
}  // namespace jingchu::node
