#include "contracts/evidence/evidence.h"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "tests/contracts/support/fake_context.h"

#include <doctest/doctest.h>

using namespace jingchu;
using namespace jingchu::contracts;
using nlohmann::json;

namespace {

json deposit(const std::string& content) {
  return {{"sha256", to_hex(sha256(as_bytes(content)))},
          {"sm3", to_hex(sm3(as_bytes(content)))},
          {"mediaType", "application/pdf"},
          {"size", content.size()},
          {"fileName", "合同.pdf"},
          {"subject", std::string(64, 'a')}};
}

struct Evidence : FakeModule {
  Evidence() : FakeModule(evidence_contract()) {}
  std::string deposit_type(const json& payload) {
    const auto status = call("deposit", payload.dump());
    return status.ok() ? "ok" : status.error().type;
  }
  json answer(std::string_view name, const QueryParameters& parameters) const {
    const auto text = query(name, parameters);
    return text.ok() ? json::parse(*text) : json(text.error().type);
  }
};

}  // namespace

TEST_CASE("evidence: a deposit is found by its id, by both hashes and by its transaction") {
  Evidence evidence;
  auto payload = deposit("one");
  payload["evidenceId"] = "HB-1";
  REQUIRE(evidence.deposit_type(payload) == "ok");
  const auto transaction = to_hex(evidence.context.place_value.transaction_id);
  const auto by_id = evidence.answer("deposit", {{"id", "HB-1"}});
  CHECK(by_id["evidenceId"] == "HB-1");
  CHECK(by_id["evidence"] == payload);
  CHECK(by_id["recorded"]["transaction"] == transaction);
  CHECK(by_id["recorded"]["organization"] == "hubei-aquatic");
  for (const std::string function : {"sha256", "sm3"}) {
    const auto found = evidence.answer("by-hash", {{"hash", payload[function].get<std::string>()}});
    REQUIRE(found.is_object());
    CHECK(found["function"] == function);
    CHECK(found["deposits"] == json::array({by_id}));
  }
  CHECK(evidence.answer("by-transaction", {{"transaction", transaction}})["deposits"] ==
        json::array({by_id}));
  CHECK(evidence.context.events.back().name == "deposited");

  CHECK(evidence.answer("deposit", {{"id", "HB-2"}}) == "not-found");
  CHECK(evidence.answer("by-hash", {{"hash", std::string(64, '0')}}) == "not-found");
  CHECK(evidence.answer("by-hash", {{"hash", "12"}}) == "invalid-parameter");
  CHECK(evidence.answer("by-transaction", {{"transaction", std::string(64, '0')}}) == "not-found");
}

TEST_CASE("evidence: an id is given once or derived from the call") {
  Evidence evidence;
  auto payload = deposit("one");
  payload["evidenceId"] = "HB-1";
  REQUIRE(evidence.deposit_type(payload) == "ok");
  const auto before = evidence.state.entries;
  auto other = deposit("two");
  other["evidenceId"] = "HB-1";
  CHECK(evidence.deposit_type(other) == "duplicate-evidence");
  CHECK(evidence.state.entries == before);
  REQUIRE(evidence.deposit_type(deposit("one")) == "ok");
  const auto id = "urn:jingchu:evidence:" + to_hex(evidence.context.place_value.transaction_id) + ":0";
  CHECK(evidence.answer("deposit", {{"id", id}})["evidence"] == deposit("one"));
}

TEST_CASE("evidence: deposits of the same data, and of one transaction, come in order and in pages") {
  Evidence evidence;
  for (std::uint32_t i = 0; i < 12; ++i) {
    evidence.context.place_value.transaction_id = {};
    evidence.context.place_value.call_index = i;
    auto payload = deposit("same");
    payload["note"] = std::to_string(i);
    const auto text = payload.dump();
    REQUIRE(evidence.contract.call(evidence.context, "deposit", as_bytes(text)).ok());
  }
  // The hash may be asked for in upper case.
  std::string hash = deposit("same")["sm3"];
  for (auto& c : hash) c = static_cast<char>(std::toupper(c));
  const auto first = evidence.answer("by-hash", {{"hash", hash}, {"limit", "5"}});
  CHECK(first["count"] == 12);
  CHECK(evidence.whole_history(*evidence.contract.entity_name("sm3:" + hash)) == 12);
  CHECK(first["deposits"].size() == 5);
  CHECK(first["next"] == 5);
  const auto last = evidence.answer("by-hash", {{"hash", hash}, {"limit", "5"}, {"after", "10"}});
  CHECK(last["deposits"].size() == 2);
  CHECK(last["deposits"][1]["evidence"]["note"] == "11");
  CHECK(!last.contains("next"));
  const std::string transaction(64, '0');
  const auto calls = evidence.answer("by-transaction", {{"transaction", transaction}, {"after", "8"}});
  REQUIRE(calls["deposits"].size() == 3);
  CHECK(calls["deposits"][0]["recorded"]["call"] == 9);
}

