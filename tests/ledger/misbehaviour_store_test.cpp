#include "ledger/misbehaviour_store.h"

#include "common/codec.h"
#include "tests/ledger/evidence_fixture.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

std::vector<std::string> places(const MisbehaviourStore& store, std::string_view after = {},
                                std::size_t max = 100) {
  std::vector<std::string> found;
  CHECK(store
            .visit(after,
                   [&](const RecordedEvidence& recorded) {
                     found.push_back(MisbehaviourStore::place_of(recorded.evidence));
                     return found.size() < max;
                   })
            .ok());
  return found;
}

TEST_CASE("evidence is kept in the order of its places, each once, and forgotten by epochs") {
  const auto genesis = small_genesis();
  MemoryDatabase database;
  MisbehaviourStore store(database);
  std::vector<std::string> expected;
  for (const std::uint64_t epoch : {0u, 1u, 2u, 300u}) {
    for (const std::uint16_t culprit : {std::uint16_t{1}, std::uint16_t{3}}) {
      for (const auto& evidence : Culprit(genesis, culprit, Epoch(epoch)).all()) {
        expected.push_back(MisbehaviourStore::place_of(evidence));
        CHECK(store.put({evidence, "v", epoch}).ok());
        CHECK(store.put({evidence, "v", epoch}).ok());
      }
    }
  }
  CHECK(std::is_sorted(expected.begin(), expected.end()));
  CHECK(places(store) == expected);
  CHECK(places(store, {}, 3) == std::vector(expected.begin(), expected.begin() + 3));
  CHECK(places(store, expected[2]) == std::vector(expected.begin() + 3, expected.end()));
  CHECK(places(store, expected.back()).empty());
  CHECK(places(store, "zz").empty());
  CHECK(store.erase_before(Epoch(2)).ok());
  CHECK(places(store) == std::vector(expected.begin() + 28, expected.end()));
  CHECK(store.erase_before(Epoch(301)).ok());
  CHECK(places(store).empty());
}

TEST_CASE(
    "evidence lies beside the chain: what the store gives back is what was put, and damage is reported") {
  const auto genesis = small_genesis();
  MemoryDatabase database;
  MisbehaviourStore store(database);
  const auto evidence = Culprit(genesis).invalid(Culprit(genesis).invalid_batch(9));
  REQUIRE(store.put({evidence, "xiangyang", 17}).ok());
  CHECK(store
            .visit({},
                   [&](const RecordedEvidence& recorded) {
                     CHECK(encode(recorded.evidence) == encode(evidence));
                     CHECK(recorded.validator == "xiangyang");
                     CHECK(recorded.recorded_ms == 17);
                     return true;
                   })
            .ok());
  int reported = 0;
  database.notify([&](const Error&) { ++reported; });
  WriteBatch damage;
  damage.put("e" + MisbehaviourStore::place_of(evidence), to_bytes("not evidence"));
  REQUIRE(database.write(damage, Durability::kSynced).ok());
  const auto read = store.visit({}, [](const RecordedEvidence&) { return true; });
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().type == "storage-corrupted");
  CHECK(reported == 1);
}

}  // namespace
}  // namespace jingchu::ledger::test
