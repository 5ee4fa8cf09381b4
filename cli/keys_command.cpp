// jingchu keys new, jingchu keys show
#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/passphrase.h"

namespace jingchu::cli {
namespace {

struct Options {
  std::string algorithm = "ed25519";
  std::string file;
  std::string passphrase_file;
  bool plain = false;
};

Result<ExitStatus> print_key(const Session& session, const std::string& file, const PublicKey& key) {
  if (session.json) {
    session.print_json(
        {{"file", file}, {"algorithm", to_string(key.algorithm)}, {"public_key", to_string(key)}});
  } else {
    session.console.out << to_string(key) << "\n";
  }
  return kOk;
}

Result<ExitStatus> make_key(const Session& session, const Options& options) {
  if (session.files.exists(options.file)) {
    return caller_error("file-exists", "there is a file already, and a key is never overwritten",
                        "choose another name", options.file);
  }
  ASSIGN_OR_RETURN(const Protection chosen,
                   choose_protection(session, options.passphrase_file, options.plain));
  const auto algorithm = algorithm_from_name(options.algorithm);
  CHECK(algorithm.has_value());
  const PrivateKey key = PrivateKey::generate(*algorithm);
  RETURN_IF_ERROR(
      node::write_key_file(session.files, options.file, key, chosen.protection, chosen.passphrase));
  return print_key(session, options.file, key.public_key());
}

Result<ExitStatus> show_key(const Session& session, const Options& options) {
  ASSIGN_OR_RETURN(const PublicKey key, node::read_public_key(session.files, options.file));
  return print_key(session, options.file, key);
}

}  // namespace

void add_keys_commands(CLI::App& app, Session& session) {
  CLI::App* keys = add_command(app, "keys", "Make and show keys",
                               "  jingchu keys new --algorithm sm2 --out inspector.json");
  keys->require_subcommand(1);
  auto options = std::make_shared<Options>();

  CLI::App* create =
      add_command(*keys, "new", "Make a key and write it to a file (mode 0600); prints the public key",
                  "  jingchu keys new --algorithm ed25519 --out inspector.json\n"
                  "  jingchu keys new --algorithm sm2 --out gateway.json --passphrase-file gateway.pass");
  create->add_option("--algorithm", options->algorithm, "ed25519 or sm2")
      ->check(CLI::IsMember({"ed25519", "sm2"}))
      ->capture_default_str();
  create->add_option("--out", options->file, "The new file; one that exists is never overwritten")
      ->required();
  create->add_option("--passphrase-file", options->passphrase_file,
                     "Take the passphrase from the first line of this file (mode 0600) instead of asking");
  create->add_flag("--plain", options->plain,
                   "Write the key unencrypted: whoever reads the file has the key");
  add_json_flag(create, session);
  on_run(create, session, [&session, options] { return make_key(session, *options); });

  CLI::App* show = add_command(*keys, "show", "Print the public key of a key file; needs no passphrase",
                               "  jingchu keys show --key inspector.json");
  show->add_option("--key", options->file, "A key file")->required();
  add_json_flag(show, session);
  on_run(show, session, [&session, options] { return show_key(session, *options); });
}

}  // namespace jingchu::cli
