// jingchu deposit
#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/evidence_file.h"
#include "cli/passphrase.h"
#include "cli/send_transaction.h"

namespace jingchu::cli {
namespace {

struct Options {
  std::string file;
  std::string subject;
  std::string subject_commitment;
  std::string media_type;
  bool without_name = false;
  DepositFields fields;
  SendOptions send;
};

// The commitment given, or a new one to the text given; the salt of a new one is told, for it opens it.
Result<ExtraFields> commit(const Session& session, Options& options) {
  if (!options.subject_commitment.empty()) {
    const auto given = array_from_hex<32>(options.subject_commitment);
    if (!given) return usage_error("--subject-commitment takes 64 hexadecimal digits");
    options.fields.subject = *given;
    return ExtraFields::object();
  }
  Salt salt{};
  random_bytes(salt);
  options.fields.subject = commit_to_subject(salt, options.subject);
  if (!session.json) {
    session.note("subject: \"" + options.subject + "\", committed to with the salt " + to_hex(salt) +
                 ";\n  keep both: only they can show later whom the deposit concerns");
  }
  return ExtraFields{{"subject", {{"text", options.subject}, {"salt", to_hex(salt)}}}};
}

Result<ExitStatus> deposit(const Session& session, Options options) {
  {
    Progress progress(session);
    ASSIGN_OR_RETURN(options.fields.file, examine_file(options.file, [&](std::uint64_t bytes) {
                       progress.show("hashed " + std::to_string(bytes >> 20) + " MiB");
                     }));
  }
  if (!options.media_type.empty()) options.fields.file.media_type = options.media_type;
  if (options.without_name) options.fields.file.name.clear();
  ASSIGN_OR_RETURN(const PrivateKey key,
                   open_key(session, options.send.key_file, options.send.passphrase_file));
  if (options.subject.empty()) options.subject = to_string(key.public_key());
  ASSIGN_OR_RETURN(ExtraFields extra, commit(session, options));
  const std::string payload = deposit_payload(options.fields);
  extra["sha256"] = to_hex(options.fields.file.sha256);
  extra["sm3"] = to_hex(options.fields.file.sm3);
  return send_transaction(session, options.send, key, {{"evidence", "deposit", to_bytes(payload)}}, extra);
}

}  // namespace

void add_deposit_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(
      app, "deposit",
      "Put the hashes of a file on the chain as evidence: SHA-256, SM3, size, media type. The file stays "
      "here",
      "  jingchu deposit contract.pdf --key net/clients/wuhan-court-submitter.json --wait\n"
      "  jingchu deposit call.wav --key k.json --subject 'ID 42010119...' --matter '(2026) 8812' --json");
  command->add_option("file", options->file, "The file")->required();
  auto* subject = command->add_option(
      "--subject", options->subject,
      "Whom it concerns; only a salted hash goes on the chain. Default: the public key of the sender");
  command
      ->add_option("--subject-commitment", options->subject_commitment,
                   "A commitment made elsewhere, 64 hex digits, instead of --subject")
      ->excludes(subject);
  command->add_option("--media-type", options->media_type, "Default: by the extension");
  command->add_flag("--without-name", options->without_name, "Leave the file's name off the chain");
  DepositFields& fields = options->fields;
  command->add_option("--evidence-id", fields.evidence_id,
                      "An id of your own; default: derived by the chain");
  command->add_option("--matter", fields.matter, "The matter or case it belongs to");
  command->add_option("--phase", fields.phase, "The phase of the matter");
  command->add_option("--captured-at", fields.captured_at, "When it was captured: 2026-05-01T09:30:00+08:00");
  command->add_option("--note", fields.note, "Up to 2000 characters");
  add_send_options(command, options->send);
  add_json_flag(command, session);
  on_run(command, session, [&session, options] { return deposit(session, *options); });
}

}  // namespace jingchu::cli
