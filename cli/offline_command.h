// The shape of the commands that read or mend homes, archives and snapshots: their common options, and how
// they fail.
#pragma once

#include <memory>

#include "cli/session.h"

namespace jingchu::cli {

// What they say of their exit statuses, which are coarser than those of the other commands.
inline constexpr const char* kOfflineStatuses =
    "Exit status: 0 done; 1 something is damaged or does not hold; 2 wrong usage; 3 it cannot be read or\n"
    "reached, or the home is in use or has a database already.";

CLI::Option* add_genesis_option(CLI::App* command, std::string& file);
void add_stopped_home_option(CLI::App* command, std::string& home);

// By these statuses; says what is the matter first, with --json behind the members of `before`.
ExitStatus fail(const Session& session, const Error& error,
                nlohmann::ordered_json before = nlohmann::ordered_json::object());

// Adds --json, and runs the command with its options.
template <class Options>
void run_offline(CLI::App* command, Session& session, std::shared_ptr<Options> options,
                 Result<ExitStatus> (*run)(const Session&, const Options&)) {
  add_json_flag(command, session);
  on_run(command, session, [&session, options, run]() -> Result<ExitStatus> {
    const auto done = run(session, *options);
    return done.ok() ? *done : fail(session, done.error());
  });
}

}  // namespace jingchu::cli
