// The module "governance" on a chain of four validators "a" to "d", each operated by the organization of its
// name.
#pragma once

#include <nlohmann/json.hpp>

#include "common/quorum.h"
#include "contracts/governance/governance.h"
#include "tests/contracts/support/fake_context.h"

#include <doctest/doctest.h>

namespace jingchu::contracts {

using nlohmann::json;

inline PrivateKey governance_key(std::uint8_t number, Algorithm algorithm = Algorithm::kEd25519) {
  return std::move(PrivateKey::from_secret(algorithm, Bytes(32, number))).value();
}

// Validator number i has the keys 2i + 1 and 2i + 2; its name is a letter or, beyond "z", "n" and the number.
inline governance::Member governance_member(std::uint8_t i) {
  const std::string name = i < 26 ? std::string(1, static_cast<char>('a' + i)) : "n" + std::to_string(i);
  const auto key = static_cast<std::uint8_t>(2 * i + 1);
  return {name,
          "420100",
          name,
          governance_key(key).public_key(),
          governance_key(static_cast<std::uint8_t>(key + 1)).public_key(),
          "127.0.0.1:" + std::to_string(7000 + i)};
}

inline json member_json(const governance::Member& member) {
  return {{"name", member.name},
          {"division", member.division},
          {"operator_id", member.operator_id},
          {"consensus_key", to_string(member.consensus_key)},
          {"transport_key", to_string(member.transport_key)},
          {"address", member.address}};
}

inline json change(json one) {
  return {{"changes", json::array({std::move(one)})}};
}

struct Governance : FakeModule {
  explicit Governance(std::uint8_t validators = 4) : FakeModule(governance_contract()) {
    governance::Members members;
    for (std::uint8_t i = 0; i < validators; ++i) members.push_back(governance_member(i));
    REQUIRE(governance::begin(context, chain_id, members).ok());
  }

  void act_as(std::string organization, std::vector<std::string> roles = {"admin"}) {
    context.caller_value = {governance_key(200).public_key(), std::move(organization), std::move(roles)};
  }
  std::string call_type(std::string_view method, const json& payload) {
    const auto before = context.events.size();
    const auto status = call(method, payload.dump());
    if (!status.ok()) context.events.resize(before);
    return status.ok() ? "ok" : status.error().type;
  }
  std::string where(std::string_view method, const json& payload) {
    const auto status = call(method, payload.dump());
    return status.ok() ? "ok" : status.error().type + " " + status.error().where;
  }
  // Every validator's organization that `voters` names votes yes, until it is decided.
  std::string vote(const std::string& organization, int proposal, const char* word = "yes") {
    act_as(organization);
    return call_type("vote", {{"proposal", proposal}, {"vote", word}});
  }
  // Proposes as "a", and "a", "b", "c" accept it.
  int accept(const json& payload) {
    act_as("a");
    REQUIRE(call_type("propose", payload) == "ok");
    const int id = proposals();
    for (const char* organization : {"a", "b", "c"}) REQUIRE(vote(organization, id) == "ok");
    return id;
  }
  int proposals() const { return json::parse(*query("proposals", {{"limit", "1"}}))["count"]; }
  json proposal(int id) const { return json::parse(*query("proposal", {{"id", std::to_string(id)}})); }
  std::string state_of(int id) const { return proposal(id)["state"]; }
  json validators() const { return json::parse(*query("validators", {})); }

  json readiness(int proposal, const std::string& name, const PrivateKey& key) const {
    const auto pending = governance::find_pending(state);
    REQUIRE((pending.ok() && *pending));
    const auto bytes = governance::readiness_bytes(chain_id, proposal, **pending, name);
    return {{"proposal", proposal}, {"validator", name}, {"signature", to_hex(key.sign(bytes))}};
  }
  // The validator number i attests, with its keys of governance_member().
  std::string attest(int proposal, std::uint8_t i) {
    act_as("anybody", {});
    return call_type("ready", readiness(proposal, governance_member(i).name,
                                        governance_key(static_cast<std::uint8_t>(2 * i + 1))));
  }
  std::string names_of_close(std::uint64_t closing) {
    const auto members = governance::close_epoch(context, Epoch(closing));
    if (!members.ok()) return members.error().type;
    return names(*members);
  }
  std::string names_of_set(std::uint64_t epoch) const {
    const auto members = governance::find_set(state, Epoch(epoch));
    REQUIRE(members.ok());
    return *members ? names(**members) : "nothing";
  }
  static std::string names(const governance::Members& members) {
    std::string text;
    for (const auto& member : members) text += member.name;
    return text;
  }

  const Hash chain_id = sha256(as_bytes("a chain"));
};

}  // namespace jingchu::contracts
