// jingchu archive export, verify, repair
#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>

#include "cli/archive_repair.h"
#include "cli/commands.h"
#include "cli/offline_command.h"
#include "cli/stopped_home.h"

namespace jingchu::cli {
namespace {

using ledger::EpochRange;
using ledger::Segment;

struct Options {
  std::string home;
  std::string directory;
  std::string epochs;
  std::string genesis_file;
  std::optional<std::uint64_t> through;
  NodesOptions nodes;
};

Error bad_range(const std::string& text) {
  return usage_error("--epochs " + text + ": expected A..B, with epochs from 0 on");
}

Result<EpochRange> parse_range(const std::string& text) {
  const auto dots = text.find("..");
  if (dots == text.npos) return bad_range(text);
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  const char* end = text.data() + text.size();
  const auto one = std::from_chars(text.data(), text.data() + dots, first);
  const auto two = std::from_chars(text.data() + dots + 2, end, last);
  const bool read =
      one.ec == std::errc() && one.ptr == text.data() + dots && two.ec == std::errc() && two.ptr == end;
  if (!read || first > last) return bad_range(text);
  return EpochRange{Epoch(first), Epoch(last)};
}

// What was asked for, if the home has it.
Result<std::optional<EpochRange>> choose_epochs(const StoppedHome& home, const Options& options) {
  ASSIGN_OR_RETURN(const auto whole, ledger::exportable_epochs(home.source()));
  if (options.epochs.empty()) return whole;
  ASSIGN_OR_RETURN(const auto wanted, parse_range(options.epochs));
  if (whole && wanted.first >= whole->first && wanted.last <= whole->last) return std::optional(wanted);
  const std::string has = whole ? "it has epochs " + to_string(whole->first) + ".." + to_string(whole->last)
                                : "it has none that is over";
  return usage_error("--epochs " + options.epochs + " are not all in this home: " + has);
}

Result<ExitStatus> export_all(const Session& session, const Options& options) {
  ASSIGN_OR_RETURN(const StoppedHome home, open_stopped_home(session, options.home));
  ASSIGN_OR_RETURN(const auto epochs, choose_epochs(home, options));
  nlohmann::ordered_json segments = nlohmann::ordered_json::array();
  if (epochs) {
    RETURN_IF_ERROR(session.files.make_directories(options.directory));
    Progress progress(session);
    for (Epoch epoch = epochs->first; epoch <= epochs->last; epoch = epoch.next()) {
      const std::string path = options.directory + "/" + ledger::segment_name(epoch);
      const bool was_there = session.files.exists(path);
      ASSIGN_OR_RETURN(const auto bytes,
                       ledger::export_segment(home.source(), epoch, session.files, options.directory,
                                              [&](std::uint64_t done, std::uint64_t of) {
                                                progress.show("exporting epoch " + to_string(epoch) + " of " +
                                                              to_string(epochs->last) + ": block " +
                                                              std::to_string(done) + " of " +
                                                              std::to_string(of));
                                              }));
      segments.push_back(
          {{"epoch", epoch.value()}, {"file", path}, {"bytes", bytes}, {"was_there", was_there}});
      if (!session.json)
        session.console.out << path << ": " << bytes << " bytes" << (was_there ? ", was there" : "") << "\n";
    }
  }
  if (session.json) session.print_json({{"segments", segments}});
  if (!session.json && !epochs) session.console.out << "no epoch is over yet\n";
  return kOk;
}

Result<ExitStatus> verify(const Session& session, const Options& options) {
  ASSIGN_OR_RETURN(const auto genesis, read_genesis(session, options.genesis_file));
  ASSIGN_OR_RETURN(const auto paths, find_segments(session, options.directory));
  ASSIGN_OR_RETURN(auto begin, begin_chain(genesis));
  ledger::ChainVerifier verifier(genesis, std::move(begin));
  Progress progress(session);
  const std::uint64_t start_us = session.clock.monotonic_us();
  std::uint64_t bytes = 0;
  for (const auto& path : paths) {
    ASSIGN_OR_RETURN(const auto segment, Segment::open(path, genesis));
    RETURN_IF_ERROR(ledger::verify_segment(*segment, verifier, [&](std::uint64_t done, std::uint64_t of) {
      progress.show("verifying " + path + " of " + std::to_string(paths.size()) + ": block " +
                    std::to_string(done) + " of " + std::to_string(of));
    }));
    bytes += segment->bytes();
  }
  const auto& at = verifier.position();
  const double seconds = static_cast<double>(session.clock.monotonic_us() - start_us) / 1e6;
  if (session.json) {
    session.print_json({{"verified", true},
                        {"segments", paths.size()},
                        {"blocks", at.header.height.value()},
                        {"records", verifier.records()},
                        {"bytes", bytes},
                        {"seconds", seconds},
                        {"hash", to_hex(at.hash)},
                        {"executed_root", to_hex(at.executed_root)}});
  } else {
    session.console.out << "verified from genesis: " << paths.size() << " segments, "
                        << to_string(at.header.height) << " blocks, " << verifier.records() << " records, "
                        << bytes << " bytes\nthe last block is " << to_hex(at.hash) << "\n";
  }
  return kOk;
}

// A home's archive and genesis, or those that are given.
Result<RepairTarget> repair_target(const Session& session, const Options& options) {
  if (options.home.empty() == (options.directory.empty() && options.genesis_file.empty())) {
    return usage_error("give either --home, or --dir and --genesis");
  }
  RepairTarget target{options.directory, {}, {}};
  std::string genesis = options.genesis_file;
  if (!options.home.empty()) {
    ASSIGN_OR_RETURN(const auto config, node::load_config(session.files, options.home));
    if (config.archive_directory.empty()) {
      return usage_error("the configuration of this home names no history.archive_dir",
                         "say where the archive is with --dir and --genesis");
    }
    target.directory = config.path(config.archive_directory);
    genesis = config.path(config.genesis);
  }
  if (target.directory.empty() || genesis.empty()) return usage_error("--dir and --genesis go together");
  ASSIGN_OR_RETURN(target.genesis, read_genesis(session, genesis));
  if (options.through) target.through = Epoch(*options.through);
  return target;
}

Result<ExitStatus> repair(const Session& session, const Options& options) {
  ASSIGN_OR_RETURN(const auto target, repair_target(session, options));
  ASSIGN_OR_RETURN(auto nodes, make_clients(options.nodes));
  return ArchiveRepair(session, target, std::move(nodes)).run();
}

}  // namespace

void add_archive_commands(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App* archive =
      app.add_subcommand("archive", "Files of whole epochs, which anyone can verify from genesis");
  archive->require_subcommand(1);
  CLI::App* exporting =
      add_command(*archive, "export",
                  "Write a segment for each epoch that is over, from the home of a stopped node; "
                  "segments that are there stay as they are",
                  "  jingchu archive export --home net/wuhan --dir archive", kOfflineStatuses);
  add_stopped_home_option(exporting, options->home);
  exporting->add_option("--dir", options->directory, "Where the segments are; made if it is not there")
      ->required();
  exporting->add_option("--epochs", options->epochs,
                        "A..B, both included; all that are over if it is left out");
  run_offline(exporting, session, options, export_all);
  CLI::App* verifying =
      add_command(*archive, "verify", "Verify segments from genesis without trusting whoever gave them",
                  "  jingchu archive verify archive --genesis genesis.json", kOfflineStatuses);
  verifying->add_option("dir", options->directory, "Where the segments are")->required();
  add_genesis_option(verifying, options->genesis_file)->required();
  run_offline(verifying, session, options, verify);
  CLI::App* repairing = add_command(
      *archive, "repair",
      "Verify segments from genesis, and put good ones in the place of those that are damaged or missing:\n"
      "fetched from other nodes, each verified before it takes its place. A damaged one stays beside it as\n"
      ".damaged. The node may run meanwhile; goes on where it broke off",
      "  jingchu archive repair --home net/wuhan --from http://127.0.0.1:7101,http://127.0.0.1:7102\n"
      "  jingchu archive repair --dir archive --genesis genesis.json --through 41 \\\n"
      "    --from http://127.0.0.1:7101",
      kOfflineStatuses);
  repairing->add_option("--home", options->home, "Home directory of the node whose archive it is");
  repairing->add_option("--dir", options->directory, "Where the segments are, of no home");
  add_genesis_option(repairing, options->genesis_file);
  add_from_options(repairing, options->nodes)->required();
  repairing->add_option("--through", options->through,
                        "The last epoch that has to be there; the last one that is if it is left out");
  run_offline(repairing, session, options, repair);
}

}  // namespace jingchu::cli
