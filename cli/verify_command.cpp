// jingchu verify
#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/evidence_file.h"
#include "cli/verify_words.h"
#include "contracts/utf8.h"

namespace jingchu::cli {
namespace {

using nlohmann::ordered_json;

struct Options {
  std::string bundle;
  std::string genesis;
  std::string file;
  std::string language = "en";
};

Result<std::optional<ledger::FileHashes>> hash_file(const Session& session, const std::string& path) {
  if (path.empty()) return std::optional<ledger::FileHashes>();
  Progress progress(session);
  ASSIGN_OR_RETURN(const EvidenceFile file, examine_file(path, [&](std::uint64_t bytes) {
                     progress.show("hashed " + std::to_string(bytes >> 20) + " MiB");
                   }));
  return std::optional(ledger::FileHashes{file.sha256, file.sm3});
}

ordered_json step_json(const ledger::StepReport& step) {
  ordered_json out = {{"step", to_string(step.step)}, {"verdict", to_string(step.verdict)}};
  if (!step.failure) return out;
  out["reason"] = to_string(step.failure->reason);
  out["where"] = step.failure->where;
  out["expected"] = step.failure->expected;
  out["found"] = step.failure->found;
  return out;
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto size = contracts::utf8_character_size(text, at);
    if (size == 0) return false;
    at += size;
  }
  return true;
}

ordered_json claim_json(const ledger::RecordFacts& record) {
  ordered_json out = {{"contract", record.contract}, {"method", record.method}};
  if (is_utf8(as_text(record.payload))) {
    out["payload"] = as_text(record.payload);
  } else {
    out["payload_hex"] = to_hex(record.payload);
  }
  out.update({{"sender", to_string(record.sender)},
              {"transaction", to_hex(record.transaction_id)},
              {"call_index", record.call_index},
              {"call_count", record.call_count},
              {"code", record.code},
              {"message", record.message},
              {"height", record.height.value()},
              {"time_ms", record.time_ms}});
  return {{"record", out}};
}

ordered_json record_json(const ledger::EntityRecord& shown) {
  const auto& recorded = shown.recorded;
  return {{"record", shown.record},
          {"height", recorded.height.value()},
          {"time_ms", recorded.block_time_ms},
          {"transaction", to_hex(recorded.transaction_id)},
          {"call_index", recorded.call_index},
          {"organization", recorded.organization}};
}

ordered_json claim_json(const ledger::EntityFacts& entity) {
  ordered_json records;
  if (entity.records) {
    records = ordered_json::array();
    for (const auto& record : *entity.records) records.push_back(record_json(record));
  }
  return {{"entity",
           {{"contract", entity.contract},
            {"name", entity.name},
            {"present", entity.count != 0},
            {"count", entity.count},
            {"records", records}}}};
}

ordered_json facts_json(const ledger::ProofFacts& facts) {
  const auto& anchor = facts.anchor;
  auto out = std::visit([](const auto& claim) { return claim_json(claim); }, facts.claim);
  out["anchor"] = {{"network", anchor.network},
                   {"chain_id", to_hex(anchor.chain_id)},
                   {"height", anchor.height.value()},
                   {"epoch", anchor.epoch.value()},
                   {"time_ms", anchor.time_ms},
                   {"executed_height", anchor.executed_height.value()},
                   {"block_hash", to_hex(anchor.block_hash)},
                   {"validators", anchor.validators},
                   {"signers", anchor.signers},
                   {"set_changes", anchor.set_changes}};
  return out;
}

void print_json(const Session& session, const ledger::ProofReport& report) {
  ordered_json steps = ordered_json::array();
  for (const auto& step : report.steps) steps.push_back(step_json(step));
  // In ASCII: what a bundle says may look like something else in a terminal.
  const ordered_json all = {{"valid", report.holds()},
                            {"steps", steps},
                            {"facts", report.facts ? facts_json(*report.facts) : ordered_json()}};
  session.console.out << all.dump(2, ' ', true) << "\n";
}

void print_words(const Session& session, const ledger::ProofReport& report, Language language) {
  auto& out = session.console.out;
  for (std::size_t i = 0; i < report.steps.size(); ++i) {
    const auto& step = report.steps[i];
    out << i + 1 << ". " << step_title(step.step, language) << " - " << verdict_words(step.verdict, language);
    if (step.failure) out << ": " << failure_words(*step.failure, language);
    if (step.verdict == ledger::ProofVerdict::kHolds) out << ": " << step_shows(step.step, language);
    out << "\n";
  }
  out << "\n" << result_words(report, language) << "\n";
  if (report.facts) out << "\n" << facts_words(*report.facts, language);
}

Result<ExitStatus> verify(const Session& session, const Options& options) {
  ASSIGN_OR_RETURN(const Bytes bundle, session.files.read(options.bundle, ledger::kProofBytesMax));
  ASSIGN_OR_RETURN(const Bytes genesis, session.files.read(options.genesis, ledger::kProofBytesMax));
  ASSIGN_OR_RETURN(const auto file, hash_file(session, options.file));
  const auto report = ledger::verify_proof(bundle, genesis, file);
  if (session.json) {
    print_json(session, report);
  } else {
    print_words(session, report, options.language == "zh" ? Language::kChinese : Language::kEnglish);
  }
  return report.holds() ? kOk : kRefused;
}

constexpr const char* kDescription =
    "Verify a proof bundle step by step: that a record is on the chain, or what the chain says of an entity, "
    "all "
    "its records or that there are none.\n"
    "No node is asked and nobody is trusted: all it takes is the bundle and the genesis file of the network. "
    "Get "
    "the genesis file from somebody you trust, not from whoever gave you the bundle: a bundle of a network "
    "that "
    "somebody made up holds under the genesis file of that network. With --file also whether a file of yours "
    "is "
    "the one on record.\n"
    "Exit status 0: every step holds; 1: one does not, and the bundle proves nothing; 5: a file cannot be "
    "read";

}  // namespace

void add_verify_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      add_command(app, "verify", kDescription,
                  "  jingchu verify proof.json --genesis genesis.json\n"
                  "  jingchu verify proof.json --genesis genesis.json --file contract.pdf --lang zh");
  command->add_option("bundle", options->bundle, "The proof bundle, a JSON file")->required();
  command->add_option("--genesis", options->genesis, "The genesis file of the network")->required();
  command->add_option("--file", options->file,
                      "A file to compare with the deposit of evidence that the bundle proves; it stays here");
  command->add_option("--lang", options->language, "Language of the answer: en or zh (中文). Default: en")
      ->check(CLI::IsMember({"en", "zh"}));
  add_json_flag(command, session);
  on_run(command, session, [&session, options] { return verify(session, *options); });
}

}  // namespace jingchu::cli
