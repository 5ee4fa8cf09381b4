// The node: `jingchud --home D`. Exit statuses: 0 stopped as asked, 1 this node failed while it ran, 2 wrong
// usage, 3 refused to start (configuration, keys, genesis, damaged or used data), 4 the disk (full,
// read-only, failing, or giving back what was not written).
#ifdef JINGCHU_MIMALLOC
#include <mimalloc.h>
#endif
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <new>

#include "node/node.h"

namespace jingchu::cli {
namespace {

enum ExitStatus { kStopped = 0, kFailed = 1, kUsage = 2, kRefused = 3, kDisk = 4 };

// A core dump would hold the keys.
void forbid_core_dumps() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

// An exception here or there would leave a step half done. What is durable is whole, so the end is safe, and
// nothing can be allocated for a log line.
[[noreturn]] void end_without_memory() {
  constexpr std::string_view kMessage =
      "jingchud: out of memory: the node ends at once; give it more, and start it again\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kMessage.data(), kMessage.size());
  ::_exit(kFailed);
}

void prepare_process() {
  forbid_core_dumps();
  std::set_new_handler(end_without_memory);
#ifdef JINGCHU_MIMALLOC
  // Its operator new asks for no handler.
  mi_register_error(
      [](int error, void*) {
        if (error == ENOMEM) end_without_memory();
      },
      nullptr);
#endif
  std::signal(SIGPIPE, SIG_IGN);  // who reads our log may go away
}

int end(const Error& error, ExitStatus otherwise) {
  std::fprintf(stderr, "jingchud: %s\n", error.to_string().c_str());
  return is_disk_error(error) ? kDisk : otherwise;
}

int run(const std::string& home) {
  auto config = node::load_config(system_files(), home);
  if (!config.ok()) return end(config.error(), kRefused);
  const auto log =
      Log::open(config->log_file.empty() ? "" : config->path(config->log_file), config->log_level);
  if (!log.ok()) return end(log.error(), kRefused);
  Status status = ok_status();
  for (bool again = true; again;) {
    auto keys = node::read_keys(system_files(), *config);
    if (!keys.ok()) return end(keys.error(), kRefused);
    auto opened = node::Node::open(*config, std::move(*keys), *log);
    if (!opened.ok()) return end(opened.error(), kRefused);
    const Status started = (*opened)->start();
    if (!started.ok()) return end(started.error(), kRefused);
    status = (*opened)->run();
    again = status.ok() && (*opened)->has_other_keys();
  }
  if (status.ok()) return kStopped;
  // A disk that gives back something else is found at the start, too, and then refused.
  return end(status.error(), status.error().type == "storage-corrupted" ? kDisk : kFailed);
}

}  // namespace
}  // namespace jingchu::cli

int main(int argc, char** argv) {
  CLI::App app{
      "jingchud: a node of a Jingchu network.\n\n"
      "The home directory holds jingchud.toml, the genesis file, the keys and the data; `jingchu network "
      "init` makes\n"
      "homes for a new network. The node runs until SIGTERM or SIGINT.\n\n"
      "Exit status: 0 stopped as asked, 1 failed while it ran, 2 wrong usage, 3 refused to start,\n"
      "4 the disk is full, read-only, failing or damaged."};
  std::string home;
  app.add_option("--home", home, "the node's home directory")->required()->check(CLI::ExistingDirectory);
  app.set_version_flag("--version", JINGCHU_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  jingchu::cli::prepare_process();
  return jingchu::cli::run(home);
}
