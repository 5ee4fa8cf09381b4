#include "network/client_limits.h"

#include <random>

#include "common/check.h"
// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::network {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;

Source client(const char* address) {
  return source_of(boost::asio::ip::make_address(address));
}

TEST_CASE("connections of one client are bounded, those of others are not touched") {
  ClientLimits limits({.connections_max = 2});
  const Source one = client("10.0.0.1"), two = client("10.0.0.2");
  CHECK(limits.connect(one, 0));
  CHECK(limits.connect(one, 0));
  CHECK_FALSE(limits.connect(one, 0));
  CHECK(limits.connect(two, 0));
  limits.disconnect(one, 1);
  CHECK(limits.connect(one, 2));
  CHECK_FALSE(limits.connect(one, 3));
}

TEST_CASE("requests come back with time, those of two seconds at most") {
  ClientLimits limits({.requests_per_s = 3});
  const Source one = client("10.0.0.1");
  limits.connect(one, 0);
  const auto burst = [&](std::uint64_t now_us) {
    int count = 0;
    while (limits.request(one, now_us)) ++count;
    return count;
  };
  CHECK(burst(0) == 6);
  CHECK(burst(kSecond / 3) == 0);
  CHECK(burst(kSecond / 3 + 1) == 1);
  CHECK(burst(2 * kSecond) == 5);
  CHECK(burst(1'000 * kSecond) == 6);
  // A connection more or less changes nothing, and a clock that stands does not either.
  limits.connect(one, 1'000 * kSecond);
  limits.disconnect(one, 1'000 * kSecond);
  limits.disconnect(one, 1'000 * kSecond);
  limits.connect(one, 1'000 * kSecond);
  CHECK(burst(1'000 * kSecond) == 0);
}

TEST_CASE("requests agree with a naive twin over random times") {
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    const std::uint32_t rate = 1 + random() % 50;
    ClientLimits limits({.requests_per_s = rate});
    const Source one = client("10.0.0.1");
    limits.connect(one, 0);
    std::uint64_t now_us = 0, credit = 2 * rate * kSecond;
    for (int i = 0; i < 500; ++i) {
      const std::uint64_t passed_us = random() % (3 * kSecond / rate);
      now_us += passed_us;
      credit = std::min(credit + passed_us * rate, 2 * rate * kSecond);
      const bool expected = credit >= kSecond;
      if (expected) credit -= kSecond;
      REQUIRE(limits.request(one, now_us) == expected);
    }
  }
}

TEST_CASE("a rate of 0 is no limit") {
  ClientLimits limits({.requests_per_s = 0});
  const Source one = client("10.0.0.1");
  limits.connect(one, 0);
  for (int i = 0; i < 100'000; ++i) REQUIRE(limits.request(one, 0));
}

TEST_CASE("bytes held are bounded for a client and for all") {
  ClientLimits limits({.held_bytes_max = 100, .client_held_bytes_max = 40});
  const Source clients[] = {client("10.0.0.1"), client("10.0.0.2"), client("10.0.0.3"), client("10.0.0.4")};
  for (const Source& each : clients) limits.connect(each, 0);
  CHECK(limits.hold(clients[0], 40));
  CHECK_FALSE(limits.hold(clients[0], 1));
  CHECK(limits.hold(clients[1], 40));
  CHECK(limits.hold(clients[2], 10));
  CHECK_FALSE(limits.hold(clients[2], 11));
  CHECK(limits.hold(clients[2], 10));
  CHECK(limits.held_bytes() == 100);
  CHECK_FALSE(limits.hold(clients[3], 1));
  limits.release(clients[0], 40);
  // One piece that is larger than the share of a client, and then no other of that client.
  CHECK(limits.hold(clients[3], 1'000));
  CHECK_FALSE(limits.hold(clients[3], 1));
  CHECK_FALSE(limits.hold(clients[0], 1));
  limits.release(clients[3], 1'000);
  CHECK(limits.hold(clients[0], 1));
}

TEST_CASE("clients without connections are forgotten: soon, and beyond a bound the oldest at once") {
  ClientLimits limits({.requests_per_s = 1, .idle_clients_max = 100});
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    const Source each{false, i};
    REQUIRE(limits.connect(each, i));
    REQUIRE(limits.request(each, i));
    limits.disconnect(each, i);
    REQUIRE(limits.clients() <= 101);
  }
  // Who has spent its requests does not get new ones by coming again.
  const Source spent{false, 99'999};
  CHECK(limits.connect(spent, 100'000));
  CHECK(limits.request(spent, 100'000));
  CHECK_FALSE(limits.request(spent, 100'000));
  limits.disconnect(spent, 100'000);
  const Source late{true, 1};
  CHECK(limits.connect(late, 10 * kSecond));
  CHECK(limits.clients() == 1);
}

}  // namespace
}  // namespace jingchu::network
