// `jingchu verify` with the golden bundles: in words of both languages, as JSON, with its exit statuses.
#include "cli/verify_words.h"
#include "cli/visible_text.h"
#include "tests/cli/fixture.h"

#include <doctest/doctest.h>

namespace jingchu::cli {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

std::string golden(const std::string& name) {
  return std::string(JINGCHU_TESTS) + "/vectors/proofs/" + name;
}

Ran verify(const std::string& bundle, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"verify", bundle, "--genesis", golden("genesis.json")};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_command(arguments);
}

bool says(const Ran& ran, const std::string& words) {
  return (ran.out + ran.error).find(words) != std::string::npos;
}

TEST_CASE("verify: every golden bundle, by its exit status and the step that fails") {
  for (const json& entry : json::parse(read_file(golden("index.json")))) {
    const auto file = entry.at("file").get<std::string>();
    CAPTURE(file);
    const Ran ran = verify(golden(file), {"--json"});
    CHECK(ran.status == (entry.at("valid").get<bool>() ? 0 : 1));
    const json answer = ran.json();
    CHECK(answer.at("valid") == entry.at("valid"));
    CHECK(answer.at("facts").is_null() != answer.at("valid").get<bool>());
    json failed;
    for (const json& step : answer.at("steps")) {
      if (step.at("verdict") == "fails") failed = step.at("step");
    }
    CHECK(failed == entry.at("step"));
  }
}

TEST_CASE("verify: a record in words") {
  const auto bundle = golden("valid-18-0-record-ok.json");
  const Ran english = verify(bundle);
  CHECK(english.status == 0);
  for (const char* words :
       {"1. bundle - holds", "9. call - holds", "RESULT: every step holds", "contract: evidence",
        "method: deposit", "outcome: ok", "block: 3\n", "signers: 4/5: city-0, city-2"}) {
    CAPTURE(words);
    CHECK(says(english, words));
  }
  const Ran chinese = verify(bundle, {"--lang", "zh"});
  CHECK(chinese.status == 0);
  for (const char* words : {"1. 证明文件 - 成立", "全部步骤成立", "执行结果：ok（成功）", "北京时间"}) {
    CAPTURE(words);
    CHECK(says(chinese, words));
  }
  CHECK_FALSE(says(chinese, "holds"));
  const Ran failed = verify(golden("valid-18-0-record-failed.json"));
  CHECK(failed.status == 0);
  CHECK(says(failed, "outcome: unknown-method (REFUSED: it had no effect)"));
}

TEST_CASE("verify: an entity, its records, and its absence in words") {
  const Ran there = verify(golden("valid-10-1-entity.json"));
  CHECK(says(there, "records: 9\n"));
  CHECK(says(there, "Record 9:"));
  CHECK(says(there, "organization: court"));
  CHECK(says(verify(golden("valid-10-1-entity-head.json")), "does not show the records"));
  const Ran absent = verify(golden("valid-10-1-absent.json"));
  CHECK(absent.status == 0);
  CHECK(says(absent, "ABSENT"));
  CHECK(says(verify(golden("valid-10-1-absent.json"), {"--lang", "zh"}), "没有它的任何记录"));
}

TEST_CASE("verify: what fails is named, what follows is not reached, and nothing is said to be proven") {
  const Ran ran = verify(golden("refused-below-quorum.json"));
  CHECK(ran.status == 1);
  CHECK(says(ran, "4. finality - FAILS: 4 signatures are needed at /anchor/finalization; 3 are there."));
  CHECK(says(ran, "5. roots - not reached"));
  CHECK(says(ran, "proves NOTHING"));
  CHECK_FALSE(says(ran, "Proven by"));
  const Ran chinese = verify(golden("refused-below-quorum.json"), {"--lang", "zh"});
  CHECK(says(chinese, "需要 4 个签名，实有 3 个"));
  CHECK(says(chinese, "证明无效"));
}

TEST_CASE("verify: a file is compared") {
  const Directory directory;
  const auto same = directory.write("a.txt", "a");
  const auto other = directory.write("b.txt", "b");
  const auto bundle = golden("valid-18-0-record-ok.json");
  const Ran holds = verify(bundle, {"--file", same});
  CHECK(holds.status == 0);
  CHECK(says(holds, "10. file - holds"));
  const Ran fails = verify(bundle, {"--file", other});
  CHECK(fails.status == 1);
  CHECK(says(fails, "10. file - FAILS: The file is another one"));
  CHECK(verify(golden("valid-18-0-entity.json"), {"--file", same}).status == 0);
  CHECK(verify(golden("valid-18-0-entity.json"), {"--file", other}).status == 1);
  CHECK(verify(golden("valid-18-0-absent.json"), {"--file", same}).status == 1);
}

TEST_CASE("verify: exit statuses of what is wrong with the command") {
  const Directory directory;
  const auto bundle = golden("valid-18-0-record-ok.json");
  CHECK(run_command({"verify", bundle}).status == 2);
  CHECK(verify(bundle, {"--lang", "fr"}).status == 2);
  CHECK(verify(directory.path("absent")).status == 5);
  CHECK(verify(bundle, {"--file", directory.path("absent")}).status == 5);
  CHECK(run_command({"verify", bundle, "--genesis", directory.path("absent")}).status == 5);
  CHECK(verify(directory.write("none.json", "no bundle")).status == 1);
  CHECK(run_command({"verify", bundle, "--genesis", bundle}).status == 1);
  CHECK(says(run_command({"verify", "--help"}), "Get the genesis file from somebody you trust"));
}

TEST_CASE("verify: text of a bundle cannot deceive the reader of a terminal") {
  CHECK(visible("plain \u6d2a\u6e56 \"{}\"") == "plain \u6d2a\u6e56 \"{}\"");
  CHECK(visible("a\x1b[2Jb\r\n\x7f") == "a<U+001B>[2Jb<U+000D><U+000A><U+007F>");
  CHECK(visible("\u202eabc\u2066\u200b\ufeff\u00ad\U000e0041") ==
        "<U+202E>abc<U+2066><U+200B><U+FEFF><U+00AD><U+E0041>");
  CHECK(visible("\xff\xe2\x80") == "<0xFF><0xE2><0x80>");
  const Directory directory;
  auto bundle = ordered_json::parse(read_file(golden("valid-18-0-absent-lot.json")));
  bundle["entity"]["contract"] = "evidence\u202e\x1b[31m";
  const Ran ran = verify(directory.write("bundle.json", bundle.dump()));
  CHECK(ran.status == 1);
  CHECK(says(ran, "No module \"evidence<U+202E><U+001B>[31m\""));
  bundle["entity"]["{f}\n"] = 1;
  CHECK(says(verify(directory.write("bundle.json", bundle.dump())), "/entity/{f}<U+000A> is not known"));
}

TEST_CASE("verify: every reason has words in both languages") {
  for (std::size_t i = 0; i < ledger::kProofReasons; ++i) {
    const ledger::ProofFailure failure{static_cast<ledger::ProofReason>(i), "/w", "E", "F"};
    const auto english = failure_words(failure, Language::kEnglish);
    const auto chinese = failure_words(failure, Language::kChinese);
    CAPTURE(english);
    CHECK(english.size() > 10);
    CHECK(chinese.size() > 10);
    CHECK(english.find('{') == english.npos);
    CHECK(chinese.find('{') == chinese.npos);
    CHECK(english != chinese);
  }
}

}  // namespace
}  // namespace jingchu::cli
