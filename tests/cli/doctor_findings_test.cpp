#include "tests/cli/doctor_facts.h"

#include <doctest/doctest.h>

using namespace jingchu::cli::doctor;
using Kinds = std::vector<std::string>;

namespace {

bool says(const Finding* finding, const std::string& words) {
  return finding != nullptr && finding->text.find(words) != std::string::npos;
}
bool advises(const Finding* finding, const std::string& words) {
  return finding != nullptr && finding->remedy.find(words) != std::string::npos;
}
bool saw(const Finding* finding, const std::string& words) {
  if (finding == nullptr) return false;
  for (const auto& line : finding->evidence) {
    if (line.find(words) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("all is well, with figures") {
  const auto diagnosis = diagnose(well());
  CHECK(diagnosis.findings.empty());
  CHECK(diagnosis.is_well());
  CHECK_FALSE(diagnosis.stands_still);
  CHECK_EQ(diagnosis.figures.taking_part, 4);
  CHECK_EQ(diagnosis.figures.quorum, 3);
  CHECK_EQ(diagnosis.figures.blocks, 60);
  CHECK_EQ(diagnosis.summary,
           "all is well: 60 blocks became final in 3.0 s, height 1000, epoch 0; 4 of 4 validators take part, "
           "3 are "
           "needed; clocks within 0 ms; least free disk 51200 MiB");
}

TEST_CASE("nobody answers") {
  Facts facts = well();
  for (std::size_t i = 0; i < 4; ++i) kill(facts, i);
  const auto diagnosis = diagnose(facts);
  CHECK_FALSE(diagnosis.reached);
  CHECK_FALSE(diagnosis.is_well());
  CHECK_EQ(kinds(diagnosis), Kinds{"nothing-reachable"});
  CHECK(saw(&diagnosis.findings[0], "http://node2: connection refused"));
  CHECK_EQ(kinds(diagnose(Facts{})), Kinds{"nothing-reachable"});
}

TEST_CASE("a validator is down and the quorum holds: how many more faults are borne") {
  Facts facts = well();
  kill(facts, 2);
  const auto diagnosis = diagnose(facts);
  CHECK_EQ(kinds(diagnosis), Kinds{"validator-down"});
  const Finding* down = find(diagnosis, "validator-down");
  CHECK(says(down,
             "yichang is not seen by any node that answered; the network goes on and bears no more fault"));
  CHECK(down->severity == Severity::kWarning);
  CHECK(saw(down, "wuhan has no session with yichang: unreachable"));
  CHECK(saw(down, "http://node2 does not answer: connection refused"));
  CHECK_EQ(down->nodes, std::set<std::string>{"yichang"});
  CHECK_EQ(diagnosis.figures.taking_part, 3);
}

TEST_CASE(
    "too few validators: which are missing, how many are needed, and that this is why it stands still") {
  Facts facts = well();
  kill(facts, 2);
  kill(facts, 3);
  stand_still(facts);
  facts.last_block_age_ms = 200'000;
  const auto diagnosis = diagnose(facts);
  CHECK_EQ(kinds(diagnosis), Kinds{"too-few-validators", "validator-down"});
  const Finding* few = find(diagnosis, "too-few-validators");
  CHECK(says(few, "2 of 4 validators can take part and 3 are needed: without jingzhou and yichang"));
  CHECK(advises(few, "bring back 1 of jingzhou and yichang"));
  CHECK(few->explains_standstill);
  CHECK(find(diagnosis, "validator-down")->severity == Severity::kCritical);
  CHECK(diagnosis.stands_still);
  CHECK(diagnosis.summary.find(
            "stands still: no block became final in 3.0 s; the last one, at height 1000, is 3 min old") !=
        std::string::npos);
}

TEST_CASE("of a network that makes blocks it is never said that too few are there") {
  Facts facts = well();
  facts.nodes.resize(1);
  for (auto& peer : facts.nodes[0].last->peers) peer.connected = false;
  CHECK(find(diagnose(facts), "too-few-validators") == nullptr);
}

TEST_CASE("one node alone is asked: it tells of the others") {
  Facts facts = well();
  facts.nodes.resize(1);
  CHECK(diagnose(facts).findings.empty());
  peer_in(facts.nodes[0], "yichang").connected = false;
  CHECK_EQ(kinds(diagnose(facts)), Kinds{"validator-down"});
}

TEST_CASE("a process that hangs has sessions and says nothing") {
  Facts facts = well();
  facts.nodes[3].first.reset();
  facts.nodes[3].last.reset();
  facts.nodes[3].why_away = "no answer in time";
  for (std::size_t i = 0; i < 3; ++i) peer_in(facts.nodes[i], "jingzhou").report->age_ms = 4'000;
  const auto diagnosis = diagnose(facts);
  CHECK_EQ(kinds(diagnosis), Kinds{"validator-silent"});
  CHECK(says(&diagnosis.findings[0], "jingzhou holds its sessions open and says nothing"));
  CHECK(saw(&diagnosis.findings[0], "wuhan has a session with jingzhou, which has said nothing for 4.0 s"));
}

TEST_CASE("an API that is away while the peers see the validator is no validator that is missing") {
  Facts facts = well();
  facts.nodes[3].first.reset();
  facts.nodes[3].last.reset();
  facts.nodes[3].why_away = "connection refused";
  CHECK_EQ(kinds(diagnose(facts)), Kinds{"node-unreachable"});
}

TEST_CASE("a partition is not what is down: both sides answer, and do not hear each other") {
  Facts facts = well();
  for (std::size_t a : {0, 1}) {
    for (std::size_t b : {2, 3}) cut(facts, a, b);
  }
  stand_still(facts);
  const auto diagnosis = diagnose(facts);
  CHECK_EQ(kinds(diagnosis), Kinds{"too-few-validators", "partition"});
  const Finding* partition = find(diagnosis, "partition");
  CHECK(says(partition, "wuhan and xiangyang"));
  CHECK(says(partition, " | "));
  CHECK(saw(partition, "wuhan and yichang do not hear each other"));
  CHECK(partition->explains_standstill);
  CHECK_EQ(partition->takes_out.size(), 2);
}

TEST_CASE("a partition that still has a quorum on one side; and one that no session has noticed yet") {
  Facts facts = well();
  for (std::size_t a : {0, 1, 2}) {
    peer_in(facts.nodes[a], "jingzhou").report->age_ms = 3'000;
    peer_in(facts.nodes[3], kFour[a]).report->age_ms = 3'000;
  }
  const auto diagnosis = diagnose(facts);
  CHECK_EQ(kinds(diagnosis), Kinds{"partition"});
  CHECK_EQ(find(diagnosis, "partition")->takes_out, std::set<std::string>{"jingzhou"});
  CHECK(says(find(diagnosis, "partition"), "bears no more fault"));
}

TEST_CASE("one pair that does not hear each other is no partition") {
  Facts facts = well();
  cut(facts, 0, 3);
  const auto diagnosis = diagnose(facts);
  CHECK_EQ(kinds(diagnosis), Kinds{"connection-missing"});
  CHECK(find(diagnosis, "connection-missing")->nodes == std::set<std::string>{"wuhan", "jingzhou"});
  CHECK(find(diagnosis, "connection-missing")->takes_out.empty());
}

TEST_CASE("another genesis file") {
  Facts facts = well();
  facts.nodes[1].first->chain_id = facts.nodes[1].last->chain_id = std::string(64, 'b');
  for (std::size_t other : {0, 2, 3}) cut(facts, 1, other, "another-chain");
  const auto diagnosis = diagnose(facts);
  CHECK_EQ(kinds(diagnosis), Kinds{"wrong-genesis"});
  const Finding* wrong = find(diagnosis, "wrong-genesis");
  CHECK(says(wrong,
             "xiangyang (http://node1) runs with another genesis file than jingzhou, wuhan and yichang"));
  CHECK(saw(wrong, "chain id of xiangyang: bbbb"));
  CHECK_EQ(wrong->takes_out, std::set<std::string>{"xiangyang"});
}

TEST_CASE("refused at the handshake: who, by whom, why") {
  Facts facts = well();
  SUBCASE("an unknown key: the node itself is no validator by its key") {
    facts.nodes[3].last->role = "observer";
    for (std::size_t other : {0, 1, 2}) {
      cut(facts, other, 3, "unknown-key");
      peer_in(facts.nodes[3], kFour[other]).last_type = "tls";
      facts.nodes[other].last->refusals["unknown-key"] = 3;
    }
    const auto diagnosis = diagnose(facts);
    CHECK_EQ(kinds(diagnosis), Kinds{"refused-at-handshake"});
    const Finding* refused = find(diagnosis, "refused-at-handshake");
    CHECK(says(refused,
               "jingzhou is refused at the handshake: its transport key is not the one that is listed"));
    CHECK(saw(refused, "wuhan to jingzhou: unknown-key: in words"));
    CHECK(saw(refused, "jingzhou takes itself for no validator (observer)"));
    CHECK(saw(refused, "xiangyang refused 3 connections with an unknown key meanwhile"));
    CHECK(advises(refused, "put the transport key"));
  }
  SUBCASE("another chain, of a node that was not asked") {
    facts.nodes.pop_back();
    for (std::size_t other : {0, 1, 2}) {
      PeerFacts& peer = peer_in(facts.nodes[other], "jingzhou");
      peer = {"jingzhou", false, "another-chain: theirs 01, ours aa", "another-chain", 50, {}};
    }
    const auto diagnosis = diagnose(facts);
    CHECK_EQ(kinds(diagnosis), Kinds{"refused-at-handshake"});
    CHECK(says(&diagnosis.findings[0], "jingzhou is refused at the handshake: they are on different chains"));
    CHECK(saw(&diagnosis.findings[0], "wuhan to jingzhou: another-chain: theirs 01, ours aa"));
    CHECK_EQ(diagnosis.findings[0].takes_out, std::set<std::string>{"jingzhou"});
  }
  SUBCASE("another version") {
    for (std::size_t other : {0, 1, 2}) cut(facts, other, 3, "another-version");
    const auto diagnosis = diagnose(facts);
    CHECK_EQ(kinds(diagnosis), Kinds{"refused-at-handshake"});
    CHECK(
        says(&diagnosis.findings[0], "jingzhou is refused at the handshake: they speak different versions"));
    CHECK(advises(&diagnosis.findings[0], "to one version of the program"));
  }
  SUBCASE("a handshake that broke off is no refusal") {
    kill(facts, 3);
    for (std::size_t other : {0, 1, 2}) peer_in(facts.nodes[other], "jingzhou").last_type = "tls";
    CHECK_EQ(kinds(diagnose(facts)), Kinds{"validator-down"});
  }
  SUBCASE("long ago, and down since") {
    kill(facts, 3);
    for (std::size_t other : {0, 1, 2}) {
      peer_in(facts.nodes[other], "jingzhou").last_type = "unknown-key";
      peer_in(facts.nodes[other], "jingzhou").last_age_ms = 600'000;
    }
    CHECK_EQ(kinds(diagnose(facts)), Kinds{"validator-down"});
  }
}

TEST_CASE("a stranger that is refused is worth a note, not an alarm") {
  Facts facts = well();
  facts.nodes[0].first->refusals["unknown-key"] = 4;
  facts.nodes[0].last->refusals["unknown-key"] = 6;
  facts.nodes[1].last->refusals["tls"] = 900;
  const auto diagnosis = diagnose(facts);
  CHECK_EQ(kinds(diagnosis), Kinds{"stranger-refused"});
  CHECK(saw(&diagnosis.findings[0], "wuhan refused 2 connections: unknown-key"));
  CHECK(diagnosis.is_well());
}

TEST_CASE("nothing explains the standstill") {
  Facts facts = well();
  stand_still(facts);
  const auto diagnosis = diagnose(facts);
  CHECK_EQ(kinds(diagnosis), Kinds{"standstill-unexplained"});
  CHECK(saw(&diagnosis.findings[0], "yichang: view 1000, final height 1000"));
  // Exactly a quorum is enough.
  kill(facts, 0);
  CHECK_EQ(kinds(diagnose(facts)), Kinds{"standstill-unexplained", "validator-down"});
  CHECK_FALSE(diagnosis.is_well());
}

TEST_CASE("several things hold: which of them explain the standstill, and what comes first") {
  Facts facts = well();
  kill(facts, 1);
  facts.nodes[3].last->ahead_ms = -7'000;
  facts.nodes[0].last->mempool_transactions = 100;
  facts.nodes[0].last->disks[0].free_bytes = 100 << 20;
  stand_still(facts);
  const auto diagnosis = diagnose(facts);
  CHECK_EQ(kinds(diagnosis),
           Kinds{"too-few-validators", "validator-down", "clocks-apart", "disk-low", "mempool-full"});
  for (const auto& finding : diagnosis.findings) {
    const bool expected = finding.kind != "disk-low" && finding.kind != "mempool-full";
    CHECK_EQ(finding.explains_standstill, expected);
  }
  CHECK(says(&diagnosis.findings[0],
             "2 of 4 validators can take part and 3 are needed: without jingzhou and xiangyang"));
  CHECK(saw(&diagnosis.findings[0], "the clock of jingzhou is 7.0 s behind"));
}
