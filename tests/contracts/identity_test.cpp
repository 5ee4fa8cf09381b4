#include "contracts/identity/identity.h"

#include <nlohmann/json.hpp>

#include "contracts/context_reader.h"
#include "tests/contracts/support/fake_context.h"

#include <doctest/doctest.h>

using namespace jingchu;
using namespace jingchu::contracts;
using nlohmann::json;

namespace {

PublicKey key_number(std::uint8_t number) {
  return PrivateKey::from_secret(Algorithm::kEd25519, Bytes(32, number))->public_key();
}
std::string text_of(std::uint8_t number) {
  return to_string(key_number(number));
}

json member(std::uint8_t number, json roles) {
  return {{"key", text_of(number)}, {"name", "成员" + std::to_string(number)}, {"roles", std::move(roles)}};
}

// Two organizations: keys 1 (admin) and 2 of hubei-aquatic, key 3 (admin) of wuhan-court.
std::string genesis() {
  const json value = {
      {"organizations",
       {{{"id", "hubei-aquatic"},
         {"name", "湖北水产（示例）"},
         {"members", {member(1, {"submitter", "admin"}), member(2, {"submitter"})}}},
        {{"id", "wuhan-court"}, {"name", "武汉法院（示例）"}, {"members", {member(3, {"admin"})}}}}}};
  return value.dump();
}

struct Identity : FakeModule {
  Identity() : FakeModule(identity_contract()) {
    REQUIRE(contract.initialize(context, genesis()).ok());
    act_as(1);
  }
  void act_as(std::uint8_t number) {
    const auto found = find_member(state, key_number(number));
    REQUIRE((found.ok() && *found));
    context.caller_value = {key_number(number), (**found).organization, (**found).roles};
  }
  std::string authorization(std::uint8_t number) {
    const auto found = find_member(state, key_number(number));
    REQUIRE(found.ok());
    const auto status = authorize(*found);
    return status.ok() ? "ok" : status.error().type;
  }
  std::string call_type(std::string_view method, const json& payload) {
    const auto status = call(method, payload.dump());
    return status.ok() ? "ok" : status.error().type;
  }
};

}  // namespace

TEST_CASE("identity: genesis names the members, and only they may send") {
  Identity identity;
  CHECK(identity.authorization(1) == "ok");
  CHECK(identity.authorization(2) == "ok");
  CHECK(identity.authorization(4) == "unknown-sender");
  const auto found = find_member(ContextReader(identity.context), key_number(1));
  REQUIRE((found.ok() && *found));
  CHECK(**found == Member{"hubei-aquatic", "成员1", {"admin", "submitter"}, true});
}

TEST_CASE("identity: an admin adds, deactivates and activates members of the own organization") {
  Identity identity;
  CHECK(identity.call_type("add-member", member(4, {"submitter"})) == "ok");
  CHECK(identity.authorization(4) == "ok");
  CHECK(identity.context.events.back().name == "member-added");
  CHECK(identity.call_type("add-member", member(4, {"submitter"})) == "duplicate-key");
  CHECK(identity.call_type("add-member", member(3, {"submitter"})) == "duplicate-key");
  CHECK(identity.call_type("deactivate-member", {{"key", text_of(4)}}) == "ok");
  CHECK(identity.authorization(4) == "inactive-sender");
  CHECK(identity.call_type("activate-member", {{"key", text_of(4)}}) == "ok");
  CHECK(identity.authorization(4) == "ok");
  CHECK(identity.call_type("deactivate-member", {{"key", text_of(3)}}) == "not-permitted");
  CHECK(identity.call_type("deactivate-member", {{"key", text_of(9)}}) == "unknown-member");
  identity.act_as(2);
  CHECK(identity.call_type("add-member", member(5, {"admin"})) == "not-permitted");
  CHECK(identity.call_type("deactivate-member", {{"key", text_of(1)}}) == "not-permitted");
  CHECK(identity.authorization(5) == "unknown-sender");
}

TEST_CASE("identity: the last active admin of an organization stays") {
  Identity identity;
  CHECK(identity.call_type("deactivate-member", {{"key", text_of(1)}}) == "last-admin");
  CHECK(identity.call_type("add-member", member(4, {"admin"})) == "ok");
  CHECK(identity.call_type("deactivate-member", {{"key", text_of(1)}}) == "ok");
  CHECK(identity.call_type("deactivate-member", {{"key", text_of(1)}}) == "ok");  // nothing to do
  CHECK(identity.call_type("deactivate-member", {{"key", text_of(4)}}) == "last-admin");
  CHECK(identity.call_type("activate-member", {{"key", text_of(1)}}) == "ok");
  CHECK(identity.call_type("deactivate-member", {{"key", text_of(4)}}) == "ok");
  CHECK(identity.authorization(4) == "inactive-sender");
}

