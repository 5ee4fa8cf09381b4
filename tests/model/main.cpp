// jingchu-model: explores the voting rules to the end, and shows that it finds each deliberate bug.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "model/explorer.h"
#include "model/walks.h"

namespace {

using namespace jingchu::model;

constexpr const char* kDescription =
    R"(Explores every order in which honest validators can vote while Byzantine ones sign anything for anyone.

Checked in every state: one notarization and one finalization for each view, no finalization beside a
nullification, final blocks on one chain, and every block that is notarized later descends from what is
final. With --progress also: were the Byzantine validators silent from then on, the honest ones would go on.)";

constexpr std::uint64_t kWalksForBug = 5'000;

struct NamedBug {
  const char* name;
  Setting setting;
};

std::vector<NamedBug> bugs() {
  using jingchu::consensus::Mutant;
  return {
      {"two-byzantine", {.byzantine = 2, .only_agreement = true}},
      {"quorum-of-two", {.only_agreement = true, .deviation = Deviation::kQuorumOfTwo}},
      {"quorum-two-thirds", {.validators = 6, .only_agreement = true, .mutant = Mutant::kQuorumTwoThirds}},
      {"two-notarizes", {.only_agreement = true, .deviation = Deviation::kTwoNotarizes}},
      {"finalize-after-nullify", {.only_agreement = true, .mutant = Mutant::kFinalizeAfterNullify}},
      {"nullify-after-finalize", {.only_agreement = true, .mutant = Mutant::kNullifyAfterFinalize}},
      {"no-gap-check", {.only_agreement = true, .mutant = Mutant::kNoGapCheck}},
      {"uncertified-parent", {.only_agreement = true, .deviation = Deviation::kUncertifiedParent}},
      {"votes-forgotten", {.only_agreement = true, .deviation = Deviation::kVotesForgotten}},
      {"no-certificate-with-vote", {.progress = true, .deviation = Deviation::kNoCertificateWithVote}},
      {"no-nullify-after-notarize", {.progress = true, .deviation = Deviation::kNoNullifyAfterNotarize}},
  };
}

struct CodeBug {
  const char* name;
  jingchu::consensus::Mutant mutant;
};

// Of the code: the model has none of them, so the walks must leave it.
std::vector<CodeBug> code_bugs() {
  using jingchu::consensus::Mutant;
  return {{"no-vote-persistence", Mutant::kNoVotePersistence},
          {"finalize-after-nullify", Mutant::kFinalizeAfterNullify},
          {"nullify-after-finalize", Mutant::kNullifyAfterFinalize},
          {"no-gap-check", Mutant::kNoGapCheck},
          {"no-certificate-with-vote", Mutant::kNoCertificateWithVote}};
}

void print(const Model& model, const Exploration& found) {
  const Setting& setting = model.setting();
  std::printf(
      "%zu validators, %zu Byzantine, quorum %zu, %zu views%s: %llu states, %llu transitions, depth "
      "%zu, %.1f s, %zu MiB: %s\n",
      setting.validators, setting.byzantine, model.quorum(), setting.views,
      setting.progress ? ", with progress"
      : setting.settle ? ", settled"
                       : "",
      static_cast<unsigned long long>(found.states), static_cast<unsigned long long>(found.transitions),
      found.depth, found.seconds, found.megabytes,
      !found.violation.empty() ? found.violation.c_str()
      : found.exhausted        ? "exhausted, everything holds"
                               : "NOT EXHAUSTED: out of memory");
  for (const std::string& vote : found.votes) std::printf("  %s\n", vote.c_str());
}

int print(const WalksReport& report) {
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf(
      "%llu walks: %llu votes, %llu certificates, %llu crashes, %llu executions, %llu of the %llu states of "
      "the first two views, %.1f s: %s\n",
      number(report.walks), number(report.votes), number(report.certificates), number(report.crashes),
      number(report.executions), number(report.states_reached), number(report.states), report.seconds,
      report.violation.empty() ? "the code does what the model allows" : report.violation.c_str());
  return report.violation.empty() ? 0 : 1;
}

int find_all_bugs(std::size_t megabytes) {
  std::size_t survivors = 0;
  const auto row = [&](const char* name, const char* where, std::uint64_t count, const char* unit,
                       const std::string& violation) {
    if (violation.empty()) ++survivors;
    std::printf("%-26s %s, %llu %s: %s\n", name, where, static_cast<unsigned long long>(count), unit,
                violation.empty() ? "SURVIVED" : violation.c_str());
  };
  for (const NamedBug& bug : bugs()) {
    const Exploration found = explore(Model(bug.setting), megabytes);
    row(bug.name, "in the model", found.votes.size(), "votes", found.violation);
  }
  for (const CodeBug& bug : code_bugs()) {
    const WalksReport found = walk(kWalksForBug, bug.mutant);
    row(bug.name, "in the code", found.walks, "walks", found.violation);
  }
  const std::size_t all = bugs().size() + code_bugs().size();
  std::printf("%zu of %zu bugs found\n", all - survivors, all);
  return survivors == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{kDescription, "jingchu-model"};
  app.footer("Exit status: 0 everything holds (--all-bugs: each was found), 1 not, 2 wrong usage.");
  Setting setting;
  std::size_t megabytes = 2048;
  std::string bug;
  bool all = false;
  std::uint64_t walks = 0;
  app.add_option("--validators", setting.validators)->check(CLI::Range(4, 7))->capture_default_str();
  app.add_option("--byzantine", setting.byzantine)->check(CLI::Range(0, 3))->capture_default_str();
  app.add_option("--views", setting.views)
      ->check(CLI::Range(std::size_t{1}, kViewsMax))
      ->capture_default_str();
  app.add_option("--byzantine-leads", setting.byzantine_leads,
                 "First view with a Byzantine leader; 0: any view")
      ->check(CLI::Range(0, 7))
      ->capture_default_str();
  app.add_flag("--progress", setting.progress, "Look for states without progress, too");
  app.add_flag("--settle", setting.settle, "Leave out votes that can make no difference any more")
      ->excludes("--progress");
  app.add_option("--megabytes", megabytes, "For the states; more of them: not exhausted")
      ->capture_default_str();
  app.add_option("--bug", bug, "With this deliberate bug and its setting");
  app.add_flag("--all-bugs", all, "With each deliberate bug in turn");
  app.add_option("--walks", walks,
                 "Instead, so many walks of the real code, each vote of which the model must allow");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (all) return find_all_bugs(megabytes);
  if (walks != 0) return print(walk(walks, jingchu::consensus::Mutant::kNone));
  for (const NamedBug& named : bugs()) {
    if (bug == named.name) setting = named.setting;
  }
  const Model model(setting);
  const Exploration found = explore(model, megabytes);
  print(model, found);
  return found.exhausted && found.violation.empty() ? 0 : 1;
}
