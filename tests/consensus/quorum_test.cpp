// Quorum arithmetic against what it is for: two quorums share an honest validator, and honest ones alone are
// a quorum.
#include "consensus/quorum.h"

#include "consensus/validator_set.h"

#include <doctest/doctest.h>

namespace jingchu::consensus {

TEST_CASE("quorum: the largest f with n > 3f, and q = n - f") {
  for (std::size_t n = 1; n <= 300; ++n) {
    CAPTURE(n);
    std::size_t f = 0;
    while (3 * (f + 1) < n) ++f;  // the naive twin
    CHECK(faults_max(n) == f);
    CHECK(quorum(n) == n - f);
    CHECK(one_honest(n) == f + 1);
    CHECK(2 * quorum(n) > n + f);
    CHECK(n - f >= quorum(n));
  }
  CHECK(quorum(6) == 5);  // 2f+1 would be 3: two disjoint quorums
  CHECK(quorum(4) == 3);
  CHECK(faults_max(0) == 0);
}

}  // namespace jingchu::consensus