TEST_CASE("evidence: derived ids are those of calls that deposited, and of no others") {
  Evidence evidence;
  evidence.context.place_value.transaction_id = sha256(as_bytes("other"));
  const std::string text = deposit("one").dump();
  REQUIRE(evidence.contract.call(evidence.context, "deposit", as_bytes(text)).ok());
  const Hash transaction = sha256(as_bytes("this"));
  evidence.context.place_value.transaction_id = transaction;
  // What stands between has failed, or did something else.
  const std::uint32_t calls[] = {1, 2, 5, 9, 10, 40};
  for (const auto call : calls) {
    evidence.context.place_value.call_index = call;
    auto payload = deposit(std::to_string(call));
    if (call == 9) payload["evidenceId"] = "HB-9";
    const auto given = payload.dump();
    REQUIRE(evidence.contract.call(evidence.context, "deposit", as_bytes(given)).ok());
  }
  const auto last =
      evidence.answer("by-transaction", {{"transaction", to_hex(transaction)}, {"after", "10"}});
  REQUIRE(last["deposits"].size() == 1);
  for (const auto* beyond : {"40", "41", "1000000"}) {
    CHECK(evidence.answer("by-transaction", {{"transaction", to_hex(transaction)}, {"after", beyond}}) ==
          "not-found");
  }
  evidence.context.place_value.transaction_id = sha256(as_bytes("behind"));
  for (std::uint32_t call = 0; call < 50; ++call) {
    evidence.context.place_value.call_index = call;
    const auto given = deposit("behind " + std::to_string(call)).dump();
    REQUIRE(evidence.contract.call(evidence.context, "deposit", as_bytes(given)).ok());
  }

  const auto prefix = "urn:jingchu:evidence:" + to_hex(transaction) + ":";
  for (std::uint32_t call = 0; call < 45; ++call) {
    CAPTURE(call);
    const bool is_derived = call != 9 && std::count(std::begin(calls), std::end(calls), call) == 1;
    const auto answer = evidence.answer("deposit", {{"id", prefix + std::to_string(call)}});
    CHECK(answer.is_object() == is_derived);
    if (is_derived) {
      CHECK(answer["evidence"] == deposit(std::to_string(call)));
      CHECK(answer["recorded"]["call"] == call);
    } else {
      CHECK(answer == "not-found");
    }
    const auto after = evidence.answer(
        "by-transaction", {{"transaction", to_hex(transaction)}, {"after", std::to_string(call)}});
    const auto left = std::count_if(std::begin(calls), std::end(calls), [&](auto c) { return c > call; });
    CHECK(after.is_object() == (left > 0));
    if (left > 0) CHECK(after["deposits"].size() == static_cast<std::size_t>(left));
  }
  const auto all = evidence.answer("by-transaction", {{"transaction", to_hex(transaction)}});
  REQUIRE(all["deposits"].size() == std::size(calls));
  CHECK(all["deposits"][3] == evidence.answer("deposit", {{"id", "HB-9"}}));
  std::string upper = to_hex(transaction);
  for (auto& c : upper) c = static_cast<char>(std::toupper(c));
  for (const std::string& id :
       {prefix, prefix + "01", prefix + "+1", prefix + "1 ", prefix + "4294967297", prefix + "99999999999",
        "urn:jingchu:evidence:" + upper + ":1", "urn:jingchu:evidence:" + to_hex(transaction) + "/1",
        std::string("urn:jingchu:evidence:"), std::string("urn:jingchu:evidence:12:1"),
        "urn:jingchu:evidence:" + std::string(64, 'x') + ":1", prefix.substr(0, prefix.size() - 1),
        "urn:jingchu:evidence:" + std::string(64, '0') + ":1"}) {
    CAPTURE(id);
    CHECK(evidence.answer("deposit", {{"id", id}}) == "not-found");
  }
}