TEST_CASE("identity: wrong input, with the place") {
  Identity identity;
  struct Case {
    std::string method, payload, type, where;
  };
  const Case cases[] = {
      {"remove-member", "{}", "unknown-method", ""},
      {"add-member", "{", "malformed-json", "byte 1"},
      {"add-member", "[]", "invalid-arguments", ""},
      {"add-member", R"({"name":"x","roles":["admin"]})", "invalid-arguments", "/key"},
      {"add-member", R"({"key":"ed25519:00","name":"x","roles":["admin"]})", "invalid-arguments", "/key"},
      {"add-member", R"({"key":"rsa:00","name":"x","roles":["admin"]})", "invalid-arguments", "/key"},
      {"add-member", json({{"key", text_of(5)}, {"name", ""}, {"roles", {"admin"}}}).dump(),
       "invalid-arguments", "/name"},
      {"add-member", json({{"key", text_of(5)}, {"name", "x"}, {"roles", {"king"}}}).dump(),
       "invalid-arguments", "/roles/0"},
      {"add-member", json({{"key", text_of(5)}, {"name", "x"}, {"roles", json::array()}}).dump(),
       "invalid-arguments", "/roles"},
      {"add-member", json({{"key", text_of(3)}, {"name", "x"}, {"roles", {"admin"}}}).dump(), "duplicate-key",
       "/key"},
      {"deactivate-member", json({{"key", text_of(1)}, {"why", "x"}}).dump(), "invalid-arguments", "/why"},
      {"deactivate-member", json({{"key", text_of(1)}}).dump(), "last-admin", "/key"},
  };
  const auto before = identity.state.entries;
  for (const auto& [method, payload, type, where] : cases) {
    CAPTURE(payload);
    const auto status = identity.call(method, payload);
    REQUIRE(!status.ok());
    CHECK(status.error().fault == Fault::kCaller);
    CHECK(status.error().type == type);
    CHECK(status.error().where == where);
  }
  CHECK(identity.state.entries == before);
}

TEST_CASE("identity: genesis that does not hold together is refused") {
  const auto error_of = [](const json& value) {
    FakeModule module(identity_contract());
    const auto status = module.contract.initialize(module.context, value.dump());
    return status.ok() ? std::string("ok") : status.error().type + " " + status.error().where;
  };
  auto value = json::parse(genesis());
  CHECK(error_of(value) == "ok");
  CHECK(error_of(json::object()) == "ok");
  auto same_id = value;
  same_id["organizations"][1]["id"] = "hubei-aquatic";
  CHECK(error_of(same_id) == "invalid-arguments /organizations/1/id");
  auto slash = value;
  slash["organizations"][0]["id"] = "hubei/aquatic";
  CHECK(error_of(slash) == "invalid-arguments /organizations/0/id");
  auto same_key = value;
  same_key["organizations"][1]["members"][0]["key"] = text_of(2);
  CHECK(error_of(same_key) == "duplicate-key /organizations/1/members/0/key");
}

TEST_CASE("identity: queries") {
  Identity identity;
  const auto organizations = json::parse(*identity.query("organizations", {}));
  CHECK(organizations["organizations"].size() == 2);
  CHECK(organizations["organizations"][0] == json({{"id", "hubei-aquatic"}, {"name", "湖北水产（示例）"}}));
  const auto first = json::parse(*identity.query("organizations", {{"limit", "1"}}));
  CHECK(first["next"] == "hubei-aquatic");
  const auto second =
      json::parse(*identity.query("organizations", {{"limit", "1"}, {"after", "hubei-aquatic"}}));
  CHECK(second["organizations"][0]["id"] == "wuhan-court");
  CHECK(!second.contains("next"));
  const auto members = json::parse(*identity.query("members", {{"organization", "hubei-aquatic"}}));
  CHECK(members["members"].size() == 2);
  const auto key = json::parse(*identity.query("key", {{"key", text_of(2)}}));
  CHECK(key["organization"] == "hubei-aquatic");
  CHECK(key["roles"] == json::array({"submitter"}));
  CHECK(key["active"] == true);
  CHECK(identity.query("members", {{"organization", "none"}}).error().type == "not-found");
  CHECK(identity.query("key", {{"key", text_of(9)}}).error().type == "not-found");
  CHECK(identity.query("key", {{"key", "x"}}).error().type == "invalid-parameter");
  CHECK(identity.query("organizations", {{"limit", "0"}}).error().where == "limit");
  CHECK(identity.query("nothing", {}).error().type == "not-found");
}

TEST_CASE("identity: over its cost a call ends at once") {
  Identity identity;
  identity.context.cost = 0;
  REQUIRE(identity.call_type("add-member", member(4, {"submitter"})) == "ok");
  const auto whole = identity.context.cost;
  for (std::uint64_t limit = 0; limit < whole; limit += 25) {
    identity.context.cost = 0;
    identity.context.cost_max = limit;
    CHECK(identity.call_type("add-member", member(5, {"submitter"})) == "over-cost");
  }
  CHECK(identity.context.accesses_after_limit == 0);
}
