// The judgement of `jingchu governance check`, and its arithmetic against a naive twin.
#include "cli/governance_check.h"

#include <random>

#include <doctest/doctest.h>

namespace jingchu::cli {
namespace {

Member member(int number, int key = 0) {
  Member one;
  one.name = "v" + std::to_string(number);
  one.operator_id = one.name;
  one.consensus_key.bytes = Bytes(32, static_cast<std::uint8_t>(key == 0 ? number : key));
  one.transport_key.bytes = Bytes(32, static_cast<std::uint8_t>(key == 0 ? number + 100 : key + 1));
  return one;
}

Members members(int first, int last) {
  Members all;
  for (int i = first; i <= last; ++i) all.push_back(member(i));
  return all;
}

CheckInput all_seen(Members before, Members after) {
  CheckInput input{std::move(before), std::move(after), {}, {}, {}};
  for (const auto* set : {&input.before, &input.after}) {
    for (const auto& one : *set) input.seen[one.name] = {true, true};
  }
  return input;
}

bool refuses(const CheckReport& report, const std::string& words) {
  for (const auto& line : report.refusals) {
    if (line.find(words) != std::string::npos) return true;
  }
  return false;
}

TEST_CASE("check: a step that all can take is not refused") {
  for (int n = 4; n < 40; ++n) {
    CAPTURE(n);
    CHECK(check_change(all_seen(members(1, n), members(1, n + 1))).refusals.empty());
    CHECK(check_change(all_seen(members(1, n + 1), members(1, n))).refusals.empty());
    auto rekeyed = members(1, n);
    rekeyed[0] = member(1, 200);
    const auto report = check_change(all_seen(members(1, n), rekeyed));
    CHECK(report.refusals.empty());
    CHECK(report.members[0].change == MemberChange::kNewKey);
  }
}

TEST_CASE("check: removing those that are up leaves too few") {
  auto input = all_seen(members(1, 7), members(4, 7));  // f = 2: two may be down today
  CHECK(check_change(input).refusals.empty());
  input.seen["v6"] = {};
  CHECK(check_change(input).refusals.empty());
  input.seen["v7"] = {};
  const auto report = check_change(input);
  CHECK(refuses(report, "of the new set only 2 of 4 would be reachable"));
  CHECK(refuses(report, "Bring up v6, v7"));
  CHECK(report.refusals.size() == 1);
}

TEST_CASE("check: a chain that stands still today can take no change") {
  auto input = all_seen(members(1, 4), members(1, 5));
  input.seen["v1"] = {};
  input.seen["v2"] = {true, false};  // behind
  CHECK(refuses(check_change(input), "only 2 of 4 validators of today"));
}

TEST_CASE("check: who joins counts only if it says that it is caught up, or has attested") {
  auto input = all_seen(members(1, 4), members(1, 7));  // quorum 5
  for (const char* name : {"v5", "v6", "v7"}) input.seen[name] = {true, std::nullopt};
  CHECK(check_change(input).after.counting == 4);
  CHECK(refuses(check_change(input), "only 4 of 7"));
  input.attested = {"v5"};
  CHECK(check_change(input).after.counting == 5);
  CHECK(!refuses(check_change(input), "of the new set only"));
  input.seen["v5"].caught_up = false;  // since then it fell behind
  CHECK(check_change(input).after.counting == 4);
  input.seen["v5"] = {};
  CHECK(check_change(input).after.counting == 4);
}

TEST_CASE(
    "check: a validator of which one key is replaced and not the other would stop, and does not count") {
  for (const bool consensus : {true, false}) {
    auto halved = members(1, 4);
    (consensus ? halved[0].consensus_key : halved[0].transport_key) = member(1, 200).consensus_key;
    const auto report = check_change(all_seen(members(1, 4), halved));
    CHECK(report.after.counting == 3);
    REQUIRE(!report.warnings.empty());
    CHECK(report.warnings[0] == "v1 would stop: one of its two keys is replaced and not the other");
  }
}

TEST_CASE("check: so many at once that nobody honest is sure to stay is refused") {
  const auto report = check_change(all_seen(members(1, 4), members(4, 7)));  // one of four stays
  CHECK(refuses(report, "too many change at once: only 1 of 4 of the new set validate today"));
  CHECK(check_change(all_seen(members(1, 4), members(3, 6))).refusals.empty());
  CHECK(check_change(all_seen(members(1, 4), members(3, 6))).warnings.size() >= 1);
  CHECK(check_change(all_seen(members(1, 1), members(1, 4))).refusals.empty());  // there is no smaller step
}

TEST_CASE("check: a set that could never decide again is refused") {
  auto input = all_seen(members(1, 4), members(1, 5));
  input.operators_without_an_admin = {"v5"};
  CHECK(check_change(input).refusals.empty());
  input.operators_without_an_admin = {"v4", "v5"};
  CHECK(refuses(check_change(input), "only 3 of 5 validators of the new set have an operator that can vote"));
}

TEST_CASE("check: fewer faults borne, and no reserve, are told") {
  auto input = all_seen(members(1, 7), members(1, 6));
  const auto told = [&](const std::string& words) {
    const auto report = check_change(input);
    return std::any_of(report.warnings.begin(), report.warnings.end(),
                       [&](const std::string& line) { return line.find(words) != std::string::npos; });
  };
  CHECK(told("bear 1 faults instead of 2"));
  CHECK(!told("one more fault stops the chain"));
  input.seen["v6"] = {};
  CHECK(told("one more fault stops the chain"));
  CHECK(told("not known to be caught up: v6"));
}

TEST_CASE("check: the refusals of a quorum against a naive twin") {
  std::mt19937_64 random(20261126);
  for (int round = 0; round < 20'000; ++round) {
    const int n = 4 + static_cast<int>(random() % 12);
    const int shift = static_cast<int>(random() % 3);
    auto input = all_seen(members(1, n), members(1 + shift, n + static_cast<int>(random() % 3) + shift));
    for (auto& [name, sighting] : input.seen) {
      if (random() % 4 == 0) sighting = {random() % 2 == 0, random() % 2 == 0};
    }
    const auto up = [&](const Members& set) {
      std::size_t count = 0;
      for (const auto& one : set) {
        const auto& sighting = input.seen[one.name];
        count += sighting.connected && *sighting.caught_up ? 1 : 0;
      }
      return count;
    };
    const auto lost = [&](const Members& set) {  // more are away than a third of those who are not the first
      return 3 * (set.size() - up(set)) > set.size() - 1;
    };
    const auto report = check_change(input);
    CHECK(refuses(report, "validators of today are reachable") == lost(input.before));
    CHECK(refuses(report, "of the new set only") == lost(input.after));
  }
}

}  // namespace
}  // namespace jingchu::cli
