#include <unistd.h>

#include <csignal>
#include <iostream>

#include "cli/session.h"

int main(int argc, char** argv) {
  using namespace jingchu;
  std::signal(SIGPIPE, SIG_IGN);
  cli::Session session{{std::cout, std::cerr, isatty(STDIN_FILENO) != 0, isatty(STDERR_FILENO) != 0},
                       system_files(),
                       system_clock(),
                       false,
                       {}};
  return cli::run(std::vector<std::string>(argv + 1, argv + argc), session);
}
