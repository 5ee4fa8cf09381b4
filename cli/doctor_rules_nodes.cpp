#include <algorithm>

#include "cli/doctor_rules.h"
#include "node/disk_watch.h"

namespace jingchu::cli::doctor {
namespace {

constexpr std::uint64_t kFullPercent = 90;

// By the type at the beginning of an Error's text (docs/operations.md, "When the disk fails").
std::string remedy_of_failure(const std::string& failure) {
  if (failure.starts_with("disk-full")) {
    return "free space on that disk, then start the node again; nothing that was acknowledged is lost";
  }
  if (failure.starts_with("storage-corrupted")) {
    return "move data/db away, keep data/log, start again: the node fetches the chain from its peers";
  }
  if (failure.starts_with("storage-failed")) {
    return "look at the disk (dmesg, SMART); mount it writable or replace it; start again";
  }
  if (failure.starts_with("log-damaged") || failure.starts_with("no-log")) {
    return "restore the disk, or join again under its name with new keys (jingchu network join, governance "
           "propose --replace)";
  }
  return "keep its home and its log, and report it";
}

std::string remedy_of_alarm(const std::string& stopped) {
  if (stopped.starts_with("root-conflict")) {
    return "stop this node, do not restart it, and keep its data: they show what went another way";
  }
  if (stopped.starts_with("foreign-own-message")) {
    return "its key signs somewhere else, or its data are an older copy: find and stop the second node with "
           "this key; this validator needs new keys (jingchu network rotate)";
  }
  return "stop no other node; keep the data of all of them, and report it";
}

// The roots that were seen at one height, by who holds them; the largest group first.
std::vector<Names> groups_of(const Picture& picture, const RootFacts& roots) {
  std::map<std::string, Names> by_root;
  for (const NodeFacts* node : picture.nodes) {
    const auto found = roots.roots.find(node->url);
    if (found != roots.roots.end()) by_root[found->second].insert(label(*node));
  }
  std::vector<Names> groups;
  for (auto& [root, names] : by_root) groups.push_back(std::move(names));
  std::stable_sort(groups.begin(), groups.end(),
                   [](const Names& a, const Names& b) { return a.size() > b.size(); });
  return groups;
}

// Validators that were not asked, and whose root differs from that of a node which was.
Names differing_unasked(const Picture& picture, Finding& finding) {
  Names names;
  for (const NodeFacts* node : picture.nodes) {
    for (const PeerFacts& peer : node->last->peers) {
      const auto member = std::find_if(picture.members.begin(), picture.members.end(),
                                       [&](const Member& one) { return one.name == peer.name; });
      if (member == picture.members.end() || member->node != nullptr || !peer.report) continue;
      if (peer.report->root_differs != true) continue;
      names.insert(peer.name);
      finding.evidence.push_back(label(*node) + " says that " + peer.name + " has another root at height " +
                                 std::to_string(peer.report->height));
    }
  }
  return names;
}

bool is_low(const DiskFacts& disk) {
  return disk.free_bytes < node::kLowSpaceBytes ||
         disk.free_bytes < disk.total_bytes / 100 * node::kLowSpacePercent;
}

bool is_full(std::uint64_t used, std::uint64_t most) {
  return most != 0 && used >= most / 100 * kFullPercent + most % 100 * kFullPercent / 100;
}

std::string text_of(const DiskFacts& disk) {
  return "disk of the " + disk.of + ": " + mebibytes(disk.free_bytes) + " of " + mebibytes(disk.total_bytes) +
         " free, the node stops at " + mebibytes(disk.reserve_bytes);
}

}  // namespace

// Also of one that has ended since: it said why before.
void judge_failures(const Picture& picture, Findings& findings) {
  for (const NodeFacts& node : picture.facts.nodes) {
    const Sample* sample = newest(node);
    if (sample == nullptr || sample->failure.empty() || sample->chain_id != picture.chain_id) continue;
    const bool full = sample->failure.starts_with("disk-full");
    Finding finding{full ? "disk-full" : "node-failed", Severity::kCritical, {}, {}, {}, {}, {}};
    finding.text = label(node) +
                   (full ? " has stopped: its disk is full" : " has failed and no longer serves") +
                   "; it votes no more, and its process ends";
    finding.remedy = remedy_of_failure(sample->failure);
    finding.evidence.push_back(label(node) + " says: " + sample->failure);
    for (const DiskFacts& disk : sample->disks) finding.evidence.push_back(text_of(disk));
    finding.nodes = finding.takes_out = {label(node)};
    findings.push_back(std::move(finding));
  }
}

void judge_roots(const Picture& picture, Findings& findings) {
  Finding finding{"root-differs", Severity::kCritical, {}, {}, {}, {}, {}};
  const auto& roots = picture.facts.roots;
  const auto groups = roots ? groups_of(picture, *roots) : std::vector<Names>();
  Names wrong = differing_unasked(picture, finding);
  if (groups.size() > 1) {
    for (std::size_t i = 1; i < groups.size(); ++i) wrong.insert(groups[i].begin(), groups[i].end());
    finding.text = "at height " + std::to_string(roots->height) + " " + listed(wrong) +
                   " computed another root than " + listed(groups[0]);
    for (const NodeFacts* node : picture.nodes) {
      const auto root = roots->roots.find(node->url);
      if (root == roots->roots.end()) continue;
      finding.evidence.push_back("root of " + label(*node) + " at height " + std::to_string(roots->height) +
                                 ": " + root->second);
    }
  } else if (!wrong.empty()) {
    finding.text = listed(wrong) + " computed another root than the nodes that were asked";
  } else {
    return;
  }
  const bool majority = groups.size() < 2 || groups[0].size() > groups[1].size();
  finding.remedy = "stop " + listed(wrong) +
                   ", do not restart, and keep the data: they show what went another way" +
                   (majority ? std::string()
                             : "; no majority is seen, so stop the others, too, before they answer "
                               "anybody, and keep all data");
  for (const NodeFacts* node : picture.nodes) {
    if (wrong.contains(label(*node)) && !node->last->stopped.empty())
      finding.evidence.push_back(label(*node) + " says: " + node->last->stopped);
  }
  finding.nodes = finding.takes_out = std::move(wrong);
  findings.push_back(std::move(finding));
}

void judge_alarms(const Picture& picture, Findings& findings) {
  for (const NodeFacts* node : picture.nodes) {
    if (node->last->stopped.empty() || is_out(findings, label(*node))) continue;
    Finding finding{"alarm-stopped", Severity::kCritical, {}, {}, {}, {}, {}};
    finding.text = label(*node) + " has stopped voting by an alarm";
    finding.remedy = remedy_of_alarm(node->last->stopped);
    finding.evidence = {label(*node) + " says: " + node->last->stopped};
    finding.nodes = finding.takes_out = {label(*node)};
    findings.push_back(std::move(finding));
  }
}

void judge_votes(const Picture& picture, Findings& findings) {
  for (const NodeFacts* node : picture.nodes) {
    const Sample& sample = *node->last;
    if (sample.votes || sample.role != "validator" || is_out(findings, label(*node))) continue;
    const bool no_log = sample.abstains == "key-without-log";
    const bool behind = sample.abstains == "behind-its-log";
    Finding finding{"not-voting", behind ? Severity::kWarning : Severity::kCritical, {}, {}, {}, {}, {}};
    finding.text = label(*node) + " is a validator and does not vote" +
                   (no_log   ? ": its key has no log, so it cannot know what it has signed"
                    : behind ? ": its database is older than its log, and it must catch up first"
                             : "");
    finding.remedy =
        no_log   ? "join again under its name with new keys (jingchu network join, governance propose "
                   "--replace); bring back no older copy of data/"
        : behind ? "leave it running and connected: it votes again when it has executed as far"
                 : "look at its log for the reason";
    finding.evidence = {label(*node) + ": votes false, height " + std::to_string(sample.height)};
    finding.nodes = finding.takes_out = {label(*node)};
    findings.push_back(std::move(finding));
  }
}

void judge_disks(const Picture& picture, Findings& findings) {
  for (const NodeFacts* node : picture.nodes) {
    if (!node->last->failure.empty()) continue;
    Finding finding{"disk-low", Severity::kWarning, {}, {}, {}, {}, {}};
    for (const DiskFacts& disk : node->last->disks) {
      if (is_low(disk)) finding.evidence.push_back(text_of(disk));
    }
    if (finding.evidence.empty()) continue;
    finding.text =
        "the disk of " + label(*node) + " is nearly full; the node stops when its reserve is reached";
    finding.remedy = "free space, or move data/ to a larger disk while the node is stopped";
    finding.nodes = {label(*node)};
    findings.push_back(std::move(finding));
  }
}

void judge_mempools(const Picture& picture, Findings& findings) {
  for (const NodeFacts* node : picture.nodes) {
    const Sample& sample = *node->last;
    if (!is_full(sample.mempool_transactions, sample.mempool_transactions_max) &&
        !is_full(sample.mempool_bytes, sample.mempool_bytes_max)) {
      continue;
    }
    Finding finding{"mempool-full", Severity::kWarning, {}, {}, {}, {}, {}};
    finding.text =
        "the mempool of " + label(*node) + " is full: it refuses transactions until blocks take some";
    finding.remedy =
        picture.stands_still
            ? "bring the network back first; clients may send the same bytes again later"
            : "let clients send to other validators as well, or slower; limits.mempool_* bounds it";
    finding.evidence = {std::to_string(sample.mempool_transactions) + " of " +
                        std::to_string(sample.mempool_transactions_max) + " transactions, " +
                        mebibytes(sample.mempool_bytes) + " of " + mebibytes(sample.mempool_bytes_max)};
    finding.nodes = {label(*node)};
    findings.push_back(std::move(finding));
  }
}

// What takes a node out makes others say that they miss it: told once is enough.
void judge_readiness(const Picture& picture, Findings& findings) {
  if (!lost_members(picture, findings).empty()) return;
  for (const NodeFacts* node : picture.nodes) {
    if (node->not_ready.empty() || names_node(findings, label(*node))) continue;
    Finding finding{"not-ready", Severity::kWarning, {}, {}, {}, {}, {}};
    finding.text = label(*node) + " says that it is not ready: " + listed(node->not_ready);
    finding.remedy = "if it lasts, look at its log; let a load balancer send requests elsewhere meanwhile";
    finding.nodes = {label(*node)};
    findings.push_back(std::move(finding));
  }
}

}  // namespace jingchu::cli::doctor
