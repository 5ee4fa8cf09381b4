#include "network/handshake_limits.h"

// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::network {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;

std::string type_of(const Status& status) {
  return status.ok() ? "" : status.error().type;
}

TEST_CASE("a source has few handshakes under way, whatever others do") {
  HandshakeLimits limits({.under_way_max = 2, .per_second = 100, .burst = 100});
  CHECK(limits.admit("a", 0).ok());
  CHECK(limits.admit("a", 0).ok());
  CHECK(type_of(limits.admit("a", 0)) == "too-many-handshakes");
  CHECK(limits.admit("b", 0).ok());
  limits.done("a");
  CHECK(limits.admit("a", 0).ok());
}

TEST_CASE("a source begins few handshakes in a second") {
  HandshakeLimits limits({.under_way_max = 100, .per_second = 2, .burst = 3});
  for (int i = 0; i < 3; ++i) {
    CHECK(limits.admit("a", kSecond).ok());
    limits.done("a");
  }
  CHECK(type_of(limits.admit("a", kSecond)) == "handshakes-too-fast");
  CHECK(limits.admit("b", kSecond).ok());
  CHECK(limits.admit("a", kSecond + kSecond / 2).ok());
}

TEST_CASE("what is remembered of sources is bounded") {
  HandshakeLimits limits({.under_way_max = 1, .per_second = 1, .burst = 1});
  REQUIRE(limits.admit("held", 0).ok());
  for (int i = 0; i < 20'000; ++i) {
    const std::string source = std::to_string(i);
    REQUIRE(limits.admit(source, 0).ok());
    limits.done(source);
    CHECK(limits.sources() <= 4'096);
  }
  CHECK(type_of(limits.admit("held", 60 * kSecond)) == "too-many-handshakes");  // not forgotten
}

TEST_CASE("the addresses of one IPv6 customer are one source; an IPv4 address is itself in any form") {
  const auto source = [](const char* text) { return source_of(boost::asio::ip::make_address(text)); };
  CHECK(source("192.0.2.7") == "192.0.2.7");
  CHECK(source("::ffff:192.0.2.7") == "192.0.2.7");
  CHECK(source("2001:db8:1:2:3:4:5:6") == source("2001:db8:1:2:ffff::1"));
  CHECK(source("2001:db8:1:2::1") != source("2001:db8:1:3::1"));
}

}  // namespace
}  // namespace jingchu::network
