#include "sim/runner.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "sim/world.h"

namespace jingchu::sim {
namespace {

using nlohmann::json;

constexpr std::size_t kTailLines = 60;
const World* running_world = nullptr;

// A failed CHECK ends the child; what led there is worth more than the core file.
void on_abort(int /*signal*/) {
  if (running_world != nullptr) {
    for (const auto& line : running_world->trace().tail(kTailLines))
      std::fprintf(stderr, "%s\n", line.c_str());
  }
  _exit(134);
}

std::string describe(const Plan& plan) {
  std::string text = plan.name;
  for (const auto& byzantine : plan.byzantine) {
    text += "; n" + std::to_string(byzantine.node) + " is";
    for (const auto behaviour : byzantine.behaviours) text += std::string(" ") + to_string(behaviour);
  }
  return text;
}

std::string to_line(const Outcome& outcome) {
  return json{{"seed", outcome.seed},
              {"validators", outcome.validators},
              {"plan", outcome.plan},
              {"trace_hash", outcome.trace_hash},
              {"events", outcome.events},
              {"height", outcome.height},
              {"seconds", outcome.simulated_seconds},
              {"violation", outcome.violation},
              {"text", outcome.text},
              {"tail", outcome.tail},
              {"counters", outcome.counters}}
             .dump() +
         "\n";
}

Outcome from_line(const std::string& line) {
  const json value = json::parse(line);
  Outcome outcome;
  outcome.seed = value["seed"];
  outcome.validators = value["validators"];
  outcome.plan = value["plan"];
  outcome.trace_hash = value["trace_hash"];
  outcome.events = value["events"];
  outcome.height = value["height"];
  outcome.simulated_seconds = value["seconds"];
  outcome.violation = value["violation"];
  outcome.text = value["text"];
  outcome.tail = value["tail"].get<std::vector<std::string>>();
  outcome.counters = value["counters"].get<std::map<std::string, std::uint64_t>>();
  return outcome;
}

// A child process that runs every `stride`-th seed from `next` and writes a line for each.
struct Worker {
  pid_t process = -1;
  int pipe = -1;
  std::uint64_t next = 0;  // the seed that it is at
  std::string buffer;
};

void write_all(int file, const std::string& text) {
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = ::write(file, text.data() + written, text.size() - written);
    if (count <= 0) _exit(3);
    written += static_cast<std::size_t>(count);
  }
}

void launch(const RunOptions& options, Worker& worker) {
  int ends[2];
  CHECK(::pipe(ends) == 0);
  std::fflush(nullptr);
  worker.process = ::fork();
  CHECK(worker.process >= 0);
  if (worker.process == 0) {
    ::close(ends[0]);
    ::signal(SIGABRT, on_abort);
    for (std::uint64_t seed = worker.next; seed <= options.last_seed; seed += options.jobs) {
      write_all(ends[1], to_line(run_seed(options, seed)));
    }
    std::fflush(nullptr);
    _exit(0);
  }
  ::close(ends[1]);
  worker.pipe = ends[0];
  worker.buffer.clear();
}

// What the worker has written by now; false once it has ended.
bool take(Worker& worker, const RunOptions& options, std::vector<Outcome>& outcomes) {
  char chunk[65536];
  const ssize_t count = ::read(worker.pipe, chunk, sizeof(chunk));
  if (count > 0) worker.buffer.append(chunk, static_cast<std::size_t>(count));
  for (std::size_t end = worker.buffer.find('\n'); end != std::string::npos; end = worker.buffer.find('\n')) {
    outcomes.push_back(from_line(worker.buffer.substr(0, end)));
    worker.buffer.erase(0, end + 1);
    worker.next += options.jobs;
  }
  return count > 0;
}

// The worker has ended; if a seed ended it, that is a violation.
void bury(Worker& worker, const RunOptions& options, std::vector<Outcome>& outcomes) {
  int status = 0;
  ::close(worker.pipe);
  worker.pipe = -1;
  ::waitpid(worker.process, &status, 0);
  if (worker.next > options.last_seed) return;
  Outcome outcome;
  outcome.seed = worker.next;
  const Plan plan = make_plan(worker.next, options.plan);
  outcome.validators = plan.validators;
  outcome.plan = describe(plan);
  outcome.violation = "check-failed";
  outcome.text =
      "the code under test ended the process (see standard error); status " + std::to_string(status);
  outcomes.push_back(std::move(outcome));
  worker.next += options.jobs;
}

}  // namespace

