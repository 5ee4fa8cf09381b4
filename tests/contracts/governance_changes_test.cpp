// Which changes the module "governance" refuses, and with what words; hostile payloads.
#include <span>

#include "tests/contracts/support/governance_fixture.h"

using namespace jingchu;
using namespace jingchu::contracts;

namespace {

json add(const json& member) {
  return change({{"add", member}});
}
json replace(json fields) {
  return change({{"replace", std::move(fields)}});
}
std::string key_text(std::uint8_t number, Algorithm algorithm = Algorithm::kEd25519) {
  return to_string(governance_key(number, algorithm).public_key());
}

// The names of the set that becomes pending.
std::string accepted_names(Governance& governance, const json& payload) {
  governance.accept(payload);
  const auto pending = governance::find_pending(governance.state);
  return pending.ok() && *pending ? Governance::names(**pending) : "nothing";
}

}  // namespace

TEST_CASE("governance: members that stay keep their order, new ones follow") {
  Governance governance;
  const json payload = {{"changes",
                         {{{"add", member_json(governance_member(5))}},
                          {{"remove", "b"}},
                          {{"replace", {{"name", "a"}, {"address", "new.example.cn:1"}}}},
                          {{"add", member_json(governance_member(4))}}}},
                        {"note", "two come, one goes"}};
  CHECK(accepted_names(governance, payload) == "acdfe");
  const auto pending = governance::find_pending(governance.state);
  CHECK((**pending)[0].address == "new.example.cn:1");
  CHECK((**pending)[3] == governance_member(5));
  CHECK(governance.names_of_set(1) == "abcd");
}

TEST_CASE("governance: SM2 is for consensus keys") {
  Governance governance;
  CHECK(accepted_names(governance,
                       replace({{"name", "a"}, {"consensus_key", key_text(50, Algorithm::kSm2)}})) == "abcd");
}

namespace {

struct Refusal {
  json payload;
  std::string outcome;  // type and place
};

void check_refusals(Governance& governance, std::span<const Refusal> rows) {
  const auto before = governance.state.entries;
  governance.act_as("a");
  for (const auto& [payload, outcome] : rows) {
    CAPTURE(payload.dump());
    CHECK(governance.where("propose", payload) == outcome);
  }
  CHECK(governance.state.entries == before);
}

// Adds "e" with one field of its own.
json add_with(const char* name, const json& value) {
  auto member = member_json(governance_member(4));
  member[name] = value;
  return add(member);
}

// Adds "e", and "f" with a field of "e".
json add_two_with_equal(const char* name) {
  auto payload = add(member_json(governance_member(4)));
  payload["changes"].push_back({{"add", member_json(governance_member(5))}});
  payload["changes"][1]["add"][name] = payload["changes"][0]["add"][name];
  return payload;
}

json add_many() {
  json payload = {{"changes", json::array()}};
  for (std::uint8_t i = 4; i < 101; ++i) {
    payload["changes"].push_back({{"add", member_json(governance_member(i))}});
  }
  return payload;
}

}  // namespace

TEST_CASE("governance: changes that do not fit the set, with the place") {
  Governance governance;
  const auto known = member_json(governance_member(4));
  const json swap = {{"changes",
                      {{{"replace", {{"name", "a"}, {"consensus_key", key_text(3)}}}},
                       {{"replace", {{"name", "b"}, {"consensus_key", key_text(1)}}}}}}};
  const Refusal rows[] = {
      {change({{"remove", "a"}}), "too-few-validators /changes"},
      {add_many(), "too-many-validators /changes"},
      {change({{"remove", "z"}}), "unknown-validator /changes/0/remove"},
      {replace({{"name", "z"}, {"address", "x:1"}}), "unknown-validator /changes/0/replace/name"},
      {replace({{"name", "a"}}), "nothing-changed /changes/0/replace"},
      {replace({{"name", "a"}, {"address", "127.0.0.1:7000"}}), "nothing-changed /changes/0/replace"},
      {add_with("name", "a"), "duplicate-name /changes/0/add/name"},
      {add_with("consensus_key", key_text(1)), "duplicate-key /changes/0/add/consensus_key"},
      {add_with("consensus_key", key_text(2)), "duplicate-key /changes/0/add/consensus_key"},
      {add_with("consensus_key", known["transport_key"]), "duplicate-key /changes/0/add/consensus_key"},
      {add_with("transport_key", key_text(1)), "duplicate-key /changes/0/add/transport_key"},
      {add_with("address", "127.0.0.1:7003"), "duplicate-address /changes/0/add/address"},
      {add_two_with_equal("transport_key"), "duplicate-key /changes/0/add/transport_key"},
      {add_two_with_equal("address"), "duplicate-address /changes/0/add/address"},
      {swap, "duplicate-key /changes/0/replace/consensus_key"},
  };
  check_refusals(governance, rows);
}

