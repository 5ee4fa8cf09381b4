#include "node/peer_budget.h"

// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::node {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;

TEST_CASE("a peer beyond its share is read later; the others are not") {
  PeerBudget budget(3, 2);
  budget.charge(1, 125'000, 0);  // its burst
  CHECK(budget.pause_us(1, 0) == 0);
  budget.charge(1, 50'000, 0);
  CHECK(budget.pause_us(1, 0) == 200'000);
  CHECK(budget.pause_us(0, 0) == 0);
  CHECK(budget.pause_us(2, 0) == 0);
  CHECK(budget.pause_us(1, 200'000) == 0);
}

TEST_CASE("a peer that keeps to its share is never paused") {
  PeerBudget budget(1, 1);
  for (std::uint64_t now = 0; now < 60 * kSecond; now += 10'000) {
    budget.charge(0, 2'500, now);
    CHECK(budget.pause_us(0, now) == 0);
  }
}

TEST_CASE("more processors give every peer more") {
  PeerBudget budget(1, 16);
  budget.charge(0, 2 * kSecond, 0);
  CHECK(budget.pause_us(0, 0) == kSecond / 2);
}

}  // namespace
}  // namespace jingchu::node
