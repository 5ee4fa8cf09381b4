#include "sim/wide_report.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "ledger/genesis_parameters.h"
#include "sim/world.h"

namespace jingchu::sim {
namespace {

using consensus::Parameters;
using WallClock = std::chrono::steady_clock;

struct WideRun {
  Plan plan;
  WideFigures figures;
  std::uint64_t trace_hash = 0;
  std::string violation;
  std::string text;
};

// "name=value", by the names and bounds of the genesis file.
bool set_parameter(ledger::GenesisNumbers& numbers, std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == text.npos) return false;
  const std::string_view digits = text.substr(equals + 1);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return false;
  for (const auto& parameter : ledger::genesis_parameters()) {
    if (parameter.name != text.substr(0, equals)) continue;
    if (value < parameter.least || value > parameter.most) return false;
    parameter.write(numbers, value);
    return true;
  }
  return false;
}

// A line on standard error once a second; where nobody looks, every ten.
class WideProgress {
 public:
  explicit WideProgress(const Plan& plan) : plan_(plan), is_terminal_(::isatty(STDERR_FILENO) == 1) {}
  ~WideProgress() {
    if (shown_ && is_terminal_) std::fputs("\r\033[K", stderr);
  }
  WideProgress(const WideProgress&) = delete;
  WideProgress& operator=(const WideProgress&) = delete;

  void operator()(double seconds) {
    const auto now = WallClock::now();
    if (now - last_ < std::chrono::seconds(is_terminal_ ? 1 : 10)) return;
    last_ = now;
    shown_ = true;
    std::fprintf(stderr, "%sseed %llu: %.1f of %.0f s simulated%s", is_terminal_ ? "\r" : "",
                 static_cast<unsigned long long>(plan_.seed), seconds,
                 static_cast<double>(plan_.wide.end_us()) / 1e6, is_terminal_ ? "\033[K" : "\n");
  }

 private:
  const Plan& plan_;
  bool is_terminal_;
  bool shown_ = false;
  WallClock::time_point last_ = WallClock::now();
};

WideRun run_wide(const Plan& plan, bool print_trace) {
  World world(plan, print_trace);
  WideProgress progress(plan);
  world.wide()->on_progress([&](double seconds) { progress(seconds); });
  world.run();
  WideRun run{plan, world.wide()->figures(), world.trace().hash(), {}, {}};
  if (world.violation()) {
    run.violation = world.violation()->kind;
    run.text = world.violation()->text;
  }
  return run;
}

WideRun run_and_judge(const RunOptions& options, const WideOptions& wide, const Plan& plan) {
  WideRun run = run_wide(plan, options.print_trace);
  const auto fail = [&](const char* kind, std::string text) {
    if (run.violation.empty()) std::tie(run.violation, run.text) = std::pair(kind, std::move(text));
  };
  if (options.twice && run.violation.empty() && run_wide(plan, false).trace_hash != run.trace_hash)
    fail("not-deterministic", "the same seed gave another run");
  if (run.figures.finality.count == 0) fail("nothing-final", "no batch became final at its own validator");
  const bool is_light = plan.wide.load == WideLoadKind::kLight;
  if (is_light && wide.finality_max_ms != 0 && run.figures.finality.p50 > wide.finality_max_ms)
    fail("finality-too-slow", "p50 is beyond " + std::to_string(wide.finality_max_ms) + " ms");
  if (!is_light && 100 * run.figures.share < wide.share_min)
    fail("too-little-final",
         "less than " + std::to_string(wide.share_min) + " % of what the lanes can bring");
  return run;
}

nlohmann::json to_json(const Percentiles& times) {
  return {{"count", times.count}, {"p50", times.p50}, {"p95", times.p95}, {"p99", times.p99}};
}

nlohmann::json to_json(const WideRun& run) {
  const WideFigures& figures = run.figures;
  nlohmann::json uplink;
  for (std::size_t i = 0; i < kTraffics; ++i) uplink[to_string(static_cast<Traffic>(i))] = figures.uplink[i];
  return {{"seed", run.plan.seed},
          {"validators", run.plan.validators},
          {"load", run.plan.wide.load == WideLoadKind::kLight ? "light" : "full"},
          {"traceHash", run.trace_hash},
          {"violation", run.violation},
          {"text", run.text},
          {"finalityMs", to_json(figures.finality)},
          {"orderingMs", to_json(figures.ordering)},
          {"bytesPerSecond", figures.bytes_per_second},
          {"bytesPerSecondSlowest", figures.bytes_per_second_slowest},
          {"bytesPerSecondMax", payload_limit(run.plan)},
          {"share", figures.share},
          {"blocksPerSecond", figures.blocks_per_second},
          {"blocksFull", figures.blocks_full},
          {"batchBytes", figures.sealed_mean},
          {"laneBytes", figures.lane_bytes_mean},
          {"uplink", uplink},
          {"nullifiedViews", figures.nullified_views},
          {"fetches", figures.fetches},
          {"refusedFetches", figures.refused_fetches},
          {"lost", figures.lost},
          {"dropped", figures.dropped}};
}

void print_head() {
  std::printf("%5s %-5s %27s %20s %26s %8s %9s\n", "", "", "finality ms", "until ordered ms",
              "payload final a second", "blocks", "batch");
  std::printf("%5s %-5s %8s %9s %8s %10s %9s %9s %9s %6s %8s %9s  %s\n", "seed", "load", "p50", "p95", "p99",
              "p50", "p95", "kB", "of kB", "share", "a second", "kB", "uplink %: by what");
}

void print_wide(const WideRun& run) {
  const WideFigures& figures = run.figures;
  std::printf("%5llu %-5s %8.0f %9.0f %8.0f %10.0f %9.0f %9.0f %9.0f %5.1f%% %8.1f %9.1f ",
              static_cast<unsigned long long>(run.plan.seed),
              run.plan.wide.load == WideLoadKind::kLight ? "light" : "full", figures.finality.p50,
              figures.finality.p95, figures.finality.p99, figures.ordering.p50, figures.ordering.p95,
              figures.bytes_per_second / 1e3, payload_limit(run.plan) / 1e3, 100 * figures.share,
              figures.blocks_per_second, figures.sealed_mean / 1e3);
  for (std::size_t i = 0; i < kTraffics; ++i) {
    if (figures.uplink[i] >= 0.0005)
      std::printf(" %s %.1f", to_string(static_cast<Traffic>(i)), 100 * figures.uplink[i]);
  }
  std::printf(
      "\n%11s slowest %.0f kB/s, blocks full %.0f%%, %.1f MB of a lane not final, %llu views nullified, "
      "%llu fetches (%llu refused), %llu lost, %llu dropped\n",
      "", figures.bytes_per_second_slowest / 1e3, 100 * figures.blocks_full, figures.lane_bytes_mean / 1e6,
      static_cast<unsigned long long>(figures.nullified_views),
      static_cast<unsigned long long>(figures.fetches),
      static_cast<unsigned long long>(figures.refused_fetches), static_cast<unsigned long long>(figures.lost),
      static_cast<unsigned long long>(figures.dropped));
  if (!run.violation.empty()) std::printf("%11s %s: %s\n", "", run.violation.c_str(), run.text.c_str());
  std::fflush(stdout);
}

std::vector<Plan> wide_plans(const RunOptions& run, const WideOptions& options,
                             const Parameters& parameters) {
  std::vector<Plan> plans;
  for (std::uint64_t seed = run.first_seed; seed <= run.last_seed; ++seed) {
    for (const auto load : {WideLoadKind::kLight, WideLoadKind::kFull}) {
      if (options.load == (load == WideLoadKind::kLight ? "full" : "light")) continue;
      Plan plan = make_wide_plan(seed, run.plan.validators);
      plan.parameters = parameters;
      plan.wide.load = load;
      plan.wide.bits_per_second = options.megabits * 1'000'000;
      plan.wide.loss_permille = options.loss_permille;
      plan.wide.interleaved = options.interleaved;
      plan.wide.offered_percent = options.offered_percent;
      plan.wide.transaction_bytes = options.transaction_bytes;
      plan.wide.warm_up_us = static_cast<std::uint64_t>(options.warm_up_seconds * 1e6);
      plan.wide.measure_us = static_cast<std::uint64_t>(options.seconds * 1e6);
      plans.push_back(std::move(plan));
    }
  }
  return plans;
}

}  // namespace

