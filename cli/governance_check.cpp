#include "cli/governance_check.h"

#include <algorithm>

#include "common/quorum.h"

namespace jingchu::cli {
namespace {

const Member* find_member(const Members& members, const std::string& name) {
  const auto found =
      std::find_if(members.begin(), members.end(), [&](const Member& one) { return one.name == name; });
  return found == members.end() ? nullptr : &*found;
}

MemberChange change_of(const Member& member, const Members& before) {
  const Member* known = find_member(before, member.name);
  if (known == nullptr) return MemberChange::kJoins;
  const bool same =
      known->consensus_key == member.consensus_key && known->transport_key == member.transport_key;
  return same ? MemberChange::kStays : MemberChange::kNewKey;
}

// A node has its keys in pairs: with one of them replaced it finds itself listed with a key that it has not.
bool replaces_half_a_pair(const Member& member, const Members& before) {
  const Member* known = find_member(before, member.name);
  return known != nullptr &&
         (known->consensus_key == member.consensus_key) != (known->transport_key == member.transport_key);
}

std::string in_words(const Sighting& sighting, bool attested) {
  if (attested) return "has attested that it is ready";
  if (!sighting.connected) return "not seen";
  if (!sighting.caught_up) return "connected";
  return *sighting.caught_up ? "caught up" : "behind";
}

CheckedMember look_at(const CheckInput& input, const std::string& name, MemberChange change) {
  const auto found = input.seen.find(name);
  const Sighting sighting = found == input.seen.end() ? Sighting() : found->second;
  const bool attested = input.attested.contains(name);
  const bool validates = change == MemberChange::kStays || change == MemberChange::kLeaves;
  const bool counts = sighting.connected && sighting.caught_up.value_or(validates || attested);
  return {name, change, counts, in_words(sighting, attested && sighting.connected && !sighting.caught_up)};
}

SetNumbers numbers_of(std::size_t validators, std::size_t counting) {
  return {validators, quorum(validators), faults_max(validators), counting};
}

std::string of_all(std::size_t some, std::size_t all) {
  return std::to_string(some) + " of " + std::to_string(all);
}

std::string names_where(const std::vector<CheckedMember>& members, bool (*fits)(const CheckedMember&)) {
  std::string names;
  for (const auto& member : members) {
    if (fits(member)) names += (names.empty() ? "" : ", ") + member.name;
  }
  return names;
}

bool is_of_new_set(const CheckedMember& member) {
  return member.change != MemberChange::kLeaves;
}

// The set of today must still decide, and execute the last blocks before the change.
void judge_today(CheckReport& report) {
  if (report.before.counting >= report.before.quorum) return;
  report.refusals.push_back("only " + of_all(report.before.counting, report.before.validators) +
                            " validators of today are reachable and caught up, and " +
                            std::to_string(report.before.quorum) +
                            " are needed to finalize anything, this change included: bring them back first");
}

void judge_quorum(CheckReport& report) {
  if (report.after.counting < report.after.quorum) {
    const auto absent = names_where(
        report.members, [](const CheckedMember& member) { return is_of_new_set(member) && !member.counts; });
    report.refusals.push_back(
        "of the new set only " + of_all(report.after.counting, report.after.validators) +
        " would be reachable and caught up, and its quorum is " + std::to_string(report.after.quorum) +
        ": no block would become final. Bring up " + absent + ", or give each one's API with --node. " +
        "Who joins can catch up only when the change is accepted: check it again then, by its number");
  } else if (report.after.counting == report.after.quorum && report.after.faults > 0) {
    report.warnings.push_back("all " + std::to_string(report.after.counting) +
                              " that were seen are needed for the quorum: one more fault stops the chain");
  }
}

// What is new has not voted yet: what is wrong with one of them may be wrong with all.
void judge_continuity(CheckReport& report) {
  const auto stay = static_cast<std::size_t>(
      std::count_if(report.members.begin(), report.members.end(),
                    [](const CheckedMember& member) { return member.change == MemberChange::kStays; }));
  const std::size_t fresh = report.after.validators - stay;
  const std::string remains = of_all(stay, report.after.validators) + " of the new set validate today";
  const std::size_t honest = one_honest(report.after.validators);
  // Fewer than four cannot grow in smaller steps.
  const bool divisible = report.before.validators >= contracts::governance::kMembersMin;
  if (stay < honest && divisible) {
    report.refusals.push_back("too many change at once: only " + remains + ", and it takes " +
                              std::to_string(honest) +
                              " for one of them to be honest for certain, who hands the chain over. Divide "
                              "the change into several, one after another");
  } else if (fresh > report.after.faults) {
    report.warnings.push_back("only " + remains + "; if all " + std::to_string(fresh) +
                              " new ones failed together, " + std::to_string(stay) +
                              " would be left of a quorum of " + std::to_string(report.after.quorum) +
                              ", and no vote could mend that. Safer: at most " +
                              std::to_string(std::max<std::size_t>(1, report.after.faults)) + " at a time");
  }
}

// A quorum of validators must be able to vote, or nothing can be changed ever again.
void judge_operators(const CheckInput& input, CheckReport& report) {
  std::size_t voting = 0;
  for (const auto& member : input.after) {
    const bool mute = input.operators_without_an_admin.contains(member.operator_id);
    voting += mute ? 0 : 1;
    if (mute) {
      report.warnings.push_back("nobody can vote for " + member.name + ": the organization \"" +
                                member.operator_id + "\" has no active admin");
    }
  }
  if (voting >= report.after.quorum) return;
  report.refusals.push_back("only " + of_all(voting, report.after.validators) +
                            " validators of the new set have an operator that can vote, and " +
                            std::to_string(report.after.quorum) +
                            " votes decide: no change could be accepted ever again");
}

void warn(CheckReport& report) {
  const auto unseen = names_where(
      report.members, [](const CheckedMember& member) { return is_of_new_set(member) && !member.counts; });
  if (!unseen.empty()) report.warnings.push_back("not seen, or not known to be caught up: " + unseen);
  if (report.after.faults < report.before.faults) {
    report.warnings.push_back("the network would bear " + std::to_string(report.after.faults) +
                              " faults instead of " + std::to_string(report.before.faults));
  }
}

}  // namespace

std::string_view to_string(MemberChange change) {
  switch (change) {
    case MemberChange::kStays:
      return "stays";
    case MemberChange::kJoins:
      return "joins";
    case MemberChange::kLeaves:
      return "leaves";
    case MemberChange::kNewKey:
      return "new key";
  }
  return "";
}

CheckReport check_change(const CheckInput& input) {
  CheckReport report;
  std::size_t after = 0;
  std::size_t before = 0;
  for (const auto& member : input.after) {
    report.members.push_back(look_at(input, member.name, change_of(member, input.before)));
    if (replaces_half_a_pair(member, input.before)) {
      report.members.back().counts = false;
      report.warnings.push_back(member.name +
                                " would stop: one of its two keys is replaced and not the other");
    }
    after += report.members.back().counts ? 1 : 0;
  }
  for (const auto& member : input.before) {
    before += look_at(input, member.name, MemberChange::kStays).counts ? 1 : 0;
    if (find_member(input.after, member.name) != nullptr) continue;
    report.members.push_back(look_at(input, member.name, MemberChange::kLeaves));
  }
  report.before = numbers_of(input.before.size(), before);
  report.after = numbers_of(input.after.size(), after);
  judge_today(report);
  judge_quorum(report);
  judge_continuity(report);
  judge_operators(input, report);
  warn(report);
  return report;
}

}  // namespace jingchu::cli
