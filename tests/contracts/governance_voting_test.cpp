// Who proposes and votes in the module "governance", and what becomes of proposals.
#include "contracts/governance/governance_tables.h"
#include "tests/contracts/support/governance_fixture.h"

using namespace jingchu;
using namespace jingchu::contracts;

namespace {

json add(std::uint8_t i) {
  return change({{"add", member_json(governance_member(i))}});
}
json removal(const std::string& name) {
  return change({{"remove", name}});
}

}  // namespace

TEST_CASE("governance: only admins of organizations that operate a validator propose and vote") {
  Governance governance;
  struct Row {
    std::string organization;
    std::vector<std::string> roles;
    std::string outcome;
  };
  const Row rows[] = {{"hubei-aquatic", {"admin", "submitter"}, "not-permitted"},
                      {"", {"admin"}, "not-permitted"},
                      {"a", {"submitter"}, "not-permitted"},
                      {"a", {}, "not-permitted"},
                      {"e", {"admin"}, "not-permitted"},
                      {"a", {"admin", "submitter"}, "ok"}};
  for (const auto& [organization, roles, outcome] : rows) {
    CAPTURE(organization);
    governance.act_as(organization, roles);
    CHECK(governance.call_type("propose", add(4)) == outcome);
  }
  for (const auto& [organization, roles, outcome] : rows) {
    CAPTURE(organization);
    governance.act_as(organization, roles);
    CHECK(governance.call_type("vote", {{"proposal", 1}, {"vote", "yes"}}) == outcome);
  }
  CHECK(governance.proposal(1)["votes"] == json::array({{{"organization", "a"}, {"vote", "yes"}}}));
}

TEST_CASE("governance: a quorum of validators accepts; more than f against it reject") {
  Governance governance;
  governance.act_as("d");
  REQUIRE(governance.call_type("propose", add(4)) == "ok");
  CHECK(governance.vote("a", 1) == "ok");
  CHECK(governance.vote("a", 1) == "ok");  // still one vote
  CHECK(governance.vote("b", 1) == "ok");
  CHECK(governance.state_of(1) == "open");
  CHECK(governance.proposal(1)["tally"] == json({{"yes", 2}, {"no", 0}, {"quorum", 3}, {"validators", 4}}));
  CHECK(governance.vote("b", 1, "no") == "ok");  // changed
  CHECK(governance.vote("c", 1) == "ok");
  CHECK(governance.state_of(1) == "open");
  CHECK(governance.vote("b", 1, "yes") == "ok");
  CHECK(governance.state_of(1) == "accepted");
  CHECK(governance.vote("d", 1, "no") == "proposal-closed");

  REQUIRE(governance.call_type("propose", removal("a")) == "too-few-validators");
  REQUIRE(governance.call_type("propose", add(5)) == "ok");
  CHECK(governance.vote("a", 2, "no") == "ok");
  CHECK(governance.state_of(2) == "open");
  CHECK(governance.vote("d", 2, "no") == "ok");
  CHECK(governance.state_of(2) == "rejected");
  CHECK(governance.vote("a", 2) == "proposal-closed");
  CHECK(governance.vote("a", 3) == "unknown-proposal");
  CHECK(governance.vote("a", 0) == "unknown-proposal");
}

TEST_CASE("governance: an organization's vote counts once for each validator that it operates") {
  Governance governance;
  const int id = governance.accept(change({{"replace", {{"name", "b"}, {"operator_id", "a"}}}}));
  for (std::uint8_t i = 0; i < 3; ++i) REQUIRE(governance.attest(id, i) == "ok");
  REQUIRE(governance.names_of_close(0) == "abcd");
  governance.act_as("b");
  CHECK(governance.call_type("propose", add(4)) == "not-permitted");
  governance.act_as("c");
  REQUIRE(governance.call_type("propose", add(4)) == "ok");
  CHECK(governance.vote("b", 2) == "not-permitted");
  CHECK(governance.vote("a", 2) == "ok");
  CHECK(governance.proposal(2)["tally"]["yes"] == 2);
  CHECK(governance.vote("d", 2) == "ok");
  CHECK(governance.state_of(2) == "accepted");
}

