// Readiness and the ends of epochs in the module "governance".
#include "consensus/validator_set.h"
#include "contracts/governance/governance_tables.h"
#include "tests/contracts/support/governance_fixture.h"

using namespace jingchu;
using namespace jingchu::contracts;

namespace {

json add(std::uint8_t i) {
  return change({{"add", member_json(governance_member(i))}});
}

}  // namespace

TEST_CASE(
    "governance: genesis is the set of epochs 0 and 1, and of those that follow while nothing changes") {
  Governance governance;
  CHECK(governance.names_of_set(0) == "abcd");
  CHECK(governance.names_of_set(1) == "abcd");
  CHECK(governance.names_of_set(2) == "nothing");
  for (std::uint64_t closing = 0; closing < 5; ++closing) {
    CHECK(governance.names_of_close(closing) == "abcd");
    CHECK(governance.names_of_set(closing + 2) == "abcd");
    CHECK(governance.names_of_set(closing + 3) == "nothing");
  }
  CHECK(governance.validators()["latest_decided_epoch"] == 6);
  CHECK(governance.validators()["latest"]["from_epoch"] == 0);
}

TEST_CASE("governance: epochs are closed once and in their order") {
  Governance governance;
  const auto before = governance.state.entries;
  CHECK(governance.names_of_close(1) == "wrong-epoch");
  CHECK(governance.state.entries == before);
  REQUIRE(governance.names_of_close(0) == "abcd");
  const auto after = governance.state.entries;
  CHECK(governance.names_of_close(0) == "wrong-epoch");
  CHECK(governance.names_of_close(2) == "wrong-epoch");
  CHECK(governance.names_of_close(~std::uint64_t{0}) == "wrong-epoch");
  CHECK(governance.state.entries == after);
  CHECK(governance.names_of_close(1) == "abcd");
}

TEST_CASE("governance: the pending set is taken when a quorum of its own members is ready, not before") {
  Governance governance;
  const int id = governance.accept(add(4));  // 5 members, quorum 4
  CHECK(governance.names_of_close(0) == "abcd");
  CHECK(governance.attest(id, 0) == "ok");
  CHECK(governance.attest(id, 1) == "ok");
  CHECK(governance.attest(id, 2) == "ok");
  CHECK(governance.names_of_close(1) == "abcd");
  CHECK(governance.state_of(id) == "accepted");
  CHECK(governance.attest(id, 4) == "ok");
  CHECK(governance.names_of_set(3) == "abcd");  // decided already
  CHECK(governance.names_of_close(2) == "abcde");
  CHECK(governance.names_of_set(2) == "abcd");
  CHECK(governance.names_of_set(3) == "abcd");
  CHECK(governance.names_of_set(4) == "abcde");
  CHECK(governance.state_of(id) == "taken");
  CHECK(governance.proposal(id)["from_epoch"] == 4);
  CHECK(governance.names_of_close(3) == "abcde");
  const auto view = governance.validators();
  CHECK(view["pending"].is_null());
  CHECK(view["latest"]["from_epoch"] == 4);
  CHECK(view["latest"]["validators"].size() == 5);
  CHECK(view["previous"]["to_epoch"] == 3);
  CHECK(view["previous"]["validators"].size() == 4);
  CHECK(governance.where("ready",
                         {{"proposal", id}, {"validator", "d"}, {"signature", std::string(128, '0')}}) ==
        "not-pending /proposal");
}

TEST_CASE("governance: who is ready is shown, and counts once") {
  Governance governance;
  const int id = governance.accept(add(4));
  REQUIRE(governance.attest(id, 2) == "ok");
  CHECK(governance.attest(id, 2) == "duplicate-readiness");
  const auto pending = governance.validators()["pending"];
  CHECK(pending["proposal"] == id);
  CHECK(pending["earliest_epoch"] == 2);
  CHECK(pending["ready"] == 1);
  CHECK(pending["quorum"] == 4);
  CHECK(pending["validators"][2]["ready"] == true);
  CHECK(pending["validators"][4]["ready"] == false);
}

