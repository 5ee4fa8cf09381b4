#include "contracts/entity_history.h"

#include "common/codec.h"
#include "contracts/context_reader.h"
#include "tests/contracts/support/fake_context.h"

#include <doctest/doctest.h>

using namespace jingchu;
using namespace jingchu::contracts;

TEST_CASE("entity history: the chain is what its definition says, entry by entry") {
  FakeState state;
  FakeContext context(state);
  Hash chain{};
  for (std::uint64_t i = 1; i <= 40; ++i) {
    const HistoryEntry entry{sha256(as_bytes(std::to_string(i))), to_bytes(std::to_string(i))};
    const auto head = append_history(context, "epc", entry);
    REQUIRE(head.ok());
    Bytes link = encode(std::string("jingchu/history"));
    link.insert(link.end(), chain.begin(), chain.end());
    link.insert(link.end(), entry.record_hash.begin(), entry.record_hash.end());
    chain = sha256(link);
    CHECK(*head == HistoryHead{"epc", i, chain});
  }
  const auto head = history_head(state, "epc");
  REQUIRE(head.ok());
  REQUIRE(*head);
  CHECK((**head).chain == chain);

  std::vector<std::uint64_t> read;
  for (Page page{7, 0}; page.after < (**head).count; page.after = read.back()) {
    const auto entries = read_history(state, **head, page);
    REQUIRE(entries.ok());
    REQUIRE(!entries->empty());
    CHECK(entries->size() <= 7);
    for (const auto& [sequence, entry] : *entries) {
      CHECK(to_string(entry.reference) == std::to_string(sequence));
      read.push_back(sequence);
    }
  }
  CHECK(read.size() == 40);
  CHECK(read_history(state, **head, {10, 40})->empty());
  CHECK(read_history(state, **head, {10, 4000})->empty());
}

TEST_CASE("entity history: names of any form have keys of their own") {
  FakeState state;
  FakeContext context(state);
  const std::string names[] = {"", "a", "a/b", "a%2Fb", "head/a", std::string(5000, 'x'), "潜江"};
  for (const auto& name : names) REQUIRE(append_history(context, name, {}).ok());
  CHECK(state.entries.size() == 2 * std::size(names));
  for (const auto& name : names) {
    const auto head = history_head(state, name);
    REQUIRE(head.ok());
    REQUIRE(*head);
    CHECK((**head).entity == name);
    CHECK((**head).count == 1);
  }
  for (const auto& [key, value] : state.entries) CHECK(key.size() <= 5 + 64 + 20);
  const auto nothing = history_head(state, "b");
  REQUIRE(nothing.ok());
  CHECK(!*nothing);
  CHECK(state.entries.contains("head/" + key_of_name("a")));
  CHECK(state.entries.contains("history/" + key_of_name("a") + "/0000000000000001"));
}

TEST_CASE("entity history: the limit of cost comes through, a lost entry is our fault") {
  FakeState state;
  FakeContext context(state);
  REQUIRE(append_history(context, "a", {}).ok());
  context.cost_max = context.cost + CostTable::kRead + 200;
  const auto head = append_history(context, "a", {});
  REQUIRE(!head.ok());
  CHECK(head.error().type == "over-cost");
  CHECK(context.accesses_after_limit == 0);

  state.entries.erase("history/" + key_of_name("a") + "/0000000000000001");
  const auto entries = read_history(state, {"a", 1, {}}, {});
  REQUIRE(!entries.ok());
  CHECK(entries.error().fault == Fault::kOurs);
}
