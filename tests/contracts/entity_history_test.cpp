#include "contracts/entity_history.h"

#include "common/codec.h"
#include "contracts/context_reader.h"
#include "contracts/contract.h"
#include "tests/contracts/support/fake_context.h"

#include <doctest/doctest.h>

using namespace jingchu;
using namespace jingchu::contracts;

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
  REQUIRE(append_history(context, "a", {}, {}).ok());
  context.cost_max = context.cost + CostTable::kRead + 200;
  const auto head = append_history(context, "a", {}, {});
  REQUIRE(!head.ok());
  CHECK(head.error().type == "over-cost");
  CHECK(context.accesses_after_limit == 0);

  state.entries.erase("history/" + key_of_name("a") + "/0000000000000001");
  const auto entries = read_history(state, {"a", 1, {}}, {});
  REQUIRE(!entries.ok());
  CHECK(entries.error().fault == Fault::kOurs);
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
