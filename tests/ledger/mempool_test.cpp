#include "ledger/mempool.h"

#include <random>
#include <set>

#include "tests/ledger/fixture.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

// Unsigned: the mempool never looks at signatures.
PreparedPointer waiting(std::uint8_t sender, std::uint32_t number, std::uint64_t valid_until = 50,
                        std::size_t payload = 0) {
  Transaction made;
  made.sender = {Algorithm::kEd25519, Bytes(32, sender)};
  for (int i = 0; i < 4; ++i) made.nonce[i] = static_cast<std::uint8_t>(number >> (8 * i));
  made.valid_until = Height(valid_until);
  made.calls = {{"a", "b", Bytes(payload)}};
  return prepare(std::move(made));
}

std::vector<std::uint8_t> senders(const std::vector<PreparedPointer>& taken) {
  std::vector<std::uint8_t> found;
  for (const auto& one : taken) found.push_back(one->transaction.sender.bytes[0]);
  return found;
}

TEST_CASE("what was given back waits again; cleared, nothing of it is left, and there is room") {
  Mempool pool({.count_max = 2, .sender_share_percent = 100}, 100);
  const auto first = waiting(1, 0);
  const auto second = waiting(2, 0);
  REQUIRE(pool.add(first, Height(0)).ok());
  CHECK_FALSE(pool.give_back(first));
  CHECK_EQ(pool.take(1 << 20, 1).size(), 1u);
  REQUIRE(pool.add(second, Height(0)).ok());
  CHECK(pool.give_back(first));
  CHECK_EQ(senders(pool.take(1 << 20, 1)), std::vector<std::uint8_t>{2});
  CHECK_EQ(pool.clear().size(), 2u);  // one in flight, one that waits
  CHECK_FALSE(pool.contains(first->id));
  CHECK_EQ(pool.waiting_count() + pool.waiting_bytes() + pool.in_flight_count(), 0u);
  CHECK(pool.take(1 << 20, 9).empty());
  CHECK_EQ(pool.add(first, Height(0)).value(), Added::kNew);
  CHECK_EQ(senders(pool.take(1 << 20, 9)), std::vector<std::uint8_t>{1});
}

TEST_CASE("senders take turns, each in its own order") {
  Mempool pool({.sender_share_percent = 100}, 100);
  std::vector<PreparedPointer> flood;
  for (std::uint32_t i = 0; i < 100; ++i) {
    flood.push_back(waiting(1, i));
    CHECK_EQ(pool.add(flood.back(), Height(0)).value(), Added::kNew);
  }
  for (std::uint32_t i = 0; i < 3; ++i) pool.add(waiting(2, i), Height(0)).value();
  pool.add(waiting(3, 0), Height(0)).value();
  const auto taken = pool.take(1 << 20, 8);
  CHECK_EQ(senders(taken), std::vector<std::uint8_t>{1, 2, 3, 1, 2, 1, 2, 1});
  CHECK_EQ(taken[3]->id, flood[1]->id);
  CHECK_EQ(pool.in_flight_count(), 8);
  CHECK_EQ(pool.waiting_count(), 96);
  CHECK_EQ(senders(pool.take(1 << 20, 1000)), std::vector<std::uint8_t>(96, 1));
  CHECK_EQ(pool.waiting_bytes(), 0);
}

TEST_CASE("take keeps to both bounds") {
  Mempool pool({.sender_share_percent = 100}, 100);
  for (std::uint32_t i = 0; i < 10; ++i) pool.add(waiting(1, i), Height(0)).value();
  const std::size_t one = waiting(1, 0)->bytes.size();
  CHECK_EQ(pool.take(one - 1, 10).size(), 0);
  CHECK_EQ(pool.take(3 * one + 1, 10).size(), 3);
  CHECK_EQ(pool.take(100 * one, 2).size(), 2);
}

TEST_CASE("the same transaction again is the same entry, waiting or in flight") {
  Mempool pool({}, 100);
  pool.add(waiting(1, 7), Height(0)).value();
  CHECK_EQ(pool.add(waiting(1, 7), Height(0)).value(), Added::kPresent);
  CHECK_EQ(pool.waiting_count(), 1);
  CHECK_EQ(pool.take(1 << 20, 10).size(), 1);
  CHECK_EQ(pool.add(waiting(1, 7), Height(0)).value(), Added::kPresent);
  CHECK_EQ(pool.take(1 << 20, 10).size(), 0);
  pool.committed(std::vector<Hash>{waiting(1, 7)->id, kZeroHash});
  CHECK(!pool.contains(waiting(1, 7)->id));
}