std::string replay_command(const RunOptions& options, std::uint64_t seed) {
  std::string command = "jingchu-sim --seeds " + std::to_string(seed);
  if (options.plan.whole) command += " --whole";
  if (options.plan.storage) command += " --storage";
  if (options.plan.validators != 0) command += " --validators " + std::to_string(options.plan.validators);
  for (std::size_t i = 0; i < options.plan.without.size(); ++i) {
    command += (i == 0 ? " --without '" : ",") + options.plan.without[i];
  }
  if (!options.plan.without.empty()) command += "'";
  for (const auto& named : mutants()) {
    if (named.mutant == options.mutant) command += std::string(" --mutant ") + named.name;
  }
  return command + " --trace";
}

Outcome run_plan(const RunOptions& options, const Plan& plan) {
  consensus::set_active_mutant(options.mutant);
  World world(plan, options.print_trace);
  running_world = &world;
  world.run();
  Outcome outcome;
  outcome.seed = plan.seed;
  outcome.validators = world.plan().validators;
  outcome.plan = describe(world.plan());
  outcome.trace_hash = world.trace().hash();
  outcome.events = world.trace().events();
  outcome.height = world.observer().height().value();
  outcome.simulated_seconds = static_cast<double>(world.queue().now_us()) / 1e6;
  for (const auto& [what, count] : world.counters()) outcome.counters[std::string(what)] = count;
  if (world.violation()) {
    outcome.violation = world.violation()->kind;
    outcome.text = world.violation()->text;
    outcome.tail = world.trace().tail(kTailLines);
  }
  running_world = nullptr;
  if (options.twice && outcome.violation.empty()) {
    RunOptions once = options;
    once.twice = false;
    if (run_plan(once, plan).trace_hash != outcome.trace_hash) {
      outcome.violation = "not-deterministic";
      outcome.text = "the same seed gave another run";
    }
  }
  return outcome;
}

Outcome run_seed(const RunOptions& options, std::uint64_t seed) {
  return run_plan(options, make_plan(seed, options.plan));
}

Outcome run_apart(const RunOptions& options, const Plan& plan) {
  int ends[2];
  CHECK(::pipe(ends) == 0);
  std::fflush(nullptr);
  const pid_t process = ::fork();
  CHECK(process >= 0);
  if (process == 0) {
    ::close(ends[0]);
    ::signal(SIGABRT, on_abort);
    write_all(ends[1], to_line(run_plan(options, plan)));
    std::fflush(nullptr);
    _exit(0);
  }
  ::close(ends[1]);
  std::string line;
  char chunk[65536];
  for (ssize_t count = ::read(ends[0], chunk, sizeof(chunk)); count > 0;
       count = ::read(ends[0], chunk, sizeof(chunk))) {
    line.append(chunk, static_cast<std::size_t>(count));
  }
  ::close(ends[0]);
  ::waitpid(process, nullptr, 0);
  if (!line.empty()) return from_line(line);
  Outcome outcome;
  outcome.seed = plan.seed;
  outcome.validators = plan.validators;
  outcome.plan = describe(plan);
  outcome.violation = "check-failed";
  outcome.text = "the code under test ended the process (see standard error)";
  return outcome;
}

std::vector<Outcome> run_seeds(const RunOptions& options) {
  std::vector<Outcome> outcomes;
  std::vector<Worker> workers(options.jobs);
  for (std::size_t i = 0; i < workers.size(); ++i) {
    workers[i].next = options.first_seed + i;
    if (workers[i].next <= options.last_seed) launch(options, workers[i]);
  }
  const auto broken = [&] {
    return std::any_of(outcomes.begin(), outcomes.end(),
                       [](const Outcome& o) { return !o.violation.empty(); });
  };
  for (bool busy = true; busy;) {
    busy = false;
    for (Worker& worker : workers) {
      if (worker.pipe < 0) continue;
      busy = true;
      pollfd ready{worker.pipe, POLLIN, 0};
      if (::poll(&ready, 1, 20) <= 0 || take(worker, options, outcomes)) continue;
      bury(worker, options, outcomes);
      if (options.keep_going && worker.next <= options.last_seed) launch(options, worker);
    }
    if (options.keep_going || !broken()) continue;
    for (Worker& worker : workers) {
      if (worker.pipe < 0) continue;
      ::kill(worker.process, SIGKILL);
      ::close(worker.pipe);
      ::waitpid(worker.process, nullptr, 0);
      worker.pipe = -1;
    }
  }
  std::sort(outcomes.begin(), outcomes.end(),
            [](const Outcome& a, const Outcome& b) { return a.seed < b.seed; });
  return outcomes;
}

}  // namespace jingchu::sim
