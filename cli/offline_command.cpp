#include "cli/offline_command.h"

#include <CLI/CLI.hpp>

#include "cli/stopped_home.h"

namespace jingchu::cli {

CLI::Option* add_genesis_option(CLI::App* command, std::string& file) {
  return command->add_option("--genesis", file, "The genesis file of the network");
}

void add_stopped_home_option(CLI::App* command, std::string& home) {
  command->add_option("--home", home, "Home directory of the node, which must not run")->required();
}

ExitStatus fail(const Session& session, const Error& error, nlohmann::ordered_json before) {
  report(error, session, std::move(before));
  if (is_damage(error)) return kRefused;
  return error.type == "bad-usage" ? kUsage : kUnreachable;
}

}  // namespace jingchu::cli
