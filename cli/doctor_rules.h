// The rules of the diagnosis, one for each thing that can be wrong. A rule looks at the picture and at what
// the rules before it found, and adds its findings. In the order in which they are asked.
#pragma once

#include "cli/doctor_findings.h"
#include "cli/doctor_picture.h"

namespace jingchu::cli::doctor {

using Findings = std::vector<Finding>;

// doctor_rules_nodes.cpp: what is wrong inside of a node.
void judge_failures(const Picture& picture, Findings& findings);   // "disk-full", "node-failed"
void judge_roots(const Picture& picture, Findings& findings);      // "root-differs"
void judge_alarms(const Picture& picture, Findings& findings);     // "alarm-stopped"
void judge_votes(const Picture& picture, Findings& findings);      // "not-voting"
void judge_disks(const Picture& picture, Findings& findings);      // "disk-low"
void judge_mempools(const Picture& picture, Findings& findings);   // "mempool-full"
void judge_readiness(const Picture& picture, Findings& findings);  // "not-ready": by nothing else found

// doctor_rules_network.cpp: who is there, and who sees whom.
void judge_chains(const Picture& picture, Findings& findings);      // "wrong-genesis"
void judge_handshakes(const Picture& picture, Findings& findings);  // "refused-at-handshake"
void judge_presence(const Picture& picture, Findings& findings);    // "validator-silent", "validator-down"
void judge_partition(const Picture& picture, Findings& findings);   // "partition", "connection-missing"
void judge_addresses(const Picture& picture, Findings& findings);   // "node-unreachable"
void judge_strangers(const Picture& picture, Findings& findings);   // "stranger-refused"
void judge_quorum(const Picture& picture, Findings& findings);      // "too-few-validators"; after all others

// doctor_rules_pace.cpp: who is late.
void judge_clocks(const Picture& picture, Findings& findings);    // "clocks-apart", "own-clock"
void judge_lag(const Picture& picture, Findings& findings);       // "catching-up", "stuck-behind"
void judge_slowness(const Picture& picture, Findings& findings);  // "slow-validator"
void judge_epoch(const Picture& picture, Findings& findings);     // "epoch-does-not-end"
void judge_change(const Picture& picture, Findings& findings);    // "change-not-ready"

// Whether a rule before has found that this validator cannot take part.
bool is_out(const Findings& findings, const std::string& name);
bool names_node(const Findings& findings, const std::string& name);
// The validators of the epoch that cannot take part.
Names lost_members(const Picture& picture, const Findings& findings);

}  // namespace jingchu::cli::doctor
