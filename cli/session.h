// What every command of jingchu has in its hands, and how it speaks: answers to standard output, errors and
// progress to standard error. A command family adds its commands with a function of commands.h; parsing sets
// `action`, which run() then carries out.
#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "cli/exit_status.h"
#include "common/clock.h"
#include "common/file_system.h"

namespace jingchu::cli {

struct Console {
  std::ostream& out;
  std::ostream& error;
  bool input_is_terminal = false;  // somebody is there to be asked for a passphrase
  bool error_is_terminal = false;
};

using Action = std::function<Result<ExitStatus>()>;

struct Session {
  Console console;
  FileSystem& files;
  const Clock& clock;
  bool json = false;
  Action action;

  void note(const std::string& line) const { console.error << line << "\n"; }
  void print_json(const nlohmann::ordered_json& value) const { console.out << value.dump(2) << "\n"; }
};

// A command with an example in its help, and what its exit statuses mean. Its options follow; then
// on_run(command, session, action).
CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::string& example, const std::string& statuses = kExitStatusHelp);
void add_json_flag(CLI::App* command, Session& session);
void on_run(CLI::App* command, Session& session, Action action);

// Parses and runs; returns the exit status. `arguments` are without the program's name.
int run(std::vector<std::string> arguments, Session& session);

// In plain words with the remedy; with --json also {"error": {...}} on standard output, behind the members of
// `before`.
void report(const Error& error, const Session& session,
            nlohmann::ordered_json before = nlohmann::ordered_json::object());

Error usage_error(std::string what, std::string remedy = "--help of the command shows an example");

// Lines about long work: nothing in the first second, then at most one line a second. On a terminal each
// line takes the place of the one before.
class Progress {
 public:
  explicit Progress(const Session& session);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void show(const std::string& line);

 private:
  const Session& session_;
  std::uint64_t next_us_;
  bool shown_ = false;
};

}  // namespace jingchu::cli
