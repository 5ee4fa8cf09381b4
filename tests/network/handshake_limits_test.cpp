#include "network/handshake_limits.h"

// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::network {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;
constexpr Source kOne{false, 1};
constexpr Source kOther{false, 2};

std::string type_of(const Status& status) {
  return status.ok() ? "" : status.error().type;
}

TEST_CASE("a source has few handshakes under way, whatever others do") {
  HandshakeLimits limits({.under_way_max = 2, .per_second = 100, .burst = 100});
  CHECK(limits.admit(kOne, 0).ok());
  CHECK(limits.admit(kOne, 0).ok());
  CHECK(type_of(limits.admit(kOne, 0)) == "too-many-handshakes");
  CHECK(limits.admit(kOther, 0).ok());
  limits.done(kOne);
  CHECK(limits.admit(kOne, 0).ok());
}

TEST_CASE("a source begins few handshakes in a second") {
  HandshakeLimits limits({.under_way_max = 100, .per_second = 2, .burst = 3});
  for (int i = 0; i < 3; ++i) {
    CHECK(limits.admit(kOne, kSecond).ok());
    limits.done(kOne);
  }
  CHECK(type_of(limits.admit(kOne, kSecond)) == "handshakes-too-fast");
  CHECK(limits.admit(kOther, kSecond).ok());
  CHECK(limits.admit(kOne, kSecond + kSecond / 2).ok());
}

TEST_CASE("what is remembered of sources is bounded") {
  HandshakeLimits limits({.under_way_max = 1, .per_second = 1, .burst = 1});
  REQUIRE(limits.admit(kOne, 0).ok());
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const Source source{true, i};
    REQUIRE(limits.admit(source, 0).ok());
    limits.done(source);
    CHECK(limits.sources() <= 4'096);
  }
  CHECK(type_of(limits.admit(kOne, 60 * kSecond)) == "too-many-handshakes");  // not forgotten
}

}  // namespace
}  // namespace jingchu::network