void add_wide_options(CLI::App& app, WideOptions& options) {
  const char* group = "A wide network";
  app.add_flag(
         "--wide", options.wanted,
         "Measure finality and throughput on lines of limited bandwidth, without faults: 18 validators, a "
         "fixed delay for each pair, parameters of genesis as by default. Transactions are bytes that nobody "
         "checks or executes: what is measured is consensus, lanes and queues")
      ->group(group);
  app.add_option("--load", options.load, "light, full or both")
      ->check(CLI::IsMember({"light", "full", "both"}))
      ->capture_default_str()
      ->group(group);
  const auto add = [&](const char* name, auto& value, const char* text, auto low, auto high) {
    app.add_option(name, value, text)->check(CLI::Range(low, high))->capture_default_str()->group(group);
  };
  add("--warm-up", options.warm_up_seconds, "Seconds of virtual time before the measurement", 0.5, 600.0);
  add("--measure", options.seconds, "Seconds of virtual time", 0.5, 600.0);
  add("--loss", options.loss_permille, "Messages of a thousand that are lost", 0, 500);
  add("--megabits", options.megabits, "Of each uplink and each downlink, a second", 1, 100'000);
  add("--transaction-bytes", options.transaction_bytes, "Of each transaction", 8, 65'536);
  add("--offered", options.offered_percent,
      "At full load: percent of what the lanes can bring that is offered to them; 0: always more", 0, 200);
  app.add_flag("--interleaved", options.interleaved,
               "Votes also overtake a batch that is being written, which no node can do yet")
      ->group(group);
  app.add_option("--parameter", options.parameters, "NAME=VALUE: another parameter of genesis")->group(group);
  add("--finality-max", options.finality_max_ms, "Fail if p50 at light load is more, in ms; 0: never", 0.0,
      1e6);
  add("--share-min", options.share_min, "Fail if less is final at full load, in percent", 0.0, 100.0);
}

int measure_wide(const RunOptions& run, const WideOptions& options, bool as_json) {
  ledger::GenesisNumbers numbers;
  for (const std::string& text : options.parameters) {
    if (set_parameter(numbers, text)) continue;
    std::fprintf(stderr, "jingchu-sim: no parameter of genesis, or beyond its bounds: \"%s\"\n",
                 text.c_str());
    return 2;
  }
  // Batches come and go: their memory is not to be given back to the system and asked for again each time.
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 32 << 20);
  bool broken = false;
  nlohmann::json runs = nlohmann::json::array();
  if (!as_json) print_head();
  for (const Plan& plan : wide_plans(run, options, numbers.parameters)) {
    const WideRun measured = run_and_judge(run, options, plan);
    broken = broken || !measured.violation.empty();
    if (as_json) {
      runs.push_back(to_json(measured));
    } else {
      print_wide(measured);
    }
  }
  if (as_json) std::puts(nlohmann::json{{"runs", runs}}.dump(2).c_str());
  return broken ? 1 : 0;
}

}  // namespace jingchu::sim
