#include "common/ed25519_cache.h"

#include <atomic>
#include <thread>
#include <vector>

#include "tests/support/ed25519_signer.h"
// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::ed25519 {
namespace {

// A key and one valid signature of its own.
struct Signed {
  explicit Signed(std::uint16_t number)
      : message{static_cast<std::uint8_t>(number), static_cast<std::uint8_t>(number >> 8)} {
    const test::Signer signer(message);
    key = signer.key();
    signature = signer.sign(message, test::scalar_from(Bytes{1, 2, 3}));
  }

  bool holds_by(KeyCache& cache) const { return cache.verify(key, message, signature); }
  void use(KeyCache& cache, int times) const {
    for (int i = 0; i < times; ++i) CHECK(holds_by(cache));
  }

  Bytes message;
  Key key;
  Signature signature;
};

TEST_CASE("a key gets a table after eight valid signatures, and false ones do not count") {
  KeyCache cache;
  const Signed one(1);
  Signature wrong = one.signature;
  wrong[40] ^= 1;
  for (int i = 0; i < 20; ++i) CHECK_FALSE(cache.verify(one.key, one.message, wrong));
  CHECK(cache.counters() == 0);
  one.use(cache, 7);
  CHECK_FALSE(cache.has_table(one.key));
  CHECK(cache.counters() == 1);
  one.use(cache, 1);
  CHECK(cache.has_table(one.key));
  CHECK(cache.counters() == 0);
  one.use(cache, 3);
  CHECK_FALSE(cache.verify(one.key, one.message, wrong));
  CHECK_FALSE(cache.verify(one.key, as_bytes("another"), one.signature));
  CHECK_FALSE(cache.verify(Signed(2).key, one.message, one.signature));
  CHECK(cache.tables() == 1);
}

TEST_CASE("a full cache gives a table up only for a key that is used more often") {
  KeyCache cache({.tables_max = 2, .uses_before_table = 4});
  const Signed busy(1), less_busy(2), third(3);
  busy.use(cache, 20);
  less_busy.use(cache, 10);
  third.use(cache, 10);
  CHECK((cache.has_table(busy.key) && cache.has_table(less_busy.key) && !cache.has_table(third.key)));
  third.use(cache, 1);
  CHECK((cache.has_table(busy.key) && !cache.has_table(less_busy.key) && cache.has_table(third.key)));
  CHECK(cache.tables() == 2);
  // It has brought its uses along.
  less_busy.use(cache, 11);
  CHECK(cache.has_table(third.key));
  less_busy.use(cache, 1);
  CHECK(cache.has_table(less_busy.key));
}

TEST_CASE("strangers with ever new keys neither take tables nor fill memory") {
  KeyCache cache({.tables_max = 2, .uses_before_table = 4, .counters_max = 8, .uses_between_halvings = 64});
  const Signed good(1), other(2);
  good.use(cache, 8);
  other.use(cache, 8);
  for (std::uint16_t stranger = 100; stranger < 300; ++stranger) {
    Signed(stranger).use(cache, stranger % 4);
    good.use(cache, 2);
    other.use(cache, 2);
    CHECK(cache.counters() <= 8);
    CHECK((cache.has_table(good.key) && cache.has_table(other.key)));
  }
}

TEST_CASE("keys that are no longer used give way") {
  KeyCache cache({.tables_max = 2, .uses_before_table = 4, .counters_max = 8, .uses_between_halvings = 32});
  const Signed gone(1), also_gone(2), fresh(3), also_fresh(4);
  gone.use(cache, 300);  // as many as are counted are no more than a key without a table can have
  also_gone.use(cache, 300);
  int uses = 0;
  while (!cache.has_table(fresh.key) || !cache.has_table(also_fresh.key)) {
    fresh.use(cache, 1);
    also_fresh.use(cache, 1);
    REQUIRE(++uses < 200);
  }
  CHECK(uses > 4);
  CHECK((!cache.has_table(gone.key) && !cache.has_table(also_gone.key)));
}

TEST_CASE("threads may verify while tables come and go") {
  KeyCache cache({.tables_max = 2, .uses_before_table = 2, .counters_max = 3, .uses_between_halvings = 16});
  std::vector<Signed> all;
  for (std::uint16_t i = 0; i < 6; ++i) all.emplace_back(i);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::size_t i = 0; i < 200; ++i) {
        // Each key for a while, so that it overtakes the others.
        const auto& one = all[(i / 20 + thread) % all.size()];
        if (!one.holds_by(cache)) ++wrong;
        if (i % 4 == 0 && cache.verify(one.key, as_bytes("another"), one.signature)) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(cache.tables() == 2);
}

}  // namespace
}  // namespace jingchu::ed25519
