#include "node/behind_horizon.h"

#include <doctest/doctest.h>

namespace jingchu::node {

TEST_CASE(
    "behind the horizon: after some rounds without an answer at one height, until there is a block more") {
  BehindHorizon behind;
  CHECK_FALSE(behind.holds(Height(0)));
  for (unsigned round = 1; round < BehindHorizon::kRounds; ++round) {
    behind.unanswered(Height(7));
    CHECK_FALSE(behind.holds(Height(7)));
  }
  behind.unanswered(Height(8));  // it went on: the rounds begin again
  CHECK_FALSE(behind.holds(Height(8)));
  for (unsigned round = 1; round < BehindHorizon::kRounds; ++round) behind.unanswered(Height(8));
  CHECK(behind.holds(Height(8)));
  CHECK_FALSE(behind.holds(Height(9)));
}

}  // namespace jingchu::node
