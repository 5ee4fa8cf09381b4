#include "node/descriptors.h"

#include <doctest/doctest.h>

namespace jingchu::node {
namespace {

constexpr DescriptorShares kWanted{1024, 512};

TEST_CASE("where there is room, all get what they want") {
  const auto shares = share_descriptors(20'000, 4, kWanted);
  REQUIRE(shares.ok());
  CHECK_EQ(shares->connections, 1024);
  CHECK_EQ(shares->tables, 512);
}

TEST_CASE("where there is not, clients and tables share what peers and files leave") {
  for (std::uint64_t limit = 520; limit < 3'000; limit += 7) {
    const auto shares = share_descriptors(limit, 4, kWanted);
    REQUIRE(shares.ok());
    CHECK(shares->connections >= 64);
    CHECK(shares->tables >= 64);
    CHECK(shares->connections + shares->tables + 128 + 256 + 2 * 4 <= limit);
  }
}

TEST_CASE("where not even the smallest node fits, the start is refused, with what to do") {
  CHECK(share_descriptors(520, 4, kWanted).ok());
  const auto shares = share_descriptors(519, 4, kWanted);
  REQUIRE_FALSE(shares.ok());
  CHECK_EQ(shares.error().type, "too-few-descriptors");
  CHECK_NE(shares.error().remedy.find("ulimit -n"), std::string::npos);
}

TEST_CASE("descriptors are counted") {
  const Descriptors counted = count_descriptors();
  CHECK(counted.used >= 3);
  CHECK(counted.used < counted.limit);
}

}  // namespace
}  // namespace jingchu::node
