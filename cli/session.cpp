#include "cli/session.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/commands.h"

namespace jingchu::cli {
namespace {

constexpr std::uint64_t kSecondUs = 1'000'000;

constexpr const char* kTour =
    "A first round:\n"
    "  jingchu network init --validators wuhan,xiangyang,yichang,jingzhou --dir net --plain-keys --lab\n"
    "  jingchud --home net/wuhan        (and the same for the other three)\n"
    "  jingchu status --node http://127.0.0.1:7100\n"
    "  jingchu deposit contract.pdf --key net/clients/wuhan-court-submitter.json --wait\n\n";

Result<ExitStatus> act(const Session& session) {
  try {
    return session.action();
  } catch (const std::exception& exception) {
    return our_error("internal", exception.what(), "please report this with the command line");
  }
}

}  // namespace

CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::string& example, const std::string& statuses) {
  CLI::App* command = parent.add_subcommand(name, description);
  command->footer("Example:\n" + example + "\n\n" + statuses);
  command->get_formatter()->column_width(34);
  return command;
}

void add_json_flag(CLI::App* command, Session& session) {
  command->add_flag("--json", session.json, "Answer as JSON on standard output");
}

void on_run(CLI::App* command, Session& session, Action action) {
  command->callback([&session, action = std::move(action)] { session.action = action; });
}

void report(const Error& error, const Session& session, nlohmann::ordered_json before) {
  std::ostream& out = session.console.error;
  const bool unknown = exit_status(error) == kUnknownOutcome;
  out << (unknown ? "jingchu: not known yet: " : "jingchu: ");
  if (!error.where.empty()) out << error.where << ": ";
  out << error.what << " (" << error.type << ")\n";
  if (!error.remedy.empty()) out << "  what to do: " << error.remedy << "\n";
  if (session.json) {
    before["error"] = {{"type", error.type},
                       {"fault", to_string(error.fault)},
                       {"what", error.what},
                       {"where", error.where},
                       {"remedy", error.remedy}};
    session.print_json(before);
  }
}

Error usage_error(std::string what, std::string remedy) {
  return caller_error("bad-usage", std::move(what), std::move(remedy));
}

int run(std::vector<std::string> arguments, Session& session) {
  CLI::App app("jingchu: the command line of a Jingchu (荆楚) network", "jingchu");
  app.require_subcommand(1);
  app.footer(kTour + std::string(kExitStatusHelp));
  app.set_version_flag("--version", "jingchu " JINGCHU_VERSION);
  add_all_commands(app, session);
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
  try {
    app.parse(arguments);
  } catch (const CLI::Success& help) {
    return app.exit(help, session.console.out, session.console.error);
  } catch (const CLI::ParseError& error) {
    report(usage_error(error.what(), "see `jingchu --help`, or --help after the command"), session);
    return kUsage;
  }
  const auto status = act(session);
  session.console.out.flush();
  if (status.ok()) return *status;
  report(status.error(), session);
  return exit_status(status.error());
}

Progress::Progress(const Session& session)
    : session_(session), next_us_(session.clock.monotonic_us() + kSecondUs) {}

Progress::~Progress() {
  if (shown_ && session_.console.error_is_terminal) session_.console.error << "\r\033[K" << std::flush;
}

void Progress::show(const std::string& line) {
  const std::uint64_t now_us = session_.clock.monotonic_us();
  if (now_us < next_us_) return;
  next_us_ = now_us + kSecondUs;
  shown_ = true;
  const bool terminal = session_.console.error_is_terminal;
  session_.console.error << (terminal ? "\r\033[K" : "") << line << (terminal ? "" : "\n") << std::flush;
}

}  // namespace jingchu::cli