TEST_CASE("governance: readiness of the wrong key, name, proposal, set or chain is refused") {
  Governance governance;
  const int id = governance.accept(add(4));
  const auto good = governance.readiness(id, "e", governance_key(9));
  const auto members = **governance::find_pending(governance.state);
  const auto signed_over = [&](const Hash& chain, std::uint64_t proposal, const governance::Members& set,
                               const std::string& name) {
    const auto bytes = governance::readiness_bytes(chain, proposal, set, name);
    auto payload = good;
    payload["signature"] = to_hex(governance_key(9).sign(bytes));
    return governance.where("ready", payload);
  };
  const std::string refused = "bad-signature /signature";
  governance.act_as("anybody", {});
  CHECK(governance.where("ready", governance.readiness(id, "e", governance_key(10))) == refused);
  CHECK(governance.where("ready", governance.readiness(id, "e", governance_key(1))) == refused);
  CHECK(governance.where("ready", governance.readiness(id, "a", governance_key(9))) == refused);
  CHECK(signed_over(sha256(as_bytes("another chain")), 1, members, "e") == refused);
  CHECK(signed_over(governance.chain_id, 2, members, "e") == refused);
  CHECK(signed_over(governance.chain_id, 1, {members.begin(), members.begin() + 4}, "e") == refused);
  CHECK(signed_over(governance.chain_id, 1, members, "d") == refused);
  auto other = good;
  other["proposal"] = 2;
  CHECK(governance.where("ready", other) == "not-pending /proposal");
  other = good;
  other["validator"] = "z";
  CHECK(governance.where("ready", other) == "unknown-validator /validator");
  CHECK(governance.where("ready", good) == "ok");
}

TEST_CASE("governance: to have a signature verified costs as much as it takes, right or wrong") {
  Governance governance;
  const int id = governance.accept(add(4));
  governance.act_as("anybody", {});
  const auto cost_of = [&](const json& payload) {
    governance.context.cost = 0;
    (void)governance.call_type("ready", payload);
    return governance.context.cost;
  };
  const auto good = governance.readiness(id, "e", governance_key(9));
  const auto bad = governance.readiness(id, "e", governance_key(1));
  CHECK(cost_of(bad) > CostTable::kSignature);
  governance.context.cost_max = CostTable::kSignature;
  CHECK(governance.call_type("ready", good) == "over-cost");
  governance.context.cost_max = ~std::uint64_t{0};
  CHECK(cost_of(good) > CostTable::kSignature);
  CHECK(cost_of(good) < CostTable::kSignature);  // the second one is refused before
}

TEST_CASE("governance: a member that changes its key attests with the new one") {
  Governance governance;
  const auto sm2 = governance_key(70, Algorithm::kSm2);
  const int id = governance.accept(
      change({{"replace", {{"name", "a"}, {"consensus_key", to_string(sm2.public_key())}}}}));
  CHECK(governance.attest(id, 0) == "bad-signature");
  CHECK(governance.call_type("ready", governance.readiness(id, "a", sm2)) == "ok");
}

TEST_CASE("governance: attestations for a change that was cancelled do not count for the next one") {
  Governance governance;
  const int first = governance.accept(add(4));
  std::vector<json> old;
  for (std::uint8_t i = 0; i < 4; ++i) {
    old.push_back(governance.readiness(first, governance_member(i).name,
                                       governance_key(static_cast<std::uint8_t>(2 * i + 1))));
    REQUIRE(governance.call_type("ready", old.back()) == "ok");
  }
  REQUIRE(governance.state_of(governance.accept({{"cancel", true}})) == "taken");
  const int again = governance.accept(add(4));  // the same set
  CHECK(governance.validators()["pending"]["ready"] == 0);
  for (auto& payload : old) {
    CHECK(governance.call_type("ready", payload) == "not-pending");
    payload["proposal"] = again;
    CHECK(governance.call_type("ready", payload) == "bad-signature");
  }
  CHECK(governance.names_of_close(0) == "abcd");
}

