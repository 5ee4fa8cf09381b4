// The commands of `jingchu governance` against the real contract module.
#include "cli/exit_status.h"
#include "node/identity.h"
#include "node/key_file.h"
#include "tests/cli/governed_network.h"

#include <doctest/doctest.h>

namespace jingchu::cli {
namespace {

using nlohmann::json;

json status_of(const GovernedNetwork&, const std::string& name, json peers) {
  json listed = json::array();
  for (const json& peer : peers) listed.push_back({{"name", peer}, {"connected", true}});
  return {{"name", name},       {"role", "validator"}, {"height", 41},      {"root", "aa"},
          {"chain_id", "x"},    {"votes", true},       {"caught_up", true}, {"epoch", 0},
          {"stopped", nullptr}, {"failure", nullptr},  {"peers", listed}};
}

// A change that "a", "b" and "c" have accepted.
void accept(GovernedNetwork& network, std::vector<std::string> change) {
  change.insert(change.begin(), "propose");
  REQUIRE_EQ(network.run_as("a", change).status, kOk);
  REQUIRE_EQ(network.apply(), "ok");
  const std::string id = json::parse(*network.chain().query("proposals", {})).at("count").dump();
  for (const char* name : {"a", "b", "c"}) {
    REQUIRE_EQ(network.run_as(name, {"vote", id, "yes"}).status, kOk);
    REQUIRE_EQ(network.apply(), "ok");
  }
}

TEST_CASE("governance: from a proposal to a new set") {
  GovernedNetwork network;
  const std::string file = network.describe("e", 7009);
  const Ran proposed = network.run_as("a", {"propose", "--add", file, "--note", "a fifth"});
  REQUIRE_EQ(proposed.status, kOk);
  CHECK(proposed.error.find("add e at 127.0.0.1:7009, operated by a") != std::string::npos);
  REQUIRE_EQ(network.apply(), "ok");
  const Ran open = network.run({"governance", "show"});
  CHECK(open.out.find("proposal 1 of a: open until height 1000007, 0 yes, 0 no, 3 needed") !=
        std::string::npos);
  CHECK(open.out.find("note: a fifth") != std::string::npos);
  const Ran voted = network.run_as("a", {"vote", "1", "no"});
  REQUIRE_EQ(voted.status, kOk);
  CHECK(voted.error.find("no to proposal 1 of a:\n  add e at") != std::string::npos);
  REQUIRE_EQ(network.apply(), "ok");
  for (const char* name : {"a", "b", "c"}) {
    REQUIRE_EQ(network.run_as(name, {"vote", "1", "yes"}).status, kOk);
    REQUIRE_EQ(network.apply(), "ok");
  }
  CHECK(network.run({"governance", "show"}).out.find("accepted by proposal 1") != std::string::npos);
  network.show_status(status_of(network, "e", {}));
  for (const std::string name : {"a", "b", "c", "e"}) {
    const std::string home = name == "e" ? network.path(name) : network.net() + "/" + name;
    const Ran ready = network.run_as("d", {"ready", "--home", home, "--json"});
    REQUIRE_EQ(ready.status, kOk);
    CHECK_EQ(ready.json().at("validator"), name);
    REQUIRE_EQ(network.apply(), "ok");
  }
  CHECK(network.run({"governance", "show"}).out.find("e  127.0.0.1:7009  operated by a  ready\n") !=
        std::string::npos);
  network.close_epoch(0);
  const Ran taken = network.run({"governance", "show"});
  CHECK(taken.out.find("validators from epoch 2 on (decided up to epoch 2)") != std::string::npos);
  CHECK(taken.out.find("accepted by") == std::string::npos);
  CHECK(network.run({"governance", "show", "--all"}).out.find("proposal 1 of a: taken") != std::string::npos);
  CHECK_EQ(network.run({"governance", "show", "1", "--json"}).json().at("state"), "taken");
  CHECK_EQ(network.run({"governance", "show", "--json"}).json().at("latest").at("validators").size(), 5u);
}

TEST_CASE("governance propose: what its options say is what is sent") {
  GovernedNetwork network;
  const std::string one = network.describe("e", 7009);
  const std::string two = network.describe("f", 7010);
  REQUIRE_EQ(network
                 .run_as("a", {"propose", "--add", one, "--add", two, "--remove", "d", "--replace", "b",
                               "--address", "b.example.cn:7", "--operator", "a", "--open-for", "99"})
                 .status,
             kOk);
  const auto payload = json::parse(to_string(network.node().submitted().at(0).calls.at(0).payload));
  CHECK_EQ(payload.at("valid_for"), 99);
  CHECK_EQ(payload.at("changes").size(), 4u);
  CHECK_EQ(payload.at("changes").at(0).at("add"), json::parse(read_file(one)));
  CHECK_EQ(payload.at("changes").at(2), json({{"remove", "d"}}));
  CHECK_EQ(payload.at("changes").at(3).at("replace"),
           json({{"name", "b"}, {"address", "b.example.cn:7"}, {"operator_id", "a"}}));
  CHECK_EQ(network.apply(), "ok");
  REQUIRE_EQ(network.run_as("b", {"propose", "--remove", "d"}).status, kOk);
  CHECK_EQ(network.apply(), "too-few-validators");
  REQUIRE_EQ(network.run_as("b", {"propose", "--cancel"}).status, kOk);
  CHECK_EQ(network.apply(), "nothing-pending");
}

TEST_CASE("governance: wrong use is refused before anything is sent") {
  GovernedNetwork network;
  const std::string file = network.describe("e", 7009);
  const std::string broken = network.path("broken.json");
  CHECK(system_files().write_atomically(broken, as_bytes("{\"name\":\"e\"}"), 0600).ok());
  using Arguments = std::vector<std::string>;
  for (const Arguments& wrong : {Arguments{"propose"},
                                 {"propose", "--cancel", "--add", file},
                                 {"propose", "--address", "a:1"},
                                 {"propose", "--replace", "a"},
                                 {"propose", "--add", file, "--open-for", "9"},
                                 {"vote", "x", "yes"},
                                 {"vote", "1", "perhaps"}}) {
    CAPTURE(wrong.back());
    CHECK_EQ(network.run_as("a", wrong).status, kUsage);
  }
  const Ran ran = network.run_as("a", {"propose", "--add", broken});
  CHECK_EQ(ran.status, kRefused);
  CHECK(ran.error.find("/changes/0/add/operator_id") != std::string::npos);
  CHECK_EQ(network.run_as("a", {"propose", "--add", network.path("none.json")}).status, kLocal);
  CHECK_EQ(network.run_as("a", {"vote", "7", "yes"}).status, kRefused);
  CHECK(network.node().submitted().empty());
}

TEST_CASE("governance vote: a node that shows another proposal than the chain has gains no vote") {
  GovernedNetwork network;
  REQUIRE_EQ(network.run_as("a", {"propose", "--add", network.describe("e", 7009)}).status, kOk);
  REQUIRE_EQ(network.apply(), "ok");
  auto lie = json::parse(*network.chain().query("proposal", {{"id", "1"}}));
  lie["change"]["changes"][0]["add"]["name"] = "honest";
  network.node().serve("/v1/governance/proposals/1", lie.dump());
  REQUIRE_EQ(network.run_as("b", {"vote", "1", "yes"}).status, kOk);
  CHECK_EQ(network.apply(), "other-proposal");
}

TEST_CASE("governance ready: only for a member of the accepted set that is caught up, once") {
  GovernedNetwork network;
  const std::string home = network.path("e");
  const std::string file = network.describe("e", 7009);
  const auto ready = [&](const std::string& at) { return network.run_as("d", {"ready", "--home", at}); };
  CHECK(ready(home).error.find("nothing-pending") != std::string::npos);
  accept(network, {"--add", file});
  auto status = status_of(network, "e", {});
  for (const auto& [name, value] :
       {std::pair("caught_up", json(false)), {"stopped", json("alarm")}, {"failure", json("disk")}}) {
    auto bad = status;
    bad[name] = value;
    network.show_status(bad);
    const Ran ran = ready(home);
    CHECK_EQ(ran.status, kRefused);
    CHECK(ran.error.find("not-caught-up") != std::string::npos);
  }
  // A node that does not validate yet takes no transaction: another must.
  auto joining = status;
  joining["role"] = "next";
  network.show_status(joining);
  std::size_t sent = network.node().submitted().size();
  const Ran refused = ready(home);
  CHECK_EQ(refused.status, kRefused);
  CHECK(refused.error.find("no-lane") != std::string::npos);
  CHECK(refused.error.find("--submit-to") != std::string::npos);
  CHECK_EQ(network.node().submitted().size(), sent);
  FakeNode validator(read_file(network.net() + "/genesis.json"));
  REQUIRE_EQ(network.run_as("d", {"ready", "--home", home, "--submit-to", validator.url()}).status, kOk);
  CHECK_EQ(validator.submitted().size(), 1u);
  CHECK_EQ(network.node().submitted().size(), sent);
  network.show_status(status_of(network, "a", {}));
  const std::string stranger = network.path("f");
  network.describe("f", 7010);
  CHECK(ready(stranger).error.find("not-a-member") != std::string::npos);
  CHECK_EQ(ready(network.path("nowhere")).status, kLocal);
  CHECK_EQ(network.node().submitted().size(), sent);
  const Ran ran = ready(home);
  CHECK_EQ(ran.status, kOk);
  CHECK(ran.error.find("calls itself \"a\", not \"e\"") != std::string::npos);
  REQUIRE_EQ(network.apply(), "ok");
  const Ran again = ready(home);
  CHECK_EQ(again.status, kOk);
  CHECK(again.error.find("already") != std::string::npos);
  CHECK_EQ(network.node().submitted().size(), sent + 1);
  const std::string other = home + "/genesis.json";
  CHECK(system_files().write_atomically(other, as_bytes("{}"), 0600).ok());
  CHECK(ready(home).error.find("wrong-network") != std::string::npos);
}

TEST_CASE("governance ready: the key of the accepted set may be another file of the home") {
  GovernedNetwork network;
  const std::string next = network.net() + "/a/keys/next.json";
  const auto key = PrivateKey::generate(Algorithm::kSm2);
  CHECK(node::write_key_file(system_files(), next, key, node::KeyProtection::kPlain, {}).ok());
  const std::string transport = to_string(PrivateKey::generate(Algorithm::kEd25519).public_key());
  const std::vector<std::string> half = {"propose", "--replace", "a", "--consensus-key",
                                         to_string(key.public_key())};
  const Ran refused = network.run_as("a", half);
  CHECK_EQ(refused.status, kUsage);
  CHECK(refused.error.find("--transport-key go together") != std::string::npos);
  CHECK_EQ(network.run_as("a", {"propose", "--replace", "a", "--transport-key", transport}).status, kUsage);
  CHECK(network.node().submitted().empty());
  accept(network,
         {"--replace", "a", "--consensus-key", to_string(key.public_key()), "--transport-key", transport});
  network.show_status(status_of(network, "a", {}));
  CHECK_EQ(network.run_as("a", {"ready", "--home", network.net() + "/a"}).status, kRefused);
  REQUIRE_EQ(
      network.run_as("a", {"ready", "--home", network.net() + "/a", "--consensus-key-file", "keys/next.json"})
          .status,
      kOk);
  CHECK_EQ(network.apply(), "ok");
}

TEST_CASE(
    "network promote: the next keys take the place of the present ones once the set in force lists them") {
  GovernedNetwork network;
  const std::string home = network.net() + "/a";
  const auto promote = [&] { return network.run({"network", "promote", "--home", home}); };
  const auto keys = [&] {
    return node::read_keys(system_files(), node::load_config(system_files(), home).value()).value();
  };
  const auto refused_as = [&](const char* type) {
    const Ran ran = promote();
    return ran.status != kOk && ran.error.find(type) != std::string::npos;
  };
  const auto in_epoch = [&](std::uint64_t epoch) {
    json status = status_of(network, "b", {});
    status["epoch"] = epoch;
    network.show_status(status);
  };
  CHECK(refused_as("no-next-keys"));
  const json made = run_command({"network", "rotate", "--home", home, "--json"}).json();
  const auto next = keys()[1].consensus->public_key();
  in_epoch(9);
  CHECK(refused_as("not-in-force"));  // listed by no set
  accept(network, {"--replace", "a", "--consensus-key", made.at("consensus_key"), "--transport-key",
                   made.at("transport_key")});
  for (const char* name : {"b", "c", "d"}) {
    in_epoch(0);
    const std::string of = network.net() + "/" + name;
    REQUIRE_EQ(network.run_as("b", {"ready", "--home", of}).status, kOk);
    REQUIRE_EQ(network.apply(), "ok");
  }
  network.close_epoch(0);
  in_epoch(1);
  CHECK(refused_as("not-in-force"));  // listed from epoch 2 on
  in_epoch(2);
  {
    const auto running = system_files().lock(home + "/data");
    REQUIRE(running.ok());
    CHECK(refused_as("in-use"));
  }
  const std::string file = home + "/jingchud.toml";
  const std::string named = read_file(file);
  std::string unnamed = named;
  unnamed.erase(unnamed.find("name = "), unnamed.find("genesis = ") - unnamed.find("name = "));
  REQUIRE(system_files().write_atomically(file, as_bytes(unnamed), 0644).ok());
  CHECK(refused_as("no-name"));
  REQUIRE(system_files().write_atomically(file, as_bytes(named), 0644).ok());
  REQUIRE_EQ(keys().size(), 2u);  // nothing was changed
  REQUIRE_EQ(promote().status, kOk);
  REQUIRE_EQ(keys().size(), 1u);
  CHECK(keys()[0].consensus->public_key() == next);
  CHECK_EQ(keys()[0].log, "log");
  CHECK(refused_as("no-next-keys"));
}

TEST_CASE("governance check: numbers before and after, and a refusal of what would lose the quorum") {
  GovernedNetwork network;
  network.show_status(status_of(network, "a", {"b", "c", "d"}));
  const std::string file = network.describe("e", 7009);
  const Ran unseen = network.run({"governance", "check", "--add", file});
  CHECK_EQ(unseen.status, kOk);
  CHECK(unseen.out.find("today:  4 validators, quorum 3, bears 1 fault, 4 reachable") != std::string::npos);
  CHECK(unseen.out.find("then:   5 validators, quorum 4, bears 1 fault, 4 reachable") != std::string::npos);
  CHECK(unseen.out.find("e  joins  not seen") != std::string::npos);
  CHECK(unseen.out.find("not known to be caught up: e") != std::string::npos);
  network.show_status(status_of(network, "a", {"b", "c", "e"}));
  const Ran refused = network.run({"governance", "check", "--add", file, "--json"});
  CHECK_EQ(refused.status, kRefused);
  CHECK_EQ(refused.json().at("ok"), false);
  CHECK_EQ(refused.json().at("after").at("reachable_and_caught_up"), 3);
  CHECK(refused.json().at("refusals").at(0).get<std::string>().find("Bring up d, e") != std::string::npos);
  FakeNode joining(read_file(network.net() + "/genesis.json"));
  joining.serve("/v1/status", status_of(network, "e", {"a"}).dump());
  const Ran seen = run_command(
      {"governance", "check", "--add", file, "--node", network.node().url(), "--node", joining.url()});
  CHECK_EQ(seen.status, kOk);
  CHECK(seen.out.find("e  joins  caught up") != std::string::npos);
  const Ran few = network.run({"governance", "check", "--remove", "d"});
  CHECK_EQ(few.status, kRefused);
  CHECK(few.error.find("too-few-validators") != std::string::npos);
  CHECK_EQ(network.run({"governance", "check"}).status, kUsage);
  CHECK_EQ(network.run({"governance", "check", "1", "--add", file}).status, kUsage);
  CHECK(network.node().submitted().empty());
}

TEST_CASE("governance check: a proposal by its number, and operators that cannot vote") {
  GovernedNetwork network;
  network.show_status(status_of(network, "a", {"b", "c", "d", "e"}));
  const std::string file = network.describe("e", 7009);
  auto member = json::parse(read_file(file));
  member["operator_id"] = "nobody";
  CHECK(system_files().write_atomically(file, as_bytes(member.dump()), 0600).ok());
  accept(network, {"--add", file});
  const Ran before = network.run({"governance", "check", "1"});
  CHECK_EQ(before.status, kOk);
  CHECK(before.out.find("nobody can vote for e: the organization \"nobody\" has no active admin") !=
        std::string::npos);
  CHECK(before.out.find("e  joins  connected") != std::string::npos);
  network.show_status(status_of(network, "e", {"a", "b", "c", "d"}));
  REQUIRE_EQ(network.run_as("d", {"ready", "--home", network.path("e")}).status, kOk);
  REQUIRE_EQ(network.apply(), "ok");
  network.show_status(status_of(network, "a", {"b", "c", "d", "e"}));
  CHECK(network.run({"governance", "check", "1"}).out.find("e  joins  has attested that it is ready") !=
        std::string::npos);
}

TEST_CASE("governance: a node that answers nonsense is a malformed answer, not a crash") {
  GovernedNetwork network;
  const auto good = json::parse(*network.chain().query("validators", {}));
  for (const char* place : {"/latest", "/latest/validators", "/latest/validators/0/consensus_key",
                            "/latest/validators/1/name", "/latest/from_epoch", "/latest_decided_epoch"}) {
    for (const json& value : {json(nullptr), json(-1), json("x"), json::array(), json(1.5)}) {
      auto bad = good;
      bad[json::json_pointer(place)] = value;
      network.node().serve("/v1/governance/validators", bad.dump());
      CAPTURE(bad.dump());
      const Ran ran = network.run({"governance", "show"});
      const bool still_fits = value == "x" && std::string(place).ends_with("name");
      CHECK_EQ(ran.status, still_fits ? kOk : kUnreachable);
    }
  }
  for (const char* body : {"", "[]", "null", "{", "\"x\""}) {
    network.node().serve("/v1/governance/validators", body);
    CHECK_EQ(network.run({"governance", "show"}).status, kUnreachable);
  }
}

}  // namespace
}  // namespace jingchu::cli