// A store that keeps its keys in order writes what stands under hashes again and again.
TEST_CASE("evidence: little stands under hashes") {
  for (const bool is_named : {false, true}) {
    CAPTURE(is_named);
    Evidence evidence;
    constexpr std::uint32_t kBundles = 20;
    constexpr std::uint32_t kCalls = 32;
    for (std::uint32_t i = 0; i < kBundles * kCalls; ++i) {
      evidence.context.place_value.transaction_id = sha256(as_bytes(std::to_string(i / kCalls)));
      evidence.context.place_value.call_index = i % kCalls;
      auto payload = deposit(std::to_string(i));
      if (is_named) payload["evidenceId"] = "HB-" + std::to_string(i);
      const auto text = payload.dump();
      REQUIRE(evidence.contract.call(evidence.context, "deposit", as_bytes(text)).ok());
    }
    std::size_t bytes = 0;
    std::size_t entries = 0;
    for (const auto& [key, value] : evidence.state.entries) {
      if (key.starts_with("record")) continue;
      bytes += key.size() + value.size();
      ++entries;
    }
    CHECK(entries == (is_named ? 3 : 2) * kBundles * kCalls + kBundles);
    CHECK(bytes / (kBundles * kCalls) < (is_named ? 370 : 320));
  }
}

TEST_CASE("evidence: wrong input, with the place") {
  Evidence evidence;
  struct Change {
    std::string name;
    json value;  // null: removed
    std::string where;
  };
  const Change changes[] = {
      {"sha256", nullptr, "/sha256"},
      {"sm3", nullptr, "/sm3"},
      {"sm3", "abc", "/sm3"},
      {"sha256", std::string(63, 'a') + "g", "/sha256"},
      {"mediaType", nullptr, "/mediaType"},
      {"mediaType", "pdf", "/mediaType"},
      {"mediaType", "a/b/c", "/mediaType"},
      {"mediaType", "a b/c", "/mediaType"},
      {"mediaType", "/pdf", "/mediaType"},
      {"mediaType", "application/", "/mediaType"},
      {"size", nullptr, "/size"},
      {"size", 1.5, "/size"},
      {"size", -1, "/size"},
      {"size", "12", "/size"},
      {"subject", nullptr, "/subject"},
      {"subject", "420106199001011234", "/subject"},
      {"evidenceId", "", "/evidenceId"},
      {"evidenceId", "a b", "/evidenceId"},
      {"evidenceId", "urn:jingchu:evidence:1", "/evidenceId"},
      {"fileName", "", "/fileName"},
      {"capturedAt", "2026-05-01", "/capturedAt"},
      {"identityNumber", "420106199001011234", "/identityNumber"},
  };
  for (const auto& [name, value, where] : changes) {
    CAPTURE(name);
    CAPTURE(value.dump());
    auto payload = deposit("one");
    if (value.is_null()) {
      payload.erase(name);
    } else {
      payload[name] = value;
    }
    const auto status = evidence.call("deposit", payload.dump());
    REQUIRE(!status.ok());
    CHECK(status.error().fault == Fault::kCaller);
    CHECK(status.error().type == "invalid-arguments");
    CHECK(status.error().where == where);
  }
  CHECK(evidence.call("withdraw", "{}").error().type == "unknown-method");
  CHECK(evidence.call("deposit", "{} ,").error().where == "byte 3");
  CHECK(evidence.state.entries.empty());
  FakeModule fresh(evidence_contract());
  CHECK(fresh.contract.initialize(fresh.context, "{}").ok());
  CHECK(!fresh.contract.initialize(fresh.context, R"({"x":1})").ok());
}

TEST_CASE("evidence: over its cost a call ends at once") {
  Evidence evidence;
  REQUIRE(evidence.deposit_type(deposit("one")) == "ok");
  const auto whole = evidence.context.cost;
  for (std::uint64_t limit = 0; limit < whole; limit += 50) {
    Evidence limited;
    limited.context.cost_max = limit;
    CHECK(limited.deposit_type(deposit("one")) == "over-cost");
    CHECK(limited.context.accesses_after_limit == 0);
  }
}