TEST_CASE("refusals are typed") {
  const std::size_t one = waiting(1, 0)->bytes.size();
  Mempool pool({.bytes_max = 10 * one, .count_max = 8, .sender_share_percent = 50}, 20);
  CHECK_EQ(pool.add(waiting(1, 0, 5), Height(5)).error().type, "expired");
  CHECK_EQ(pool.add(waiting(1, 0, 26), Height(5)).error().type, "not-yet-valid");
  CHECK(pool.add(waiting(1, 0, 6), Height(5)).ok());
  CHECK(pool.add(waiting(1, 1, 25), Height(5)).ok());
  for (std::uint32_t i = 2; i < 4; ++i) CHECK(pool.add(waiting(1, i, 20), Height(5)).ok());
  CHECK_EQ(pool.add(waiting(1, 4, 20), Height(5)).error().type, "sender-share-full");
  for (std::uint32_t i = 0; i < 4; ++i) CHECK(pool.add(waiting(2, i, 20), Height(5)).ok());
  CHECK_EQ(pool.add(waiting(3, 0, 20), Height(5)).error().type, "mempool-full");
  CHECK_EQ(pool.take(1 << 20, 8).size(), 8);
  CHECK(pool.add(waiting(1, 4, 20), Height(5)).ok());
  CHECK_EQ(pool.add(waiting(2, 5, 20, 5 * one), Height(5)).ok(), true);
  CHECK_EQ(pool.add(waiting(3, 5, 20, 6 * one), Height(5)).error().type, "mempool-full");
  CHECK_EQ(pool.add(waiting(2, 6, 20), Height(5)).error().type, "sender-share-full");
}

TEST_CASE("expiry drops what can no longer execute, also in flight") {
  Mempool pool({}, 100);
  pool.add(waiting(1, 0, 3), Height(0)).value();
  pool.take(1 << 20, 1);
  pool.add(waiting(1, 1, 3), Height(0)).value();
  pool.add(waiting(1, 2, 4), Height(0)).value();
  pool.add(waiting(2, 3, 2), Height(0)).value();
  pool.committed(std::vector<Hash>{waiting(2, 3, 2)->id});
  CHECK(pool.expire(Height(2)).empty());
  CHECK_EQ(pool.expire(Height(3)).size(), 2);
  CHECK_EQ(pool.waiting_count(), 1);
  CHECK_EQ(pool.in_flight_count(), 0);
  CHECK_EQ(pool.take(1 << 20, 10).at(0)->id, waiting(1, 2, 4)->id);
}

// Against a naive twin: what is inside, and that nothing is ever handed out twice or lost.
TEST_CASE("random operations keep the books") {
  std::mt19937 random(7);
  Mempool pool({.bytes_max = 20'000, .count_max = 60, .sender_share_percent = 40}, 30);
  std::map<Hash, std::pair<std::uint64_t, bool>> twin;  // valid_until, in flight
  std::uint64_t height = 0;
  for (int step = 0; step < 20'000; ++step) {
    const auto what = random() % 10;
    if (what < 6) {
      const auto one =
          waiting(static_cast<std::uint8_t>(random() % 5), static_cast<std::uint32_t>(random() % 3000),
                  height + 1 + random() % 20, random() % 100);
      const auto added = pool.add(one, Height(height));
      REQUIRE_EQ(added.ok() && *added == Added::kPresent, twin.contains(one->id));
      if (added.ok()) twin.try_emplace(one->id, one->transaction.valid_until.value(), false);
    } else if (what < 8) {
      for (const auto& one : pool.take(random() % 2000, random() % 10)) {
        REQUIRE(twin.contains(one->id));
        REQUIRE(!std::exchange(twin[one->id].second, true));
      }
    } else if (what == 8 && !twin.empty()) {
      auto at = twin.begin();
      std::advance(at, random() % twin.size());
      pool.committed(std::vector<Hash>{at->first});
      twin.erase(at);
    } else if (random() % 5 == 0) {
      ++height;
      const auto dropped = pool.expire(Height(height));
      std::set<Hash> expected;
      for (const auto& [id, entry] : twin) {
        if (entry.first <= height) expected.insert(id);
      }
      REQUIRE_EQ(std::set<Hash>(dropped.begin(), dropped.end()), expected);
      for (const auto& id : dropped) twin.erase(id);
    }
    const auto flying =
        std::count_if(twin.begin(), twin.end(), [](const auto& one) { return one.second.second; });
    REQUIRE_EQ(pool.in_flight_count(), flying);
    REQUIRE_EQ(pool.waiting_count(), twin.size() - flying);
    REQUIRE(pool.waiting_bytes() <= 20'000);
  }
}

}  // namespace
}  // namespace jingchu::ledger::test
