// Fetches a snapshot from several nodes at once, none of which is believed: what a node gives is judged by
// the genesis file, who gave what does not hold is not asked again, and what came before a break is kept.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/node_client.h"
#include "cli/session.h"
#include "cli/snapshot_transfer.h"
#include "ledger/snapshot_files.h"

namespace jingchu::cli {

// What a snapshot is judged by.
struct SnapshotTrust {
  Bytes genesis_file;
  ledger::Genesis genesis;
  Hash genesis_root{};
};

struct FetchedSnapshot {
  ledger::Snapshot snapshot;
  std::size_t chunks_fetched = 0;
  std::size_t chunks_kept = 0;              // of an earlier run that broke off
  std::map<std::string, std::string> left;  // nodes that were given up, and why
};

class SnapshotFetch {
 public:
  // What is fetched goes to `files`, and to `sink` if there is one; all outlive it.
  SnapshotFetch(const Session& session, const SnapshotTrust& trust, ledger::SnapshotFiles& files,
                std::vector<NodeClient> nodes, ChunkSink* sink = nullptr);

  // The newest snapshot that holds, whole and verified in `files`. Errors: kEnvironment "no-snapshot" with
  // what each node said; those of the disk.
  Result<FetchedSnapshot> run();

 private:
  struct Offer {
    Height height;
    Hash id{};
    std::vector<std::size_t> nodes;
  };

  std::vector<Offer> ask_all();
  Status ask(std::size_t node, std::vector<Offer>& offers);
  // Nothing: nobody has it, or it does not hold.
  std::optional<ledger::Snapshot> fetch_manifest(const Offer& offer);
  Result<ledger::Snapshot> judge_manifest(const Offer& offer, std::size_t node);
  void give_up(std::size_t node, const Error& why);
  Error none() const;

  const Session& session_;
  const SnapshotTrust& trust_;
  ledger::SnapshotFiles& files_;
  ChunkSink* const sink_;
  std::vector<NodeClient> nodes_;
  std::map<std::size_t, std::string> left_;
};

}  // namespace jingchu::cli