TEST_CASE("governance: the vote of an operator that was removed no longer counts") {
  Governance governance(5);  // quorum 4
  governance.act_as("e");
  REQUIRE(governance.call_type("propose", add(5)) == "ok");  // proposal 1
  CHECK(governance.vote("e", 1) == "ok");
  CHECK(governance.vote("a", 1) == "ok");
  CHECK(governance.proposal(1)["tally"]["yes"] == 2);
  governance.act_as("a");
  REQUIRE(governance.call_type("propose", removal("e")) == "ok");
  for (const char* organization : {"a", "b", "c", "d"}) REQUIRE(governance.vote(organization, 2) == "ok");
  for (std::uint8_t i = 0; i < 3; ++i) REQUIRE(governance.attest(2, i) == "ok");
  REQUIRE(governance.names_of_close(0) == "abcd");
  CHECK(governance.proposal(1)["tally"] == json({{"yes", 1}, {"no", 0}, {"quorum", 3}, {"validators", 4}}));
  CHECK(governance.vote("e", 1) == "not-permitted");
  CHECK(governance.vote("b", 1) == "ok");
  CHECK(governance.state_of(1) == "open");
  CHECK(governance.vote("c", 1) == "ok");
  CHECK(governance.state_of(1) == "accepted");
}

TEST_CASE("governance: one change is pending at a time; a cancellation frees the place") {
  Governance governance;
  const int first = governance.accept(add(4));
  governance.act_as("b");
  REQUIRE(governance.call_type("propose", add(5)) == "ok");  // proposal 2
  CHECK(governance.vote("a", 2) == "ok");
  CHECK(governance.vote("b", 2) == "ok");
  CHECK(governance.vote("c", 2) == "change-pending");
  CHECK(governance.proposal(2)["tally"]["yes"] == 2);
  governance.act_as("d");
  REQUIRE(governance.call_type("propose", {{"cancel", true}}) == "ok");  // proposal 3
  for (const char* organization : {"a", "b", "c"}) REQUIRE(governance.vote(organization, 3) == "ok");
  CHECK(governance.state_of(3) == "taken");
  CHECK(governance.state_of(first) == "cancelled");
  CHECK(governance.validators()["pending"].is_null());
  governance.act_as("d");
  CHECK(governance.call_type("propose", {{"cancel", true}}) == "nothing-pending");
  CHECK(governance.vote("c", 2) == "ok");
  CHECK(governance.state_of(2) == "accepted");
}

TEST_CASE("governance: a cancellation is of the change that was pending, not of a later one") {
  Governance governance;
  const int first = governance.accept(add(4));
  governance.act_as("d");
  REQUIRE(governance.call_type("propose", {{"cancel", true}}) == "ok");  // proposal 2
  for (std::uint8_t i = 0; i < 4; ++i) REQUIRE(governance.attest(first, i) == "ok");
  REQUIRE(governance.names_of_close(0) == "abcde");
  REQUIRE(governance.vote("a", 2) == "ok");
  governance.act_as("b");
  REQUIRE(governance.call_type("propose", removal("e")) == "ok");  // proposal 3
  for (const char* organization : {"a", "b", "c", "d"}) REQUIRE(governance.vote(organization, 3) == "ok");
  REQUIRE(governance.state_of(3) == "accepted");
  for (const char* organization : {"b", "c", "d"}) REQUIRE(governance.vote(organization, 2) == "ok");
  CHECK(governance.state_of(2) == "stale");
  CHECK(governance.state_of(3) == "accepted");
  CHECK(governance.validators()["pending"]["proposal"] == 3);
}

TEST_CASE("governance: a proposal that no longer fits the latest set is stale") {
  Governance governance;
  governance.act_as("b");
  REQUIRE(governance.call_type("propose", add(4)) == "ok");  // proposal 1, as "b"
  governance.act_as("c");
  auto other = governance_member(5);
  other.consensus_key = governance_member(4).consensus_key;
  REQUIRE(governance.call_type("propose", change({{"add", member_json(other)}})) == "ok");  // proposal 2
  for (const char* organization : {"a", "b", "c"}) REQUIRE(governance.vote(organization, 1) == "ok");
  for (std::uint8_t i = 0; i < 4; ++i) REQUIRE(governance.attest(1, i) == "ok");
  REQUIRE(governance.names_of_close(0) == "abcde");
  for (const char* organization : {"a", "b", "c", "d"}) REQUIRE(governance.vote(organization, 2) == "ok");
  CHECK(governance.state_of(2) == "stale");
  CHECK(governance.validators()["pending"].is_null());
  governance.act_as("c");
  CHECK(governance.call_type("propose", add(4)) == "duplicate-name");
}

