#include <algorithm>
#include <cstdlib>

#include "cli/doctor_rules.h"

namespace jingchu::cli::doctor {
namespace {

constexpr std::uint64_t kSlowAnswerMs = 1'000;
constexpr std::uint64_t kFailedTurnsMin = 2;
constexpr std::uint64_t kSlowSyncsMin = 2;

// Of an even number the one nearer to the doctor's own clock.
std::int64_t median(std::vector<std::int64_t> values) {
  std::sort(values.begin(), values.end());
  const std::int64_t lower = values[(values.size() - 1) / 2];
  const std::int64_t upper = values[values.size() / 2];
  return std::abs(lower) <= std::abs(upper) ? lower : upper;
}

std::string ahead_or_behind(std::int64_t ms) {
  return duration(static_cast<std::uint64_t>(std::abs(ms))) + (ms > 0 ? " ahead of" : " behind");
}

void judge_own_clock(const Picture& picture, std::int64_t right_ms, Findings& findings) {
  if (static_cast<std::uint64_t>(std::abs(right_ms)) <= picture.rules.precision_ms) return;
  Finding finding{"own-clock", Severity::kNote, {}, {}, {}, {}, {}};
  finding.text = "the clock of the machine that the doctor runs on is " + ahead_or_behind(-right_ms) +
                 " most validators'";
  finding.remedy = "set it (NTP, chrony); if it is right, the validators' clocks are wrong together";
  findings.push_back(std::move(finding));
}

// How often each leader's views ended without a block while the doctor looked, as the nodes count it.
std::map<std::string, std::uint64_t> failed_turns(const Picture& picture) {
  std::map<std::string, std::uint64_t> turns;
  for (const NodeFacts* node : picture.nodes) {
    if (!node->first || node->first->epoch != node->last->epoch) continue;
    const auto& before = node->first->nullified_by_leader;
    const auto& after = node->last->nullified_by_leader;
    const auto& names = node->last->validators;
    for (std::size_t i = 0; i < names.size() && i < after.size() && i < before.size(); ++i) {
      if (after[i] > before[i]) turns[names[i]] = std::max(turns[names[i]], after[i] - before[i]);
    }
  }
  return turns;
}

// How many views passed while the doctor looked.
std::uint64_t views_passed(const Picture& picture) {
  std::uint64_t most = 0;
  for (const NodeFacts* node : picture.nodes) {
    if (!node->first || node->first->epoch != node->last->epoch) continue;
    if (node->last->view > node->first->view) most = std::max(most, node->last->view - node->first->view);
  }
  return most;
}

std::uint64_t slow_syncs(const NodeFacts& node) {
  std::uint64_t count = 0;
  for (const DiskFacts& disk : node.last->disks) {
    for (const DiskFacts& before : node.first->disks) {
      if (before.of == disk.of && disk.slow_syncs > before.slow_syncs)
        count += disk.slow_syncs - before.slow_syncs;
    }
  }
  return count;
}

// What says that it is slow, one line each.
std::vector<std::string> slowness_of(const Picture& picture, const Member& member, std::uint64_t failed) {
  std::vector<std::string> lines;
  const std::uint64_t turns = std::max<std::uint64_t>(1, views_passed(picture) / picture.members.size());
  // Where no block becomes final, every leader's views fail, or nobody's.
  if (!picture.stands_still && failed >= kFailedTurnsMin && 4 * failed >= 3 * turns) {
    lines.push_back(std::to_string(failed) + " views that it led ended without a block in " +
                    duration(picture.facts.interval_ms));
  }
  if (member.node == nullptr || !member.node->first) return lines;
  if (const auto slow = slow_syncs(*member.node); slow >= kSlowSyncsMin) {
    lines.push_back(std::to_string(slow) + " syncs of its disk took 200 ms or more in " +
                    duration(picture.facts.interval_ms));
  }
  const std::uint64_t trip_ms = std::min(member.node->first->round_trip_ms, member.node->last->round_trip_ms);
  if (trip_ms >= kSlowAnswerMs) lines.push_back("its API takes " + duration(trip_ms) + " to answer");
  return lines;
}

std::uint64_t lacking_batches(const Picture& picture, const std::string& name) {
  std::uint64_t most = 0;
  for (const NodeFacts* node : picture.nodes) {
    const PeerFacts* peer = peer_of(*node->last, name);
    if (peer != nullptr && peer->report) most = std::max(most, peer->report->batches_lacking);
  }
  return most;
}

// The highest block that anybody says is final.
std::uint64_t highest(const Picture& picture) {
  std::uint64_t height = picture.height;
  for (const NodeFacts* node : picture.nodes) {
    for (const PeerFacts& peer : node->last->peers) {
      if (peer.report) height = std::max(height, peer.report->final_height);
    }
  }
  return height;
}

}  // namespace

void judge_clocks(const Picture& picture, Findings& findings) {
  std::vector<std::int64_t> offsets;
  for (const NodeFacts* node : picture.nodes) {
    if (node->last->ahead_ms && picture.is_member(label(*node))) offsets.push_back(*node->last->ahead_ms);
  }
  if (offsets.empty()) return;
  const std::int64_t right_ms = median(offsets);
  for (const NodeFacts* node : picture.nodes) {
    const Sample& sample = *node->last;
    if (!sample.ahead_ms || !picture.is_member(label(*node))) continue;
    // Alone it has nothing to be compared with but what it says itself.
    const std::int64_t off_ms =
        offsets.size() > 1 ? *sample.ahead_ms - right_ms : sample.clock_offset_ms.value_or(0);
    const auto off = static_cast<std::uint64_t>(std::abs(off_ms));
    if (off <= picture.rules.precision_ms + sample.round_trip_ms) continue;
    Finding finding{"clocks-apart", Severity::kCritical, {}, {}, {}, {}, {}};
    finding.text = "the clock of " + label(*node) + " is " + ahead_or_behind(off_ms) + " the others'; " +
                   std::to_string(picture.rules.precision_ms) +
                   " ms are allowed, so it can neither lead nor agree in time";
    finding.remedy = "set the clock of " + label(*node) + " (NTP, chrony); the node needs no restart";
    finding.evidence = {"measured within " + duration(sample.round_trip_ms / 2)};
    if (sample.clock_offset_ms) {
      finding.evidence.push_back(label(*node) + " says itself: " + ahead_or_behind(*sample.clock_offset_ms) +
                                 " the other validators'");
    }
    finding.nodes = finding.takes_out = {label(*node)};
    findings.push_back(std::move(finding));
  }
  if (offsets.size() > 1) judge_own_clock(picture, right_ms, findings);
}

void judge_lag(const Picture& picture, Findings& findings) {
  const std::uint64_t target = highest(picture);
  for (const NodeFacts* node : picture.nodes) {
    const Sample& sample = *node->last;
    const std::uint64_t lag = target > sample.height ? target - sample.height : 0;
    if (!node->first || lag <= picture.rules.execution_lag_max) continue;
    // By something that says why it is behind. One that is behind its log does not vote until it is there.
    const bool is_explained = std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
      return finding.kind != "not-voting" && finding.takes_out.contains(label(*node));
    });
    if (is_explained) continue;
    const std::uint64_t made = sample.height > node->first->height ? sample.height - node->first->height : 0;
    Finding finding{"catching-up", Severity::kWarning, {}, {}, {}, {}, {}};
    finding.text = label(*node) + " is " + std::to_string(lag) + " blocks behind";
    if (made == 0 && sample.behind_horizon) {
      finding.kind = "behind-horizon";
      finding.severity = Severity::kCritical;
      finding.text += ", and none of its peers keeps the blocks that it needs next";
      finding.remedy =
          "restore a snapshot (jingchu snapshot restore), or start it with a peer that keeps all of the "
          "history "
          "(`history` in /v1/status)";
    } else if (made == 0) {
      finding.kind = "stuck-behind";
      finding.severity = Severity::kCritical;
      finding.text += " and does not come closer";
      finding.remedy =
          "look at its log (fetch-unanswered, refused) and at its sessions; restarting it is safe";
    } else if (made > picture.blocks()) {
      finding.text += " and catches up, about " +
                      duration(lag * picture.facts.interval_ms / (made - picture.blocks())) + " to go";
      finding.remedy = "leave it running; it votes in time again when it is there";
    } else {
      finding.text += " and does not catch up: the network makes blocks as fast as it executes them";
      finding.remedy = "its machine or its disk is slower than the others': give it more, or send less";
    }
    finding.evidence = {label(*node) + ": height " + std::to_string(sample.height) + ", " +
                        std::to_string(made) + " blocks in " + duration(picture.facts.interval_ms) +
                        "; the network: " + std::to_string(target) + ", " + std::to_string(picture.blocks()) +
                        " blocks"};
    finding.nodes = finding.takes_out = {label(*node)};
    findings.push_back(std::move(finding));
  }
}

