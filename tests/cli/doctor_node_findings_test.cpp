#include "tests/cli/doctor_facts.h"

#include <doctest/doctest.h>

using namespace jingchu::cli::doctor;
using Kinds = std::vector<std::string>;
using Names = std::set<std::string>;

namespace {

bool holds(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}
std::string evidence(const Finding& finding) {
  std::string all;
  for (const auto& line : finding.evidence) all += line + "\n";
  return all;
}

}  // namespace

TEST_CASE("clocks apart: whose, by how much, against what is allowed") {
  Facts facts = well();
  facts.nodes[2].last->ahead_ms = 3'600'001;
  facts.nodes[2].last->clock_offset_ms = 3'599'980;
  auto diagnosis = diagnose(facts);
  CHECK_EQ(kinds(diagnosis), Kinds{"clocks-apart"});
  CHECK(holds(diagnosis.findings[0].text,
              "the clock of yichang is 60 min ahead of the others'; 500 ms are allowed"));
  CHECK(holds(evidence(diagnosis.findings[0]), "yichang says itself: 59 min ahead of"));
  CHECK_EQ(diagnosis.findings[0].takes_out, Names{"yichang"});
  CHECK_EQ(diagnosis.figures.clocks_apart_ms, 3'600'000);

  SUBCASE("within the bound, and what the way of the answer leaves open") {
    facts.nodes[2].last->ahead_ms = 503;
    CHECK(diagnose(facts).is_well());
    facts.nodes[2].last->ahead_ms = 504;
    CHECK_FALSE(diagnose(facts).is_well());
    facts.nodes[2].last->round_trip_ms = 100;
    CHECK(diagnose(facts).is_well());
  }
  SUBCASE("two of four, and nothing moves") {
    facts.nodes[3].last->ahead_ms = 3'600'001;
    stand_still(facts);
    diagnosis = diagnose(facts);
    CHECK_EQ(kinds(diagnosis), Kinds{"too-few-validators", "clocks-apart", "clocks-apart"});
    CHECK(diagnosis.findings[1].explains_standstill);
    CHECK_EQ(diagnosis.findings[0].takes_out, Names{"jingzhou", "yichang"});
  }
  SUBCASE("the doctor's own clock: a note") {
    for (auto& node : facts.nodes) node.last->ahead_ms = -90'000;
    diagnosis = diagnose(facts);
    CHECK_EQ(kinds(diagnosis), Kinds{"own-clock"});
    CHECK(holds(diagnosis.findings[0].text, "90.0 s ahead of"));
    CHECK(diagnosis.is_well());
  }
  SUBCASE("one node alone is believed what it says of itself") {
    facts.nodes = {facts.nodes[2]};
    CHECK_EQ(kinds(diagnose(facts)), Kinds{"clocks-apart"});
    facts.nodes[0].last->clock_offset_ms.reset();
    CHECK(diagnose(facts).is_well());
  }
}

TEST_CASE("a full disk, also of a node that has ended since") {
  Facts facts = well();
  const std::string why = "disk-full: 0 MiB are free, the reserve is 64 MiB (at /data/db); free space";
  facts.nodes[1].last->failure = why;
  facts.nodes[1].last->votes = false;
  facts.nodes[1].not_ready = {"it no longer serves"};
  for (std::size_t other : {0, 2, 3}) cut(facts, 1, other);
  SUBCASE("it still says why") {}
  SUBCASE("it said why the first time") {
    facts.nodes[1].first->failure = why;
    facts.nodes[1].last.reset();
  }
  const auto diagnosis = diagnose(facts);
  CHECK_EQ(kinds(diagnosis), Kinds{"disk-full"});
  CHECK(holds(diagnosis.findings[0].text, "xiangyang has stopped: its disk is full"));
  CHECK(holds(diagnosis.findings[0].remedy, "free space on that disk"));
  CHECK(holds(evidence(diagnosis.findings[0]), why));
  CHECK_EQ(diagnosis.findings[0].takes_out, Names{"xiangyang"});
}

TEST_CASE("a node that failed otherwise has the remedy of its reason") {
  Facts facts = well();
  facts.nodes[0].last->failure = "storage-corrupted: a checksum is wrong";
  auto diagnosis = diagnose(facts);
  CHECK_EQ(kinds(diagnosis), Kinds{"node-failed"});
  CHECK(holds(diagnosis.findings[0].remedy, "move data/db away, keep data/log"));
  facts.nodes[0].last->failure = "storage-failed: Input/output error";
  CHECK(holds(diagnose(facts).findings[0].remedy, "dmesg, SMART"));
  // Without its log the home does not start, whatever next keys it has.
  facts.nodes[0].last->failure = "log-damaged: the first group of the log is not valid";
  CHECK(holds(diagnose(facts).findings[0].remedy, "network join"));
}

