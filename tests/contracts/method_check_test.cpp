// What a method's check says before execution, held against what execution says: a refusal is the same
// refusal, and what passes is not refused for its form.
#include <nlohmann/json.hpp>
#include <random>

#include "tests/contracts/support/fake_context.h"
#include "tests/contracts/support/files.h"

#include <doctest/doctest.h>

using namespace jingchu;
using namespace jingchu::contracts;
using nlohmann::json;

namespace {

struct Sample {
  const char* contract;
  const char* method;
  std::string payload;
};

std::vector<Sample> samples() {
  const std::filesystem::path data = std::string(JINGCHU_TESTS) + "/data";
  std::vector<Sample> all;
  for (const auto& file : files_in(data / "crayfish", ".json"))
    all.push_back({"provenance", "capture", read_payload(file)});
  all.push_back({"evidence", "deposit", read_payload(data / "evidence" / "deposit.json")});
  for (const auto& file : files_in(data / "agriculture", ".json")) {
    const bool lot = file.filename().string().find("register-lot") != std::string::npos;
    all.push_back({"agriculture", lot ? "register-lot" : "record-operation", read_payload(file)});
  }
  const std::string key = "ed25519:" + std::string(64, '1');
  all.push_back({"identity", "add-member", json({{"key", key}, {"name", "n"}, {"roles", {"admin"}}}).dump()});
  all.push_back({"identity", "activate-member", json({{"key", key}}).dump()});
  const json member = {{"name", "e"},          {"division", "420100"}, {"operator_id", "e"},
                       {"consensus_key", key}, {"transport_key", key}, {"address", "10.0.0.1:7000"}};
  const json changes = {
      {{"add", member}}, {{"remove", "a"}}, {{"replace", {{"name", "b"}, {"address", "c:1"}}}}};
  all.push_back(
      {"governance", "propose", json({{"changes", changes}, {"note", "n"}, {"valid_for", 99}}).dump()});
  all.push_back({"governance", "vote", json({{"proposal", 1}, {"vote", "yes"}}).dump()});
  all.push_back({"governance", "ready",
                 json({{"proposal", 1}, {"validator", "e"}, {"signature", std::string(128, '0')}}).dump()});
  return all;
}

// One place of the document is taken out or becomes something else.
void mutilate(json& value, std::mt19937_64& random) {
  if (value.is_structured() && !value.empty() && random() % 4 != 0) {
    auto at = value.begin();
    std::advance(at, random() % value.size());
    if (random() % 4 != 0) return mutilate(*at, random);
    value.erase(at);
    return;
  }
  const json others[] = {
      nullptr, 7, -1, "", "x", true, json::array(), json::object(), "2026-05-01T00:00:00Z"};
  value = others[random() % std::size(others)];
}

bool is_of_form(const Error& error) {
  return error.type == "invalid-arguments" || error.type == "malformed-json";
}

void hold_against_execution(const Sample& sample, const std::string& payload) {
  CAPTURE(payload);
  const Contract& contract = *find_contract(sample.contract);
  const Status checked = contract.check(sample.method, as_bytes(payload));
  const Status called = FakeModule(contract).call(sample.method, payload);
  if (!checked.ok()) {
    REQUIRE(!called.ok());
    if (!is_of_form(called.error())) return;  // what needs the state came first
    CHECK(checked.error().type == called.error().type);
    CHECK(checked.error().where == called.error().where);
  } else if (!called.ok()) {
    CHECK(!is_of_form(called.error()));
  }
}

}  // namespace

TEST_CASE("method checks: every sample passes, and a mutilated one is refused as execution refuses it") {
  std::mt19937_64 random(20261125);
  int refused = 0;
  for (const Sample& sample : samples()) {
    CAPTURE(sample.payload);
    const Contract& contract = *find_contract(sample.contract);
    CHECK(contract.check(sample.method, as_bytes(sample.payload)).ok());
    for (int round = 0; round < 100; ++round) {
      json document = json::parse(sample.payload);
      mutilate(document, random);
      const std::string payload = document.dump();
      hold_against_execution(sample, payload);
      refused += contract.check(sample.method, as_bytes(payload)).ok() ? 0 : 1;
    }
    hold_against_execution(sample, sample.payload.substr(0, sample.payload.size() / 2));
  }
  CHECK(refused > 500);
}

TEST_CASE("method checks: every method of every module has one; others are unknown") {
  for (const Contract* contract : registry()) {
    for (const Method& method : contract->methods()) {
      CAPTURE(method.name);
      CHECK((method.check != nullptr));
      CHECK(!contract->check(method.name, as_bytes("{")).ok());
    }
    CHECK(contract->check("no-such", as_bytes("{}")).error().type == "unknown-method");
  }
}