void judge_slowness(const Picture& picture, Findings& findings) {
  const auto failed = failed_turns(picture);
  for (const Member& member : picture.members) {
    if (is_out(findings, member.name)) continue;
    const auto found = failed.find(member.name);
    auto lines = slowness_of(picture, member, found == failed.end() ? 0 : found->second);
    if (lines.empty()) continue;
    Finding finding{"slow-validator", Severity::kWarning, {}, {}, std::move(lines), {member.name}, {}};
    finding.text = member.name + " is slow: the network waits for it, or passes over it when it should lead";
    finding.remedy =
        "look at its machine: processor, disk (jingchu_log_sync_seconds), network; the others go on "
        "without it as long as a quorum is quick";
    if (const auto lacking = lacking_batches(picture, member.name); lacking > 0) {
      finding.evidence.push_back("it lacks " + std::to_string(lacking) + " batches that others store");
    }
    findings.push_back(std::move(finding));
  }
}

void judge_epoch(const Picture& picture, Findings& findings) {
  const std::uint64_t blocks = picture.rules.epoch_blocks;
  if (blocks == 0 || !picture.stands_still) return;
  Finding finding{"epoch-does-not-end", Severity::kCritical, {}, {}, {}, {}, {}};
  for (const NodeFacts* node : picture.nodes) {
    const Sample& sample = *node->last;
    if (sample.height < (sample.epoch + 1) * blocks || !node->first || node->first->epoch != sample.epoch ||
        node->first->height != sample.height || is_out(findings, label(*node))) {
      continue;
    }
    finding.nodes.insert(label(*node));
    finding.evidence.push_back(label(*node) + ": epoch " + std::to_string(sample.epoch) + ", height " +
                               std::to_string(sample.height));
  }
  if (finding.nodes.empty()) return;
  finding.takes_out = finding.nodes;
  finding.text =
      listed(finding.nodes) + " executed the last block of the epoch and did not begin the next one";
  finding.remedy =
      "look at its log after \"a new epoch\"; keep its home, and report it; restarting it is safe";
  findings.push_back(std::move(finding));
}

void judge_change(const Picture& picture, Findings& findings) {
  const auto& pending = picture.facts.pending;
  if (!pending || pending->ready.size() >= pending->quorum) return;
  Finding finding{"change-not-ready", Severity::kNote, {}, {}, {}, {}, {}};
  finding.text = "the accepted change of validators (proposal " + std::to_string(pending->proposal) +
                 ") waits: " + std::to_string(pending->ready.size()) +
                 " of its set have attested that they are "
                 "ready, and " +
                 std::to_string(pending->quorum) + " are needed";
  finding.remedy = "run jingchu governance ready for " + listed(pending->waiting) +
                   "; or take the change back (governance propose --cancel)";
  finding.nodes.insert(pending->waiting.begin(), pending->waiting.end());
  findings.push_back(std::move(finding));
}

}  // namespace jingchu::cli::doctor
