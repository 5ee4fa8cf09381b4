// jingchu submit
#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/passphrase.h"
#include "cli/payload.h"
#include "cli/send_transaction.h"

namespace jingchu::cli {
namespace {

struct Options {
  std::string contract;
  std::string method;
  std::vector<std::string> files;
  std::vector<std::string> json;  // payloads; an empty one is the flag that asks for an answer in JSON
  SendOptions send;
};

Result<std::vector<ledger::Call>> read_calls(const Session& session, const Options& options) {
  std::vector<ledger::Call> calls;
  for (const std::string& file : options.files) {
    ASSIGN_OR_RETURN(Bytes payload, read_payload(session, file));
    calls.push_back({options.contract, options.method, std::move(payload)});
  }
  for (const std::string& text : options.json) {
    if (text.empty()) continue;
    RETURN_IF_ERROR(check_payload(as_bytes(text), "--json"));
    calls.push_back({options.contract, options.method, to_bytes(text)});
  }
  if (calls.empty())
    return usage_error("there is nothing to submit", "give a payload with --file F or --json '{...}'");
  return calls;
}

Result<ExitStatus> submit_files(Session& session, const Options& options) {
  for (const std::string& text : options.json) session.json = session.json || text.empty();
  ASSIGN_OR_RETURN(auto calls, read_calls(session, options));
  ASSIGN_OR_RETURN(const PrivateKey key,
                   open_key(session, options.send.key_file, options.send.passphrase_file));
  return send_transaction(session, options.send, key, std::move(calls));
}

}  // namespace

void add_submit_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(
      app, "submit", "Sign a transaction and send it; several payloads make a bundle, one call for each",
      "  jingchu submit provenance capture --file event.json --key net/clients/enshi-tea-submitter.json "
      "--wait\n"
      "  jingchu submit agriculture record-operation --file a.json --file b.json --key k.json --on-error "
      "proceed\n"
      "  jingchu submit identity add-member --key admin.json --wait \\\n"
      "      --json '{\"key\":\"ed25519:...\",\"name\":\"gateway 7\",\"roles\":[\"submitter\"]}'");
  command->add_option("contract", options->contract, "provenance, evidence, agriculture or identity")
      ->required();
  command->add_option("method", options->method, "A method of the contract")->required();
  command->add_option("--file", options->files, "A file with a payload, one JSON text; may be given again")
      ->allow_extra_args(false);
  command
      ->add_option("--json", options->json,
                   "With a value: a payload. Without: answer as JSON on standard output. Both may be given")
      ->expected(0, 1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  add_send_options(command, options->send);
  on_run(command, session, [&session, options] { return submit_files(session, *options); });
}

}  // namespace jingchu::cli
