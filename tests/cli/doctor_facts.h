// Facts about a network of four validators that is well, for tests that then make one thing wrong.
#pragma once

#include <functional>

#include "cli/doctor_findings.h"

namespace jingchu::cli::doctor {

inline const std::vector<std::string> kFour = {"wuhan", "xiangyang", "yichang", "jingzhou"};

inline Sample well_sample(const std::string& name, std::uint64_t height) {
  Sample sample;
  sample.name = name;
  sample.role = "validator";
  sample.chain_id = std::string(64, 'a');
  sample.height = sample.final_height = sample.view = height;
  sample.validators = kFour;
  sample.votes = sample.caught_up = true;
  sample.nullified_by_leader = {0, 0, 0, 0};
  for (const auto& other : kFour) {
    if (other != name) sample.peers.push_back({other, true, "", "", {}, Report{5, height, height, 0, false}});
  }
  sample.mempool_transactions_max = 100;
  sample.mempool_bytes_max = 1000;
  sample.disks = {{"log", 50ull << 30, 100ull << 30, 64 << 20, 0}};
  sample.ahead_ms = 1;
  sample.round_trip_ms = 2;
  return sample;
}

// Height 1000, 60 blocks in 3 s.
inline Facts well() {
  Facts facts;
  facts.interval_ms = 3'000;
  facts.rules = ChainRules{500, 16, 100'000};
  facts.roots = RootFacts{1'000, {}};
  for (std::size_t i = 0; i < kFour.size(); ++i) {
    const std::string url = "http://node" + std::to_string(i);
    facts.nodes.push_back({url, "", well_sample(kFour[i], 940), well_sample(kFour[i], 1'000), {}});
    facts.roots->roots[url] = "aa";
  }
  facts.last_block_age_ms = 20;
  return facts;
}

inline PeerFacts& peer_in(NodeFacts& node, const std::string& name) {
  for (PeerFacts& peer : node.last->peers) {
    if (peer.name == name) return peer;
  }
  return node.last->peers.front();
}

// No block became final since the first time.
inline void stand_still(Facts& facts) {
  for (NodeFacts& node : facts.nodes) {
    if (node.first && node.last) node.first->height = node.first->final_height = node.last->final_height;
  }
}

inline void cut(Facts& facts, std::size_t one, std::size_t other, const std::string& type = "unreachable") {
  for (const auto& [from, to] : {std::pair(one, other), std::pair(other, one)}) {
    if (!facts.nodes[from].last) continue;
    PeerFacts& peer = peer_in(facts.nodes[from], kFour[to]);
    peer.connected = false;
    peer.last_type = type;
    peer.last_reason = type + ": in words";
    peer.last_age_ms = 100;
  }
}

// The process has ended: its API is silent, and nobody has a session with it.
inline void kill(Facts& facts, std::size_t node) {
  for (std::size_t other = 0; other < kFour.size(); ++other) {
    if (other != node) cut(facts, other, node);
  }
  facts.nodes[node].first.reset();
  facts.nodes[node].last.reset();
  facts.nodes[node].why_away = "connection refused";
}

inline const Finding* find(const Diagnosis& diagnosis, const std::string& kind) {
  for (const Finding& finding : diagnosis.findings) {
    if (finding.kind == kind) return &finding;
  }
  return nullptr;
}

inline std::vector<std::string> kinds(const Diagnosis& diagnosis) {
  std::vector<std::string> all;
  for (const Finding& finding : diagnosis.findings) all.push_back(finding.kind);
  return all;
}

}  // namespace jingchu::cli::doctor
