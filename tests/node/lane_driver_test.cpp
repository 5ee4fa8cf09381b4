#include "node/lane_driver.h"

#include "tests/consensus/support.h"
#include "tests/ledger/fixture.h"
// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::node {
namespace {

struct Lane {
  ledger::test::Chain chain;
  ledger::BlockStore blocks{chain.store};
  consensus::testing::Fixture given{4};
  std::unique_ptr<consensus::Core> core =
      consensus::Core::create(given.config(0), given.signers[0].get(), given.fresh(0)).value();
  Admission admission{Admission::Parts{.genesis = &chain.genesis,
                                       .store = &chain.store,
                                       .blocks = &blocks,
                                       .contracts = ledger::test::small_contracts(),
                                       .authorize = ledger::test::authorize_members,
                                       .limits = {}}};
  LaneDriver driver{1'000};

  void admit(std::uint8_t nonce) {
    const auto made =
        ledger::test::transaction(chain.genesis, {ledger::test::call("put", "k=v")}, {.nonce = nonce});
    REQUIRE(admission.submit(made->transaction).ok());
  }
};

TEST_CASE("batches keep their interval, and a batch that is due is asked for once") {
  Lane lane;
  CHECK(lane.driver.wait_us(5'000) == 5'000);
  CHECK_FALSE(lane.driver.wait_us(5'001).has_value());
  lane.admit(1);
  CHECK(lane.driver.seal(5'000, *lane.core, 1 << 20, lane.admission).size() == 1);
  CHECK(lane.driver.wait_us(5'100) == 6'000);
}

TEST_CASE("a batch takes no more than fits; the rest waits for the next") {
  Lane lane;
  lane.admit(1);
  lane.admit(2);
  const std::uint64_t bytes = lane.admission.waiting_bytes();
  CHECK(lane.driver.seal(1, *lane.core, bytes - 1, lane.admission).size() == 1);
  CHECK(lane.admission.waiting_count() == 1);
  CHECK(lane.driver.seal(2, *lane.core, bytes / 2 - 1, lane.admission).empty());
  CHECK(lane.admission.waiting_count() == 1);
}

TEST_CASE("the log changes to a new segment when it is large, and twice what lives on") {
  LogRotation rotation(100);
  CHECK_FALSE(rotation.is_due(99));
  CHECK(rotation.is_due(100));
  const consensus::Record key = consensus::testing::Fixture(4).key_record(0);
  const std::uint64_t live = 3 * consensus::encode_record(key).size();
  rotation.rotated({key, key, key});
  REQUIRE(live > 100);
  CHECK_FALSE(rotation.is_due(2 * live - 1));
  CHECK(rotation.is_due(2 * live));
}

}  // namespace
}  // namespace jingchu::node
