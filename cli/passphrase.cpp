#include "cli/passphrase.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace jingchu::cli {
namespace {

constexpr std::size_t kPassphraseBytesMax = 1024;

// The controlling terminal with echo off, given back as it was.
class QuietTerminal {
 public:
  QuietTerminal() : descriptor_(::open("/dev/tty", O_RDWR | O_CLOEXEC)) {
    if (descriptor_ < 0 || ::tcgetattr(descriptor_, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    usable_ = ::tcsetattr(descriptor_, TCSAFLUSH, &quiet) == 0;
  }
  ~QuietTerminal() {
    if (usable_) ::tcsetattr(descriptor_, TCSAFLUSH, &before_);
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  QuietTerminal(const QuietTerminal&) = delete;
  QuietTerminal& operator=(const QuietTerminal&) = delete;

  bool usable() const { return usable_; }
  void say(const std::string& text) const {
    [[maybe_unused]] const auto written = ::write(descriptor_, text.data(), text.size());
  }
  // Up to the end of the line; what is longer than the bound is an error, not a shorter passphrase.
  std::optional<std::string> read_line() const {
    std::string line;
    for (char character; ::read(descriptor_, &character, 1) == 1;) {
      if (character == '\n') return line;
      if (line.size() == kPassphraseBytesMax) return std::nullopt;
      line += character;
    }
    return std::nullopt;
  }

 private:
  int descriptor_;
  termios before_{};
  bool usable_ = false;
};

}  // namespace

Result<std::string> ask_passphrase(const Session& session, const std::string& prompt) {
  if (!session.console.input_is_terminal) {
    return usage_error("a passphrase is needed, and there is no terminal to ask for it",
                       "give it with --passphrase-file F (a file that only you may read)");
  }
  const QuietTerminal terminal;
  if (!terminal.usable()) {
    return environment_error("no-terminal",
                             std::string("the terminal cannot be opened: ") + std::strerror(errno),
                             "give the passphrase with --passphrase-file F");
  }
  terminal.say(prompt);
  const auto line = terminal.read_line();
  terminal.say("\n");
  if (!line) return environment_error("no-passphrase", "no passphrase was entered", "try again");
  return *line;
}

Result<Protection> choose_protection(const Session& session, const std::string& passphrase_file, bool plain) {
  if (plain && !passphrase_file.empty()) {
    return usage_error("a key is either plain or protected by a passphrase", "leave one of the two out");
  }
  if (plain) return Protection{};
  Protection chosen{node::KeyProtection::kModerate, {}};
  if (!passphrase_file.empty()) {
    ASSIGN_OR_RETURN(chosen.passphrase, node::read_passphrase_file(session.files, passphrase_file));
    return chosen;
  }
  ASSIGN_OR_RETURN(chosen.passphrase, ask_passphrase(session, "New passphrase: "));
  ASSIGN_OR_RETURN(const std::string again, ask_passphrase(session, "The same again: "));
  if (again != chosen.passphrase) return usage_error("the two passphrases differ", "try again");
  if (chosen.passphrase.empty())
    return usage_error("the passphrase is empty", "choose one, or ask for a plain key");
  return chosen;
}

Result<PrivateKey> open_key(const Session& session, const std::string& path,
                            const std::string& passphrase_file) {
  std::optional<std::string> passphrase;
  if (!passphrase_file.empty()) {
    ASSIGN_OR_RETURN(passphrase, node::read_passphrase_file(session.files, passphrase_file));
  }
  auto key = node::read_key_file(session.files, path, passphrase);
  const bool ask = !key.ok() && key.error().type == "passphrase-needed" && !passphrase &&
                   session.console.input_is_terminal;
  if (!ask) return key;
  ASSIGN_OR_RETURN(passphrase, ask_passphrase(session, "Passphrase of " + path + ": "));
  return node::read_key_file(session.files, path, passphrase);
}

}  // namespace jingchu::cli
