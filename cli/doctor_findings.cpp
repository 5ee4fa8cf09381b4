#include "cli/doctor_findings.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "cli/doctor_rules.h"

namespace jingchu::cli::doctor {
namespace {

using Rule = void (*)(const Picture&, Findings&);

// What explains most comes first: a rule does not ask again about a validator that one before has found out
// of the game.
constexpr std::array<Rule, 19> kRules = {judge_chains, judge_failures,   judge_roots,    judge_alarms,
                                         judge_votes,  judge_handshakes, judge_presence, judge_partition,
                                         judge_clocks, judge_slowness,   judge_lag,      judge_epoch,
                                         judge_quorum, judge_disks,      judge_mempools, judge_addresses,
                                         judge_change, judge_strangers,  judge_readiness};

// In the order in which to work on them: what it is all about, what must not go on, then the rest.
constexpr std::array<std::string_view, 16> kOrder = {
    "too-few-validators", "root-differs", "alarm-stopped", "standstill-unexplained",
    "partition",          "disk-full",    "node-failed",   "validator-down",
    "validator-silent",   "clocks-apart", "wrong-genesis", "refused-at-handshake",
    "not-voting",         "stuck-behind", "catching-up",   "slow-validator"};

std::size_t place_of(const Finding& finding) {
  return static_cast<std::size_t>(std::find(kOrder.begin(), kOrder.end(), finding.kind) - kOrder.begin());
}

void judge_standstill(const Picture& picture, Findings& findings) {
  if (!picture.stands_still) return;
  const std::size_t left = picture.members.size() - lost_members(picture, findings).size();
  const bool is_explained = left < picture.quorum;
  for (Finding& finding : findings) {
    finding.explains_standstill = is_explained && !finding.takes_out.empty();
    if (finding.explains_standstill) finding.severity = Severity::kCritical;
  }
  if (is_explained) return;
  Finding finding{"standstill-unexplained", Severity::kCritical, {}, {}, {}, {}, {}};
  finding.text = "no block became final in " + duration(picture.facts.interval_ms) + ", though " +
                 std::to_string(left) + " validators seem well and " + std::to_string(picture.quorum) +
                 " are enough";
  finding.remedy =
      "name every validator's API with --node and look longer (--seconds 20): a view that fails is tried "
      "again after up to 10 s; then look at the logs for errors, keep them, and report it";
  for (const NodeFacts* node : picture.nodes) {
    finding.evidence.push_back(label(*node) + ": view " + std::to_string(node->last->view) +
                               ", final height " + std::to_string(node->last->final_height));
  }
  findings.push_back(std::move(finding));
}

// With a quorum that holds, how many more may fail.
void tell_what_is_borne(const Picture& picture, Findings& findings) {
  const std::size_t left = picture.members.size() - lost_members(picture, findings).size();
  if (left < picture.quorum) return;
  const std::size_t more = left - picture.quorum;
  for (Finding& finding : findings) {
    if (finding.takes_out.empty()) continue;
    finding.text +=
        "; the network goes on and bears " +
        (more == 0 ? std::string("no more fault")
                   : std::to_string(more) + std::string(by_number(more, " more fault", " more faults")));
  }
}

Figures figures_of(const Picture& picture, const Findings& findings) {
  Figures figures;
  figures.validators = picture.members.size();
  figures.quorum = picture.quorum;
  figures.taking_part = picture.members.size() - lost_members(picture, findings).size();
  figures.epoch = picture.epoch;
  figures.height = picture.height;
  figures.blocks = picture.blocks();
  std::optional<std::int64_t> least, most;
  for (const NodeFacts* node : picture.nodes) {
    if (const auto ahead = node->last->ahead_ms) {
      least = std::min(least.value_or(*ahead), *ahead);
      most = std::max(most.value_or(*ahead), *ahead);
    }
    for (const DiskFacts& disk : node->last->disks) {
      const bool less = figures.disk_free_bytes == 0 || disk.free_bytes < figures.disk_free_bytes;
      if (less) figures.disk_free_bytes = disk.free_bytes;
    }
  }
  if (least) figures.clocks_apart_ms = static_cast<std::uint64_t>(*most - *least);
  return figures;
}

std::string summary_of(const Picture& picture, const Diagnosis& diagnosis) {
  const Figures& figures = diagnosis.figures;
  const std::string took = duration(picture.facts.interval_ms);
  std::string text;
  if (diagnosis.stands_still) {
    text = "the network stands still: no block became final in " + took;
    if (const auto age = picture.facts.last_block_age_ms; age && *age > 0)
      text += "; the last one, at height " + std::to_string(figures.height) + ", is " +
              duration(static_cast<std::uint64_t>(*age)) + " old";
  } else {
    text = std::string(diagnosis.is_well() ? "all is well" : "the network goes on") + ": " +
           std::to_string(figures.blocks) + " blocks became final in " + took + ", height " +
           std::to_string(figures.height) + ", epoch " + std::to_string(figures.epoch);
  }
  text += "; " + std::to_string(figures.taking_part) + " of " + std::to_string(figures.validators) +
          " validators take part, " + std::to_string(figures.quorum) + " are needed";
  if (!diagnosis.is_well()) return text;
  text += "; clocks within " + std::to_string(figures.clocks_apart_ms) + " ms";
  if (figures.disk_free_bytes != 0) text += "; least free disk " + mebibytes(figures.disk_free_bytes);
  return text;
}

// Nobody answered: what each said instead.
Diagnosis unreached(const Facts& facts) {
  Diagnosis diagnosis;
  Finding finding{"nothing-reachable", Severity::kCritical, {}, {}, {}, {}, {}};
  finding.text = "none of the nodes that were named answers";
  finding.remedy =
      "are the addresses right (api.listen)? run the doctor on a validator's machine, or look there "
      "whether jingchud runs and what its log says last";
  for (const NodeFacts& node : facts.nodes) finding.evidence.push_back(node.url + ": " + node.why_away);
  diagnosis.summary = finding.text;
  diagnosis.findings.push_back(std::move(finding));
  return diagnosis;
}

}  // namespace

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::kCritical:
      return "critical";
    case Severity::kWarning:
      return "warning";
    case Severity::kNote:
      return "note";
  }
  return "note";
}

