#include <random>

#include "common/log_limit.h"
#include "common/token_bucket.h"

// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;

TEST_CASE("a token bucket gives its burst at once, then its rate") {
  TokenBucket bucket(10, 3);
  const std::uint64_t start = 5 * kSecond;
  for (int i = 0; i < 3; ++i) CHECK(bucket.take(1, start));
  CHECK_FALSE(bucket.take(1, start));
  CHECK_FALSE(bucket.take(1, start + kSecond / 10 - 1));
  CHECK(bucket.take(1, start + kSecond / 10));
  CHECK_FALSE(bucket.take(4, start + 3600 * kSecond));  // more than the burst is never there
  CHECK(bucket.take(3, start + 3600 * kSecond));
}

TEST_CASE("a clock that stands or goes back gives nothing") {
  TokenBucket bucket(1, 1);
  CHECK(bucket.take(1, 10 * kSecond));
  CHECK_FALSE(bucket.take(1, 9 * kSecond));
  CHECK_FALSE(bucket.take(1, 10 * kSecond + 1));
  CHECK(bucket.take(1, 11 * kSecond));
}

TEST_CASE("debt lasts exactly as long as its rate needs") {
  TokenBucket bucket(250'000, 100'000);
  CHECK(bucket.is_full(0));
  bucket.charge(100'000, 0);
  CHECK(bucket.debt_us(0) == 0);
  bucket.charge(50'000, 0);
  CHECK(bucket.debt_us(0) == kSecond / 5);
  CHECK(bucket.debt_us(kSecond / 10) == kSecond / 10);
  CHECK(bucket.debt_us(kSecond / 5 - 1) == 1);
  CHECK(bucket.debt_us(kSecond / 5) == 0);
  CHECK_FALSE(bucket.is_full(kSecond / 5));
  CHECK(bucket.is_full(kSecond));
}

TEST_CASE("over any time no more is taken than burst and rate allow") {
  std::mt19937_64 random(20261125);
  for (int round = 0; round < 200; ++round) {
    const std::uint64_t rate = 1 + random() % 1000;
    const std::uint64_t burst = 1 + random() % 1000;
    TokenBucket bucket(rate, burst);
    std::uint64_t now = random() % kSecond;
    const std::uint64_t start = now;
    std::uint64_t taken = 0;
    for (int i = 0; i < 500; ++i) {
      now += random() % 20'000;
      const std::uint64_t wanted = random() % 10;
      if (bucket.take(wanted, now)) taken += wanted;
    }
    CHECK(taken <= burst + rate * (now - start) / kSecond + 1);
  }
}

TEST_CASE("lines of one kind are limited, counted while they are left out, and do not silence another kind") {
  LogLimit limit;
  for (int i = 0; i < 5; ++i) CHECK(limit.admit("one", kSecond) == 0);
  for (int i = 0; i < 7; ++i) CHECK_FALSE(limit.admit("one", kSecond).has_value());
  CHECK(limit.admit("other", kSecond) == 0);
  CHECK(limit.admit("one", 2 * kSecond) == 7);
  CHECK_FALSE(limit.admit("one", 2 * kSecond).has_value());
  CHECK(limit.admit("one", 3 * kSecond) == 1);
}

TEST_CASE("a limit of a line a minute") {
  LogLimit limit(1, kWarningInterval_us);
  CHECK(limit.admit("disk", kSecond) == 0);
  CHECK_FALSE(limit.admit("disk", 60 * kSecond).has_value());
  CHECK(limit.admit("disk", 61 * kSecond) == 1);
}

}  // namespace
}  // namespace jingchu
