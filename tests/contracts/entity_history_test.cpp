#include "contracts/entity_history.h"

#include <functional>
#include <utility>

#include "common/codec.h"
#include "contracts/context_reader.h"
#include "contracts/contract.h"
#include "tests/contracts/support/fake_context.h"

#include <doctest/doctest.h>

using namespace jingchu;
using namespace jingchu::contracts;

namespace {

using Numbers = std::vector<std::uint64_t>;

std::string key_of_head(const std::string& entity) {
  return "head/" + to_string(sha256(as_bytes(entity)));
}
std::string key_of_entry(const std::string& entity, std::uint8_t sequence) {
  const Bytes number{0, 0, 0, 0, 0, 0, 0, sequence};
  return "history/" + to_string(sha256(as_bytes(entity))) + to_string(number);
}

// The record of number 1,000 * i.
HistoryHead append(FakeContext& context, std::string_view entity, std::uint64_t i) {
  const Record record{1'000 * i, std::to_string(i), {Height(i), 1'000 + i, sha256({}), 2, "hubei-aquatic"}};
  return append_history(context, entity, record, record.hash()).value();
}

Numbers records_of(const StateReader& state, const HistoryHead& head, const Page& page) {
  Numbers numbers;
  const auto entries = read_history(state, head, page).value();
  for (const auto& entry : entries) numbers.push_back(entry.record);
  return numbers;
}

}  // namespace