TEST_CASE("a disk that is nearly full") {
  Facts facts = well();
  facts.nodes[3].last->disks.push_back({"database", 3ull << 30, 100ull << 30, 64 << 20, 0});
  const auto diagnosis = diagnose(facts);
  CHECK_EQ(kinds(diagnosis), Kinds{"disk-low"});
  CHECK(holds(evidence(diagnosis.findings[0]), "disk of the database: 3072 MiB of 102400 MiB free"));
  CHECK_FALSE(holds(evidence(diagnosis.findings[0]), "disk of the log"));
  CHECK_EQ(diagnosis.figures.disk_free_bytes, 3ull << 30);
}

TEST_CASE("a root that differs: the height, the minority, and that it must not be restarted") {
  Facts facts = well();
  facts.roots = RootFacts{
      873, {{"http://node0", "aa"}, {"http://node1", "aa"}, {"http://node2", "cc"}, {"http://node3", "aa"}}};
  facts.nodes[2].last->stopped = "root-conflict: a certified header names another root for height 873";
  facts.nodes[2].last->votes = false;
  auto diagnosis = diagnose(facts);
  CHECK_EQ(kinds(diagnosis), Kinds{"root-differs"});
  const Finding& differs = diagnosis.findings[0];
  CHECK(
      holds(differs.text, "at height 873 yichang computed another root than jingzhou, wuhan and xiangyang"));
  CHECK(holds(differs.remedy, "stop yichang, do not restart, and keep the data"));
  CHECK_FALSE(holds(differs.remedy, "no majority"));
  CHECK(holds(evidence(differs), "root of yichang at height 873: cc"));
  CHECK(holds(evidence(differs), "yichang says: root-conflict"));

  SUBCASE("two against two") {
    facts.roots->roots["http://node3"] = "cc";
    CHECK(holds(diagnose(facts).findings[0].remedy, "no majority is seen"));
  }
  SUBCASE("of a node that was not asked") {
    facts.nodes.erase(facts.nodes.begin() + 2);
    facts.roots.reset();
    peer_in(facts.nodes[0], "yichang").report->root_differs = true;
    diagnosis = diagnose(facts);
    CHECK_EQ(kinds(diagnosis), Kinds{"root-differs"});
    CHECK_EQ(diagnosis.findings[0].takes_out, Names{"yichang"});
  }
  SUBCASE("that both answer is not enough: equal roots are well") {
    facts.roots->roots["http://node2"] = "aa";
    CHECK_EQ(kinds(diagnose(facts)), Kinds{"alarm-stopped"});
  }
}

TEST_CASE("stopped by an alarm") {
  Facts facts = well();
  facts.nodes[0].last->stopped = "foreign-own-message: a vote signed by our key that is not in our log";
  facts.nodes[0].last->votes = false;
  const auto diagnosis = diagnose(facts);
  CHECK_EQ(kinds(diagnosis), Kinds{"alarm-stopped"});
  CHECK(holds(diagnosis.findings[0].remedy, "find and stop the second node with this key"));
}

TEST_CASE("a validator that does not vote, and why") {
  Facts facts = well();
  facts.nodes[0].last->votes = false;
  facts.nodes[0].last->abstains = "key-without-log";
  CHECK(holds(diagnose(facts).findings[0].text, "its key has no log"));
  CHECK(holds(diagnose(facts).findings[0].remedy, "network join"));
  facts.nodes[0].last->abstains = "behind-its-log";
  CHECK(holds(diagnose(facts).findings[0].text, "its database is older than its log"));
  CHECK_EQ(kinds(diagnose(facts)), Kinds{"not-voting"});
  facts.nodes[0].last->role = "next";
  CHECK(find(diagnose(facts), "not-voting") == nullptr);
}

TEST_CASE("behind: with the rate and the time left, or stuck") {
  Facts facts = well();
  facts.nodes[1].last->caught_up = false;
  facts.nodes[1].first->height = 100;
  facts.nodes[1].last->height = 400;
  auto diagnosis = diagnose(facts);
  CHECK_EQ(kinds(diagnosis), Kinds{"catching-up"});
  // 600 blocks, 240 of them in 3 s.
  CHECK(
      holds(diagnosis.findings[0].text, "xiangyang is 600 blocks behind and catches up, about 7.5 s to go"));
  CHECK(holds(evidence(diagnosis.findings[0]),
              "height 400, 300 blocks in 3.0 s; the network: 1000, 60 blocks"));
  facts.nodes[1].last->votes = false;
  facts.nodes[1].last->abstains = "behind-its-log";
  CHECK_EQ(kinds(diagnose(facts)), Kinds{"not-voting", "catching-up"});
  cut(facts, 1, 0);
  cut(facts, 1, 2);
  cut(facts, 1, 3);
  CHECK_EQ(kinds(diagnose(facts)), Kinds{"partition", "not-voting"});
  facts = well();
  facts.nodes[1].last->height = 400;
  facts.nodes[1].first->height = 350;
  CHECK(holds(diagnose(facts).findings[0].text, "does not catch up"));
  facts.nodes[1].first->height = 400;
  CHECK_EQ(kinds(diagnose(facts)), Kinds{"stuck-behind"});
  facts.nodes[1].last->behind_horizon = true;
  CHECK_EQ(kinds(diagnose(facts)), Kinds{"behind-horizon"});
  CHECK(holds(diagnose(facts).findings[0].remedy, "jingchu snapshot restore"));
  facts.nodes[1].first->height = facts.nodes[1].last->height = 984;  // what execution may lag
  CHECK(diagnose(facts).is_well());
}

