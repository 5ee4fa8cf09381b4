// jingchu snapshot create, verify, restore
#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/offline_command.h"
#include "cli/snapshot_fetch.h"
#include "cli/snapshot_restore.h"
#include "cli/stopped_home.h"

namespace jingchu::cli {
namespace {

using nlohmann::ordered_json;

struct Options {
  NodesOptions nodes;
  std::string home;
  std::string directory;
  std::string genesis_file;
  bool replace = false;
};

Result<SnapshotTrust> read_trust(const Session& session, const std::string& path) {
  SnapshotTrust trust;
  ASSIGN_OR_RETURN(trust.genesis_file, session.files.read(path, ledger::kGenesisBytesMax));
  ASSIGN_OR_RETURN(trust.genesis, read_genesis(session, path));
  ASSIGN_OR_RETURN(const auto begin, begin_chain(trust.genesis));
  trust.genesis_root = begin.executed_root;
  return trust;
}

// The newest one in a directory.
Result<ledger::Snapshot> read_newest(const ledger::SnapshotFiles& files, const std::string& directory) {
  ASSIGN_OR_RETURN(const auto heights, files.whole());
  if (heights.empty()) {
    return environment_error(
        "no-snapshot", "there is no whole snapshot in this directory",
        "give the directory that jingchu snapshot create has filled, or data/snapshots of a "
        "node's home",
        directory);
  }
  ASSIGN_OR_RETURN(const auto bytes, files.manifest(heights.back()));
  auto snapshot = ledger::decode_snapshot(bytes);
  if (snapshot.ok()) return snapshot;
  Error error = snapshot.error();
  error.where = files.path(heights.back());
  return error;
}

ordered_json describe(const ledger::Snapshot& snapshot) {
  const auto& header = snapshot.last.header;
  return {{"height", header.height.value()},
          {"epoch", header.epoch.value()},
          {"time_ms", header.time_ms},
          {"id", to_hex(snapshot.contents.id())},
          {"executed_root", to_hex(snapshot.contents.head.roots.executed())},
          {"chunks", snapshot.contents.chunks.size()},
          {"bytes", snapshot.contents.bytes()}};
}

void print(const Session& session, const std::string& done, const ledger::Snapshot& snapshot,
           const ordered_json& more) {
  ordered_json answer = describe(snapshot);
  answer.update(more);
  if (session.json) return session.print_json(answer);
  session.console.out << done << "\n";
  for (const auto& [name, value] : answer.items()) {
    if (value.empty()) continue;  // no node was given up
    session.console.out << "  " << name << ": "
                        << (value.is_string() ? value.get<std::string>() : value.dump()) << "\n";
  }
}

ordered_json how_fetched(const FetchedSnapshot& fetched) {
  return {{"chunks_fetched", fetched.chunks_fetched},
          {"chunks_kept", fetched.chunks_kept},
          {"nodes_given_up", fetched.left}};
}

Result<ExitStatus> create(const Session& session, const Options& options) {
  ASSIGN_OR_RETURN(const auto trust, read_trust(session, options.genesis_file));
  ASSIGN_OR_RETURN(auto clients, make_clients(options.nodes));
  ledger::SnapshotFiles files(session.files, options.directory);
  ASSIGN_OR_RETURN(const auto fetched, SnapshotFetch(session, trust, files, std::move(clients)).run());
  ordered_json more = how_fetched(fetched);
  more["directory"] = files.path(fetched.snapshot.height());
  print(session, "a snapshot, verified from genesis", fetched.snapshot, more);
  return kOk;
}

// Every chunk; the tree of the state follows from what they hold.
Status judge_chunks(const Session& session, const ledger::Snapshot& snapshot,
                    const ledger::SnapshotFiles& files) {
  Progress progress(session);
  const auto& chunks = snapshot.contents.chunks;
  for (std::size_t index = 0; index < chunks.size(); ++index) {
    ASSIGN_OR_RETURN(const auto bytes, files.chunk(snapshot.height(), index, chunks[index]));
    ASSIGN_OR_RETURN([[maybe_unused]] const auto entries,
                     ledger::read_chunk(chunks[index], bytes, snapshot.contents.head.chain_id));
    progress.show("verifying: chunk " + std::to_string(index + 1) + " of " + std::to_string(chunks.size()));
  }
  return ok_status();
}

Result<ExitStatus> verify(const Session& session, const Options& options) {
  ASSIGN_OR_RETURN(const auto trust, read_trust(session, options.genesis_file));
  const ledger::SnapshotFiles files(session.files, options.directory);
  ASSIGN_OR_RETURN(const auto snapshot, read_newest(files, options.directory));
  ASSIGN_OR_RETURN(const auto facts,
                   ledger::verify_snapshot(snapshot, trust.genesis_file, trust.genesis_root));
  RETURN_IF_ERROR(judge_chunks(session, snapshot, files));
  print(session, "this snapshot holds: it is the state of the chain at its height", snapshot,
        {{"signers", facts.signers}, {"set_changes", facts.set_changes}});
  return kOk;
}

// What is restored, and how it came.
struct Source {
  ledger::Snapshot snapshot;
  ordered_json how;
};

Result<Source> restore_from_directory(const Session& session, const std::string& directory,
                                      const SnapshotTrust& trust, SnapshotRestore& restore) {
  const ledger::SnapshotFiles files(session.files, directory);
  ASSIGN_OR_RETURN(auto snapshot, read_newest(files, directory));
  ASSIGN_OR_RETURN([[maybe_unused]] const auto facts,
                   ledger::verify_snapshot(snapshot, trust.genesis_file, trust.genesis_root));
  RETURN_IF_ERROR(restore.add_all(snapshot, files));
  return Source{std::move(snapshot), ordered_json::object()};
}

// The database is made while chunks come; they are kept until it is whole.
Result<Source> restore_from_nodes(const Session& session, const NodesOptions& nodes,
                                  ledger::SnapshotFiles& files, const SnapshotTrust& trust,
                                  SnapshotRestore& restore) {
  ASSIGN_OR_RETURN(auto clients, make_clients(nodes));
  ASSIGN_OR_RETURN(auto fetched, SnapshotFetch(session, trust, files, std::move(clients), &restore).run());
  auto how = how_fetched(fetched);
  return Source{std::move(fetched.snapshot), std::move(how)};
}

Result<ExitStatus> restore_home(const Session& session, const Options& options) {
  if (options.nodes.from.empty() == options.directory.empty()) {
    return usage_error("give either --from, nodes that have a snapshot, or --dir, where one is");
  }
  ASSIGN_OR_RETURN(const auto config, node::load_config(session.files, options.home));
  const std::string data = config.path(config.data);
  RETURN_IF_ERROR(check_database(session, {config, options.replace}));
  ASSIGN_OR_RETURN(const auto trust, read_trust(session, config.path(config.genesis)));
  RETURN_IF_ERROR(session.files.make_directories(data));
  ASSIGN_OR_RETURN(const auto lock, session.files.lock(data));
  SnapshotRestore restore(session, {config, options.replace}, trust);
  ledger::SnapshotFiles files(session.files, data + "/snapshots.fetched");
  const bool is_fetched = options.directory.empty();
  ASSIGN_OR_RETURN(const auto source,
                   is_fetched ? restore_from_nodes(session, options.nodes, files, trust, restore)
                              : restore_from_directory(session, options.directory, trust, restore));
  ASSIGN_OR_RETURN(const auto restored, restore.finish());
  // What was fetched has served.
  if (is_fetched) RETURN_IF_ERROR(files.remove(source.snapshot.height()));
  ordered_json more = source.how;
  more["entries"] = restored.entries;
  if (!restored.moved_to.empty()) more["old_database"] = restored.moved_to;
  print(session, "restored and verified from genesis: start the node, and it fetches what came later",
        source.snapshot, more);
  return kOk;
}

}  // namespace

void add_snapshot_commands(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App* snapshot = app.add_subcommand(
      "snapshot",
      "The state at the end of an epoch: for backups, and for nodes that join without the history");
  snapshot->require_subcommand(1);
  CLI::App* creating = add_command(
      *snapshot, "create",
      "Fetch the newest snapshot from running nodes into a directory, verified; goes on where it broke off",
      "  jingchu snapshot create --from http://127.0.0.1:7100,http://127.0.0.1:7101 \\\n"
      "    --genesis net/genesis.json --dir backup",
      kOfflineStatuses);
  add_from_options(creating, options->nodes)->required();
  add_genesis_option(creating, options->genesis_file)->required();
  creating->add_option("--dir", options->directory, "Where it goes; made if it is not there")->required();
  run_offline(creating, session, options, create);
  CLI::App* verifying =
      add_command(*snapshot, "verify", "Verify a snapshot from genesis without trusting whoever gave it",
                  "  jingchu snapshot verify backup --genesis net/genesis.json", kOfflineStatuses);
  verifying->add_option("dir", options->directory, "The directory that create has filled")->required();
  add_genesis_option(verifying, options->genesis_file)->required();
  run_offline(verifying, session, options, verify);
  CLI::App* restoring = add_command(
      *snapshot, "restore",
      "Make the database of a stopped node's home from a snapshot, verified. Keys and data/log stay as they "
      "are: what\nthe node has signed is in them",
      "  jingchu snapshot restore --home net/wuhan --from http://127.0.0.1:7101,http://127.0.0.1:7102\n"
      "  jingchu snapshot restore --home net/wuhan --dir backup --replace",
      kOfflineStatuses);
  add_stopped_home_option(restoring, options->home);
  add_from_options(restoring, options->nodes);
  restoring->add_option("--dir", options->directory, "The directory that create has filled");
  restoring->add_flag("--replace", options->replace,
                      "Move a database that is there aside, to data/db.replaced");
  run_offline(restoring, session, options, restore_home);
}

}  // namespace jingchu::cli
