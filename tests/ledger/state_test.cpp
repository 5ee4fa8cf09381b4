#include "ledger/state.h"

#include <map>
#include <random>

#include "common/codec.h"
#include "common/merkle.h"
#include "ledger/memory_database.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

using contracts::CostTable;

void store(MemoryDatabase& database, const std::vector<StateWrite>& writes) {
  WriteBatch batch;
  for (const auto& [key, before, value] : writes) {
    if (value) {
      batch.put(stored_state_key(key), *value);
    } else {
      batch.erase(stored_state_key(key));
    }
  }
  REQUIRE(database.write(batch, Durability::kLater).ok());
}

// Against a naive twin that copies the whole state at every savepoint.
TEST_CASE("the overlay reads, rolls back and commits as a plain map would") {
  std::mt19937 random(11);
  MemoryDatabase database;
  StateOverlay overlay(database);
  std::map<std::string, Bytes> committed;
  for (int block = 0; block < 200; ++block) {
    auto now = committed;
    std::map<std::string, bool> written;
    std::vector<std::tuple<StateOverlay::Savepoint, decltype(now), decltype(written)>> savepoints;
    for (int step = 0; step < 40; ++step) {
      const std::string key = "c/" + std::to_string(random() % 12);
      switch (random() % 6) {
        case 0:
        case 1: {
          const Bytes value(random() % 5, static_cast<std::uint8_t>(random()));
          overlay.put(key, value);
          now[key] = value;
          written[key] = true;
          break;
        }
        case 2:
          overlay.erase(key);
          now.erase(key);
          written[key] = true;
          break;
        case 3:
          savepoints.emplace_back(overlay.savepoint(), now, written);
          break;
        case 4:
          if (savepoints.empty()) break;
          overlay.roll_back(std::get<0>(savepoints.back()));
          now = std::get<1>(savepoints.back());
          written = std::get<2>(savepoints.back());
          savepoints.pop_back();
          break;
        default: {
          const Bytes* value = overlay.get(key).value();
          REQUIRE_EQ(value != nullptr, now.contains(key));
          if (value != nullptr) REQUIRE_EQ(*value, now[key]);
        }
      }
    }
    const auto writes = overlay.take_writes().value();
    REQUIRE_EQ(writes.size(), written.size());
    auto expected = written.begin();
    for (const auto& [key, before, value] : writes) {
      REQUIRE_EQ(key, (expected++)->first);
      REQUIRE_EQ(before.has_value(), committed.contains(key));
      if (before) REQUIRE_EQ(*before, committed[key]);
      REQUIRE_EQ(value.has_value(), now.contains(key));
      if (value) REQUIRE_EQ(*value, now[key]);
    }
    store(database, writes);
    committed = now;
  }
}

struct Metered {
  explicit Metered(std::uint64_t cost_max) : context(overlay, "c", caller, place, cost_max) {}
  MemoryDatabase database;
  StateOverlay overlay{database};
  contracts::Caller caller;
  contracts::CallPlace place;
  CallContext context;
};

TEST_CASE("every access has its price") {
  Metered metered(100'000);
  auto& context = metered.context;
  CHECK(!context.get("none").value());
  CHECK_EQ(context.cost(), CostTable::kRead);
  CHECK(context.put("key", Bytes(10)).ok());
  CHECK_EQ(context.cost(), 50 + 100 + 2 * 13);
  CHECK_EQ(context.get("key").value()->size(), 10);
  CHECK_EQ(context.cost(), 50 + 126 + 50 + 10);
  CHECK(context.erase("key").ok());
  CHECK_EQ(context.cost(), 50 + 126 + 60 + 100 + 2 * 3);
  CHECK(context.emit({"name", "{}"}).ok());
  CHECK_EQ(context.cost(), 50 + 126 + 60 + 106 + 6);
  CHECK(metered.overlay.get("c/key").value() == nullptr);
}

TEST_CASE("what only the transaction itself can have written is not looked for in the store") {
  MemoryDatabase database;
  store(database, {{"c/own", {}, to_bytes("of nobody")}});
  StateOverlay overlay(database);
  CHECK(overlay.get_own("c/own").value() == nullptr);
  const auto before = overlay.savepoint();
  overlay.put("c/own", to_bytes("mine"));
  REQUIRE(overlay.get_own("c/own").value() != nullptr);
  CHECK_EQ(*overlay.get_own("c/own").value(), to_bytes("mine"));
  overlay.roll_back(before);
  CHECK(overlay.get_own("c/own").value() == nullptr);
  Metered metered(100'000);
  CHECK(metered.context.put("own", Bytes(10)).ok());
  const auto cost = metered.context.cost();
  CHECK(metered.context.get_own("own").ok());
  CHECK_EQ(metered.context.cost() - cost, CostTable::kRead + 10 * CostTable::kReadByte);
}

TEST_CASE("past the limit everything is refused and nothing changes") {
  Metered metered(200);
  auto& context = metered.context;
  CHECK(context.put("a", Bytes(49)).ok());  // exactly 200
  CHECK(!context.over_cost());
  CHECK_EQ(context.put("b", {}).error().type, "over-cost");
  CHECK(context.over_cost());
  CHECK_EQ(context.get("a").error().type, "over-cost");
  CHECK_EQ(context.emit({}).error().type, "over-cost");
  CHECK_EQ(context.erase("a").error().type, "over-cost");
  CHECK_EQ(context.cost(), 200);
  CHECK(metered.overlay.get("c/b").value() == nullptr);
  CHECK(metered.overlay.get("c/a").value() != nullptr);
}

TEST_CASE("a contract sees its own keys only") {
  MemoryDatabase database;
  store(database, {{"c/1", {}, to_bytes("x")},
                   {"c/2", {}, to_bytes("y")},
                   {"cc/3", {}, to_bytes("z")},
                   {"c/2/1", {}, to_bytes("w")}});
  const CommittedState state(database, "c");
  CHECK_EQ(state.get("2").value(), to_bytes("y"));
  CHECK(!state.get("3").value());
  std::string seen;
  const auto visit = [&](std::string_view key, ByteView value) {
    seen += std::string(key) + "=" + jingchu::to_string(value) + " ";
    return true;
  };
  CHECK(state.scan("", "", visit).ok());
  CHECK_EQ(seen, "1=x 2=y 2/1=w ");
  seen.clear();
  CHECK(state.scan("2", "2/", visit).ok());
  CHECK_EQ(seen, "2/1=w ");
  StateOverlay overlay(database);
  const OverlayReader reader(overlay, "c");
  overlay.put("c/1", to_bytes("new"));
  CHECK_EQ(reader.get("1").value(), to_bytes("new"));
  CHECK_EQ(reader.scan("", "", visit).error().type, "scan-in-call");
}

}  // namespace
}  // namespace jingchu::ledger::test
