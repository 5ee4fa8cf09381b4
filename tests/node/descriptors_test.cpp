#include "node/descriptors.h"

#include <sys/resource.h>

#include <doctest/doctest.h>

namespace jingchu::node {
namespace {

rlim_t limit() {
  rlimit now{};
  ::getrlimit(RLIMIT_NOFILE, &now);
  return now.rlim_cur;
}

TEST_CASE("open files: raised to what is needed, never lowered, refused beyond what the system allows") {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit lowered = before;
  lowered.rlim_cur = 200;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &lowered) == 0);
  CHECK(reserve_descriptors(100).ok());
  CHECK(limit() == 200);
  CHECK(reserve_descriptors(300).ok());
  CHECK(limit() == 300);
  const Status refused = reserve_descriptors(~std::uint64_t{0} - 1);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().type == "too-few-descriptors");
  CHECK(limit() == 300);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace jingchu::node