TEST_CASE("governance: a small network grows at once to what bears a fault") {
  Governance governance(1);
  governance.act_as("a");
  CHECK(governance.call_type("propose", add(1)) == "too-few-validators");
  json payload = {{"changes", json::array()}};
  for (std::uint8_t i = 1; i < 4; ++i)
    payload["changes"].push_back({{"add", member_json(governance_member(i))}});
  REQUIRE(governance.call_type("propose", payload) == "ok");
  REQUIRE(governance.vote("a", 1) == "ok");
  for (std::uint8_t i = 0; i < 3; ++i) REQUIRE(governance.attest(1, i) == "ok");
  CHECK(governance.names_of_close(0) == "abcd");
}

TEST_CASE("governance: the hash of a set is the one that headers carry") {
  governance::Members members;
  std::vector<consensus::Validator> validators;
  for (std::uint8_t i = 0; i < 4; ++i) {
    members.push_back(governance_member(i));
    validators.push_back({members[i].name, members[i].consensus_key, members[i].transport_key});
  }
  CHECK(governance::validators_hash(members) == consensus::ValidatorSet(validators).hash());
}

std::string stretched(std::string text, std::size_t size) {
  return text.append(size - text.size(), '0');
}

// Everything of it is as long as it may be.
governance::Member largest_member(std::uint8_t i) {
  auto member = governance_member(i);
  member.name = member.operator_id = stretched(member.name, 64);
  member.consensus_key = governance_key(static_cast<std::uint8_t>(i + 1), Algorithm::kSm2).public_key();
  member.address = stretched(member.name, 255) + ":7000";
  return member;
}

TEST_CASE("governance: the largest set changes within the cost that genesis lets a call have") {
  Governance governance(0);
  governance::Members largest;
  json payload = {{"changes", json::array()}};
  const auto new_key = [](std::uint8_t i) {
    return governance_key(static_cast<std::uint8_t>(i + 101), Algorithm::kSm2);
  };
  for (std::uint8_t i = 0; i < 100; ++i) {
    largest.push_back(largest_member(i));
    payload["changes"].push_back({{"replace",
                                   {{"name", largest[i].name},
                                    {"consensus_key", to_string(new_key(i).public_key())},
                                    {"address", stretched(largest[i].name + ".new.", 255) + ":7000"}}}});
  }
  REQUIRE(governance::begin(governance.context, governance.chain_id, largest).ok());
  std::string proposal = payload.dump();
  proposal.resize(governance::kProposalBytesMax, ' ');
  governance.context.cost_max = governance::kCallCostMax - CostTable::entry(proposal.size());
  const auto within = [&](const std::string& outcome) {
    governance.context.cost = 0;
    return outcome;
  };
  within({});
  governance.act_as(largest[0].operator_id);
  REQUIRE(governance.call("propose", proposal).ok());
  governance.context.cost = 0;
  for (std::uint8_t i = 0; i < 67; ++i) {
    REQUIRE(within(governance.vote(largest[i].operator_id, 1)) == "ok");
  }
  CHECK(governance.state_of(1) == "accepted");
  for (std::uint8_t i = 0; i < 67; ++i) {
    const auto readiness = governance.readiness(1, largest[i].name, new_key(i));
    REQUIRE(within(governance.call_type("ready", readiness)) == "ok");
  }
  governance.context.cost_max = ~std::uint64_t{0};
  const auto members = governance::close_epoch(governance.context, Epoch(0));
  REQUIRE(members.ok());
  CHECK(members->size() == 100);
  CHECK((*members)[99].address == payload["changes"][99]["replace"]["address"].get<std::string>());
}