TEST_CASE("governance: proposals expire, and an organization has one open at a time") {
  Governance governance;
  governance.act_as("a");
  auto brief = add(4);
  brief["valid_for"] = 10;
  REQUIRE(governance.call_type("propose", brief) == "ok");
  CHECK(governance.proposal(1)["expires_at"] == 17);
  governance.context.place_value.height = Height(17);
  CHECK(governance.vote("a", 1) == "ok");
  governance.context.place_value.height = Height(18);
  CHECK(governance.vote("b", 1) == "proposal-expired");
  governance.act_as("b");
  REQUIRE(governance.call_type("propose", add(4)) == "ok");  // proposal 2
  CHECK(governance.state_of(1) == "expired");
  REQUIRE(governance.call_type("propose", add(5)) == "ok");  // proposal 3
  CHECK(governance.state_of(2) == "withdrawn");
  CHECK(governance.vote("a", 2) == "proposal-closed");
  CHECK(governance.state_of(3) == "open");
  governance.context.place_value.height = Height(2'000'000);
  REQUIRE(governance.names_of_close(0) == "abcd");
  CHECK(governance.state_of(3) == "expired");
}

TEST_CASE("governance: at most 64 proposals are open") {
  Governance governance(70);
  for (int i = 0; i < 65; ++i) {
    governance.act_as(governance_member(static_cast<std::uint8_t>(i)).operator_id);
    CHECK(governance.call_type("propose", add(100)) == (i < 64 ? "ok" : "too-many-proposals"));
  }
  governance.act_as("a");
  CHECK(governance.call_type("propose", add(100)) == "ok");  // in the place of its first one
}

TEST_CASE("governance: a vote may name the proposal by its hash, so that a node cannot show another one") {
  Governance governance;
  governance.act_as("a");
  const std::string payload = add(4).dump();
  REQUIRE(governance.call("propose", payload).ok());
  json vote = {{"proposal", 1}, {"vote", "yes"}, {"proposal_sha256", to_hex(sha256(as_bytes("other")))}};
  CHECK(governance.where("vote", vote) == "other-proposal /proposal_sha256");
  vote["proposal_sha256"] = to_hex(sha256(as_bytes(payload)));
  CHECK(governance.call_type("vote", vote) == "ok");
}

TEST_CASE("governance: a page of large proposals ends early, and its next one goes on") {
  Governance governance;
  governance.act_as("a");
  std::string large = add(9).dump();
  large.resize(governance::kProposalBytesMax, ' ');
  for (int i = 0; i < 5; ++i) REQUIRE(governance.call("propose", large).ok());
  std::vector<std::uint64_t> ids;
  std::string after = "0";
  for (bool more = true; more;) {
    const auto text = *governance.query("proposals", {{"limit", "200"}, {"after", after}});
    CHECK(text.size() < 3 * governance::kProposalBytesMax);
    const auto page = json::parse(text);
    for (const auto& proposal : page["proposals"]) ids.push_back(proposal["proposal"]);
    more = page.contains("next");
    if (more) after = std::to_string(page["next"].get<std::uint64_t>());
  }
  CHECK(ids == std::vector<std::uint64_t>{1, 2, 3, 4, 5});
}

TEST_CASE("governance: queries") {
  Governance governance;
  const auto begun = governance.validators();
  CHECK(begun["latest_decided_epoch"] == 1);
  CHECK(begun["latest"]["from_epoch"] == 0);
  CHECK(begun["latest"]["quorum"] == 3);
  CHECK(begun["latest"]["validators"][0] == member_json(governance_member(0)));
  CHECK(begun["previous"].is_null());
  CHECK(begun["pending"].is_null());
  for (std::uint8_t i = 0; i < 3; ++i) {
    governance.act_as(std::string(1, static_cast<char>('a' + i)));
    REQUIRE(governance.call_type("propose", add(4)) == "ok");
  }
  const auto page = json::parse(*governance.query("proposals", {{"limit", "1"}, {"after", "1"}}));
  CHECK(page["count"] == 3);
  CHECK(page["proposals"].size() == 1);
  CHECK(page["proposals"][0]["proposal"] == 2);
  CHECK(page["next"] == 2);
  const auto last = json::parse(*governance.query("proposals", {{"after", "2"}}));
  CHECK(last["proposals"].size() == 1);
  CHECK(!last.contains("next"));
  CHECK(governance.proposal(2)["change"] == add(4));
  CHECK(governance.proposal(2)["recorded"]["organization"] == "b");
  CHECK(governance.query("proposal", {{"id", "4"}}).error().type == "not-found");
  CHECK(governance.query("proposal", {{"id", "x"}}).error().type == "invalid-parameter");
  CHECK(governance.query("nothing", {}).error().type == "not-found");
}