TEST_CASE("a slow validator: views that fail under it, slow syncs, slow answers") {
  Facts facts = well();
  SUBCASE("views") {
    for (auto& node : facts.nodes) node.last->nullified_by_leader[2] = 12;
    peer_in(facts.nodes[0], "yichang").report->batches_lacking = 12;
    const auto diagnosis = diagnose(facts);
    CHECK_EQ(kinds(diagnosis), Kinds{"slow-validator"});
    CHECK(holds(evidence(diagnosis.findings[0]), "12 views that it led ended without a block in 3.0 s"));
    CHECK(holds(evidence(diagnosis.findings[0]), "it lacks 12 batches"));
    CHECK_EQ(diagnosis.findings[0].nodes, Names{"yichang"});
    CHECK(diagnosis.findings[0].takes_out.empty());
  }
  SUBCASE("views of a network that stands still say nothing") {
    for (auto& node : facts.nodes) node.last->nullified_by_leader[2] = 15;
    stand_still(facts);
    CHECK_EQ(kinds(diagnose(facts)), Kinds{"standstill-unexplained"});
  }
  SUBCASE("a few of many views are nothing") {
    for (auto& node : facts.nodes) node.last->nullified_by_leader[2] = 11;  // of 15 turns
    CHECK(diagnose(facts).is_well());
  }
  SUBCASE("syncs") {
    facts.nodes[3].last->disks[0].slow_syncs = 5;
    CHECK(holds(evidence(diagnose(facts).findings[0]), "5 syncs of its disk took 200 ms or more"));
  }
  SUBCASE("syncs that were slow long ago are nothing") {
    facts.nodes[3].first->disks[0].slow_syncs = 500;
    facts.nodes[3].last->disks[0].slow_syncs = 501;
    CHECK(diagnose(facts).is_well());
  }
  SUBCASE("answers") {
    facts.nodes[3].first->round_trip_ms = 1'500;
    facts.nodes[3].last->round_trip_ms = 1'300;
    CHECK(holds(evidence(diagnose(facts).findings[0]), "its API takes 1.3 s to answer"));
  }
  SUBCASE("who is down is not slow as well") {
    kill(facts, 2);
    for (auto& node : facts.nodes) {
      if (node.last) node.last->nullified_by_leader[2] = 15;
    }
    CHECK_EQ(kinds(diagnose(facts)), Kinds{"validator-down"});
  }
}

TEST_CASE("a full mempool, by number or by bytes") {
  Facts facts = well();
  facts.nodes[0].last->mempool_transactions = 90;
  CHECK_EQ(kinds(diagnose(facts)), Kinds{"mempool-full"});
  facts.nodes[0].last->mempool_transactions = 89;
  CHECK(diagnose(facts).is_well());
  facts.nodes[0].last->mempool_bytes = 950;
  CHECK_EQ(kinds(diagnose(facts)), Kinds{"mempool-full"});
}

TEST_CASE("a change of validators that waits for readiness is a note") {
  Facts facts = well();
  facts.pending = PendingChange{7, 4, {"wuhan", "hefei"}, {"xiangyang", "yichang", "jingzhou"}};
  const auto diagnosis = diagnose(facts);
  CHECK_EQ(kinds(diagnosis), Kinds{"change-not-ready"});
  CHECK(holds(diagnosis.findings[0].text, "(proposal 7) waits: 2 of its set"));
  CHECK(holds(diagnosis.findings[0].remedy, "governance ready for xiangyang, yichang and jingzhou"));
  CHECK(diagnosis.is_well());
  facts.pending->quorum = 2;
  CHECK(diagnose(facts).findings.empty());
}

TEST_CASE("an epoch whose last block is executed and which does not end") {
  Facts facts = well();
  facts.rules->epoch_blocks = 1'000;
  stand_still(facts);
  const auto diagnosis = diagnose(facts);
  CHECK_EQ(kinds(diagnosis), Kinds{"too-few-validators", "epoch-does-not-end"});
  CHECK(holds(evidence(diagnosis.findings[1]), "wuhan: epoch 0, height 1000"));
}

TEST_CASE("an epoch that stands at its first block: the validators may have just changed") {
  Facts facts = well();
  facts.rules->epoch_blocks = 1'000;
  for (auto& node : facts.nodes) node.first->epoch = node.last->epoch = 1;
  kill(facts, 0);
  kill(facts, 1);
  stand_still(facts);
  CHECK(holds(evidence(diagnose(facts).findings[0]), "the first block of epoch 1"));
}

TEST_CASE("what /readyz says and nothing else explains") {
  Facts facts = well();
  facts.nodes[2].not_ready = {"few file descriptors are left"};
  const auto diagnosis = diagnose(facts);
  CHECK_EQ(kinds(diagnosis), Kinds{"not-ready"});
  CHECK(
      holds(diagnosis.findings[0].text, "yichang says that it is not ready: few file descriptors are left"));
}
