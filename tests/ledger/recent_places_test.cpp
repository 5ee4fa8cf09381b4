#include "ledger/recent_places.h"

#include <map>
#include <random>

#include "tests/ledger/value_files_fixture.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

TEST_CASE("recent places: what was told last of a key counts, and what is not known is not made up") {
  RecentPlaces places(4);
  std::mt19937_64 random(1);
  std::map<std::string, std::optional<ValuePlace>> told;
  std::size_t found = 0;
  for (std::uint32_t i = 0; i < 2000; ++i) {
    const std::string key = "n" + std::to_string(random() % 12);
    std::optional<ValuePlace> place = ValuePlace{i, i + 1, i + 2};
    if (random() % 4 == 0) place.reset();
    places.apply({{key, place}});
    told[key] = place;
    CHECK(places.find(key) == place);
    for (const auto& [other, last] : told) {
      const auto now = places.find(other);
      if (!now) continue;
      CHECK(now == last);
      ++found;
    }
  }
  CHECK(found > 2000);
  CHECK_FALSE(places.find(""));
  CHECK_FALSE(places.find("n"));
  CHECK_FALSE(places.find(std::string(100, 'n')));
}

// With a cleaner behind them that moves what is left of old files.
TEST_CASE("what stands under a key is what was written last, whatever is remembered of its place") {
  std::size_t slots = 1;
  SUBCASE("of one key") {}
  SUBCASE("of some") {
    slots = 16;
  }
  SUBCASE("of all") {
    slots = 4096;
  }
  const Directory directory;
  const std::string path = directory / "db";
  auto options = kSmallFiles;
  options.recent_places = slots;
  auto store = open_leveldb(path, options).value();
  std::mt19937_64 random(7);
  std::map<std::string, Bytes> expected;
  const auto key_of = [&] {
    const char* const prefixes[] = {"n", "d", "sledger/", "n-a-key-too-long-to-be-kept-"};
    return prefixes[random() % 4] + std::to_string(random() % 40);
  };
  for (int round = 0; round < 400; ++round) {
    WriteBatch writes;
    for (int i = 0; i < 12; ++i) {
      const std::string key = key_of();
      if (random() % 5 == 0) {
        writes.erase(key);
        expected.erase(key);
        continue;
      }
      const std::size_t size = random() % 3 == 0 ? random() % 90 : 100 + random() % 900;
      const Bytes value(size, static_cast<std::uint8_t>(random()));
      writes.put(key, value);
      expected[key] = value;
    }
    REQUIRE(store->write(writes, Durability::kLater).ok());
    for (int i = 0; i < 12; ++i) {
      const std::string key = key_of();
      const auto value = store->get(key).value();
      const auto found = expected.find(key);
      REQUIRE_EQ(value.has_value(), found != expected.end());
      if (value) REQUIRE(*value == found->second);
    }
    if (round % 100 != 99) continue;
    store.reset();
    store = open_leveldb(path, options).value();
  }
  for (const auto& [key, value] : expected) CHECK(store->get(key).value() == value);
}

}  // namespace
}  // namespace jingchu::ledger::test
