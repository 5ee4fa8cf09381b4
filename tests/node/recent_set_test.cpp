#include "node/recent_set.h"

#include <doctest/doctest.h>

namespace jingchu::node {
namespace {

TEST_CASE("the last values are remembered, older ones forgotten") {
  RecentSet<int> set(2);
  set.insert(1);
  set.insert(2);
  set.insert(1);  // is there: its place stays
  CHECK(set.contains(1));
  set.insert(3);
  CHECK_FALSE(set.contains(1));
  CHECK(set.contains(2));
  CHECK(set.contains(3));
}

TEST_CASE("what is taken out makes room") {
  RecentSet<int> set(2);
  set.insert(1);
  set.insert(2);
  CHECK(set.erase(1));
  CHECK_FALSE(set.erase(1));
  set.insert(3);
  CHECK(set.contains(2));
  CHECK(set.contains(3));
}

}  // namespace
}  // namespace jingchu::node