TEST_CASE("entity history: the chain is what its definition says, entry by entry") {
  FakeState state;
  FakeContext context(state);
  Hash chain{};
  for (std::uint64_t i = 1; i <= 40; ++i) {
    const Record record{1'000 * i, std::to_string(i), {Height(i), 1'000 + i, sha256({}), 2, "hubei-aquatic"}};
    const auto head = append_history(context, "epc", record, record.hash());
    REQUIRE(head.ok());
    Bytes link = encode(std::string("jingchu/history"));
    link.insert(link.end(), chain.begin(), chain.end());
    const Hash hash = sha256(as_bytes(std::to_string(i)));
    link.insert(link.end(), hash.begin(), hash.end());
    const Bytes recorded = encode(i, 1'000 + i, sha256({}), std::uint32_t{2}, std::string("hubei-aquatic"));
    link.insert(link.end(), recorded.begin(), recorded.end());
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
    for (const auto& entry : *entries) {
      CHECK(entry.record == 1'000 * entry.sequence);
      read.push_back(entry.sequence);
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
  for (const auto& name : names) REQUIRE(append_history(context, name, {}, {}).ok());
  CHECK(state.entries.size() == std::size(names));
  for (const auto& name : names) {
    const auto head = history_head(state, name);
    REQUIRE(head.ok());
    REQUIRE(*head);
    CHECK((**head).entity == name);
    CHECK((**head).count == 1);
  }
  for (const auto& [key, value] : state.entries) CHECK(key.size() == 5 + 32);
  const auto nothing = history_head(state, "b");
  REQUIRE(nothing.ok());
  CHECK(!*nothing);
  CHECK(state.entries.contains(key_of_head("a")));
  REQUIRE(append_history(context, "a", {}, {}).ok());
  CHECK(state.entries.size() == std::size(names) + 1);
  CHECK(state.entries.contains(key_of_entry("a", 1)));
}

TEST_CASE("entity history: the last entry stands in the head, and only there") {
  FakeState state;
  FakeContext context(state);
  const auto head = append(context, "epc", 1);
  CHECK(state.entries.size() == 1);
  const Bytes stored = state.entries.at(key_of_head("epc"));
  CHECK(stored == encode(std::string("epc"), std::uint64_t{1}, head.chain, std::uint64_t{1'000}));
  CHECK(*decode_head(stored) == head);
  CHECK(!decode_head(encode(head)).ok());
  CHECK(records_of(state, head, {}) == Numbers{1'000});

  const auto second = append(context, "epc", 2);
  append(context, "epc", 3);
  CHECK(state.entries.size() == 3);
  CHECK(state.entries.at(key_of_entry("epc", 1)) == encode(std::uint64_t{1'000}, head.chain));
  CHECK(state.entries.at(key_of_entry("epc", 2)) == encode(std::uint64_t{2'000}, second.chain));
  CHECK(!state.entries.contains(key_of_entry("epc", 3)));
}

TEST_CASE("entity history: an earlier head reads its own entries, whatever followed") {
  FakeState state;
  FakeContext context(state);
  std::vector<HistoryHead> heads;
  for (std::uint64_t i = 1; i <= 3; ++i) heads.push_back(append(context, "epc", i));
  CHECK(records_of(state, heads[0], {}) == Numbers{1'000});
  CHECK(records_of(state, heads[1], {}) == Numbers{1'000, 2'000});
  CHECK(records_of(state, heads[2], {}) == Numbers{1'000, 2'000, 3'000});
  CHECK(records_of(state, heads[2], {2, 0}) == Numbers{1'000, 2'000});
  CHECK(records_of(state, heads[2], {2, 1}) == Numbers{2'000, 3'000});
  CHECK(records_of(state, heads[2], {2, 2}) == Numbers{3'000});
  CHECK(records_of(state, heads[2], {2, 3}).empty());
  for (const auto& head : heads) {
    const auto found = history_head_of(state, "epc", sha256(encode(head)));
    REQUIRE(found.ok());
    CHECK(*found == head);
  }
  const auto none = history_head_of(state, "epc", sha256({}));
  REQUIRE(none.ok());
  CHECK(!*none);
  // Of a head that is ahead of the state nothing is made up.
  CHECK(read_history(state, {"epc", 4, {}}, {10, 3}).error().type == "broken-history");
}

// A block comes between a read and the next one.
struct MovingState final : FakeState {
  Result<std::optional<Bytes>> get(std::string_view key) const override {
    auto value = FakeState::get(key);
    if (key.starts_with(prefix) && after_get) std::exchange(after_get, nullptr)();
    return value;
  }
  std::string prefix;
  mutable std::function<void()> after_get;
};

TEST_CASE("entity history: the state may move on between two reads") {
  for (const std::string prefix : {"history/", "head/"}) {
    CAPTURE(prefix);
    MovingState state;
    FakeContext context(state);
    append(context, "epc", 1);
    const auto head = append(context, "epc", 2);
    state.prefix = prefix == "history/" ? key_of_entry("epc", 2) : prefix;
    state.after_get = [&] {
      append(context, "epc", 3);
      append(context, "epc", 4);
    };
    CHECK(records_of(state, head, {}) == Numbers{1'000, 2'000});
    CHECK(!state.after_get);
    CHECK((*history_head(state, "epc"))->count == 4);
  }
}

TEST_CASE("entity history: the limit of cost comes through, a lost entry is our fault") {
  FakeState state;
  FakeContext context(state);
  REQUIRE(append_history(context, "a", {}, {}).ok());
  context.cost_max = context.cost + CostTable::kRead + 200;
  const auto head = append_history(context, "a", {}, {});
  REQUIRE(!head.ok());
  CHECK(head.error().type == "over-cost");
  CHECK(context.accesses_after_limit == 0);

  FakeState lost;
  FakeContext more(lost);
  for (std::uint64_t i = 1; i <= 3; ++i) append(more, "a", i);
  lost.entries.erase(key_of_entry("a", 2));
  const auto entries = read_history(lost, {"a", 3, {}}, {});
  REQUIRE(!entries.ok());
  CHECK(entries.error().fault == Fault::kOurs);
  lost.entries.erase(key_of_head("a"));
  CHECK(read_history(lost, {"a", 3, {}}, {10, 2}).error().type == "broken-history");
}

TEST_CASE("entity history: modules bring names into their one form, or say what names look like") {
  const auto name_of = [](const char* module, std::string_view given) {
    const auto name = find_contract(module)->entity_name(given);
    if (!name.ok()) CHECK(name.error().fault == Fault::kCaller);
    return name.ok() ? *name : name.error().type;
  };
  const std::string digits(62, '0');
  CHECK(name_of("evidence", "sha256:Ab" + digits) == "sha256:ab" + digits);
  CHECK(name_of("evidence", "sm3:ab" + digits) == "sm3:ab" + digits);
  for (const std::string& bad : {"ab" + digits, "md5:ab" + digits, "sha256:" + digits, "SHA256:ab" + digits,
                                 "sha256:abc" + digits, "sha256:xy" + digits, " sha256:ab" + digits}) {
    CHECK(name_of("evidence", bad) == "bad-entity-name");
  }
  CHECK(name_of("provenance", "urn:epc:id:sgtin:9521141.001234.2017") ==
        "https://id.gs1.org/01/09521141012345/21/2017");
  CHECK(name_of("provenance", "https://id.gs1.org/01/09521141012345/21/2017") ==
        "https://id.gs1.org/01/09521141012345/21/2017");
  CHECK(name_of("provenance", "urn:example:1") == "urn:example:1");
  CHECK(name_of("agriculture", "QJ-2026-05 \u6f5c\u6c5f") == "QJ-2026-05 \u6f5c\u6c5f");
  for (const char* module : {"evidence", "provenance", "agriculture"}) {
    CHECK(find_contract(module)->keeps_histories());
    for (const std::string& bad :
         {std::string(), std::string(4097, 'x'), std::string("a\xff"), std::string("\xed\xa0\x80")}) {
      CHECK(name_of(module, bad) == "bad-entity-name");
    }
  }
  CHECK(name_of("agriculture", std::string(4096, 'x')) == std::string(4096, 'x'));
  for (const char* module : {"identity", "governance"}) {
    CHECK_FALSE(find_contract(module)->keeps_histories());
    CHECK(name_of(module, "a") == "no-histories");
  }
}