bool Diagnosis::is_well() const {
  return reached && std::all_of(findings.begin(), findings.end(),
                                [](const Finding& one) { return one.severity == Severity::kNote; });
}

bool is_out(const Findings& findings, const std::string& name) {
  return std::any_of(findings.begin(), findings.end(),
                     [&](const Finding& finding) { return finding.takes_out.contains(name); });
}

bool names_node(const Findings& findings, const std::string& name) {
  return std::any_of(findings.begin(), findings.end(),
                     [&](const Finding& finding) { return finding.nodes.contains(name); });
}

Names lost_members(const Picture& picture, const Findings& findings) {
  Names lost;
  for (const Member& member : picture.members) {
    if (is_out(findings, member.name)) lost.insert(member.name);
  }
  return lost;
}

Diagnosis diagnose(const Facts& facts) {
  const Picture picture(facts);
  if (picture.nodes.empty()) return unreached(facts);
  Diagnosis diagnosis;
  Findings& findings = diagnosis.findings;
  for (const Rule judge : kRules) judge(picture, findings);
  judge_standstill(picture, findings);
  tell_what_is_borne(picture, findings);
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::tuple(!a.explains_standstill, a.severity, place_of(a)) <
           std::tuple(!b.explains_standstill, b.severity, place_of(b));
  });
  diagnosis.reached = true;
  diagnosis.stands_still = picture.stands_still;
  diagnosis.figures = figures_of(picture, findings);
  diagnosis.summary = summary_of(picture, diagnosis);
  return diagnosis;
}

}  // namespace jingchu::cli::doctor