TEST_CASE("governance: changes of a wrong form, with the place") {
  Governance governance;
  const auto known = member_json(governance_member(4));
  json both = add(known);
  both["cancel"] = true;
  json brief = add(known);
  brief["valid_for"] = 9;
  const std::string member = "invalid-arguments /changes/0/add/";
  const Refusal rows[] = {
      {add_two_with_equal("name"), "invalid-arguments /changes/1/add/name"},
      {add_with("transport_key", key_text(9, Algorithm::kSm2)), member + "transport_key"},
      {add_with("consensus_key", "ed25519:00"), member + "consensus_key"},
      {add_with("consensus_key", 7), member + "consensus_key"},
      {add_with("name", "A b"), member + "name"},
      {add_with("name", std::string(65, 'a')), member + "name"},
      {add_with("operator_id", ""), member + "operator_id"},
      {add_with("division", "4201"), member + "division"},
      {add_with("address", "nowhere"), member + "address"},
      {add_with("extra", 1), member + "extra"},
      {json::object(), "invalid-arguments /changes"},
      {{{"changes", json::array()}}, "invalid-arguments /changes"},
      {both, "invalid-arguments /cancel"},
      {{{"cancel", false}}, "invalid-arguments /cancel"},
      {change(json::object()), "invalid-arguments /changes/0"},
      {change({{"remove", "a"}, {"add", known}}), "invalid-arguments /changes/0"},
      {change({{"rename", "a"}}), "invalid-arguments /changes/0/rename"},
      {brief, "invalid-arguments /valid_for"},
  };
  check_refusals(governance, rows);
}

TEST_CASE("governance: a key that once was another validator's is never taken") {
  Governance governance;
  const int id = governance.accept({{"changes",
                                     {{{"remove", "d"}},
                                      {{"replace", {{"name", "a"}, {"consensus_key", key_text(60)}}}},
                                      {{"add", member_json(governance_member(4))}}}}});
  REQUIRE(governance.attest(id, 1) == "ok");
  REQUIRE(governance.attest(id, 2) == "ok");
  REQUIRE(governance.attest(id, 4) == "ok");
  REQUIRE(governance.names_of_close(0) == "abce");
  governance.act_as("a");
  auto member = member_json(governance_member(5));
  for (const auto old : Bytes{1, 7, 8}) {  // of "a" before, and of "d", which is gone
    member["consensus_key"] = key_text(old);
    CHECK(governance.where("propose", add(member)) == "duplicate-key /changes/0/add/consensus_key");
  }
  CHECK(governance.call_type("propose", add(member_json(governance_member(3)))) == "ok");  // "d" comes back
}

TEST_CASE("governance: addresses") {
  Governance governance;
  governance.act_as("a");
  const auto outcome = [&](const std::string& address) {
    return governance.call_type("propose", replace({{"name", "a"}, {"address", address}}));
  };
  for (const char* good : {"wuhan.example.cn:7000", "10.0.0.1:1", "[2001:db8::1]:65535", "localhost:7"}) {
    CAPTURE(good);
    CHECK(outcome(good) == "ok");
  }
  for (const char* bad : {"", ":1", "a", "a:", "a:0", "a:65536", "a:000001", "a:-1", "a:+1", "a b:1", "[]:1",
                          "[:1", "::1:1", "http://a:1", "a/b:1", "a:1x", "\n:1", "荆:1"}) {
    CAPTURE(bad);
    CHECK(outcome(bad) == "invalid-arguments");
  }
}

TEST_CASE("governance: hostile payloads are refused and change nothing") {
  Governance governance;
  governance.act_as("a");
  const auto before = governance.state.entries;
  const std::string open(40, '[');
  const std::string padded = add(member_json(governance_member(4))).dump() + std::string(200'000, ' ');
  for (const std::string& payload :
       {std::string(), std::string("{"), std::string("[]"), std::string("null"), open, std::string("\xff"),
        padded, std::string(R"({"changes":[{"add":null}]})"), std::string(R"({"changes":[null]})"),
        std::string(R"({"changes":[{"remove":{}}]})"), std::string(R"({"changes":[{"replace":"a"}]})"),
        std::string(R"({"proposal":1,"vote":"maybe"})"), std::string(R"({"proposal":-1,"vote":"yes"})"),
        std::string(R"({"proposal":9223372036854775807,"vote":"yes"})"),
        std::string(R"({"proposal":9223372036854775808,"vote":"yes"})"),
        R"({"proposal":1,"validator":"a","signature":")" + std::string(128, 'g') + "\"}",
        R"({"proposal":1,"validator":"a","signature":")" + std::string(128, '0') + "\"}"}) {
    for (const char* method : {"propose", "vote", "ready", "begin"}) {
      CAPTURE(payload.substr(0, 100));
      const auto status = governance.call(method, payload);
      REQUIRE(!status.ok());
      CHECK(status.error().fault == Fault::kCaller);
    }
  }
  CHECK(governance.state.entries == before);
}

TEST_CASE("governance: a chain without it refuses in words") {
  FakeModule module(governance_contract());
  CHECK(module.call("propose", R"({"cancel":true})").error().type == "not-begun");
  CHECK(module.call("vote", R"({"proposal":1,"vote":"yes"})").error().type == "not-begun");
  CHECK(module.query("validators", {}).error().type == "not-found");
  CHECK(module.query("proposals", {}).error().type == "not-found");
  CHECK(module.query("proposal", {{"id", "1"}}).error().type == "not-found");
}

TEST_CASE("governance: over its cost a call ends at once") {
  Governance governance;
  governance.act_as("a");
  REQUIRE(governance.call_type("propose", add(member_json(governance_member(4)))) == "ok");
  REQUIRE(governance.vote("a", 1) == "ok");
  REQUIRE(governance.vote("b", 1) == "ok");
  governance.act_as("c");
  const auto before = governance.state.entries;
  governance.context.cost = 0;
  REQUIRE(governance.vote("c", 1) == "ok");  // the one that accepts
  const auto whole = governance.context.cost;
  for (std::uint64_t limit = 0; limit < whole; limit += 25) {
    governance.state.entries = before;
    governance.context.cost = 0;
    governance.context.cost_max = limit;
    CHECK(governance.vote("c", 1) == "over-cost");
  }
  CHECK(governance.context.accesses_after_limit == 0);
}
