// The home of a node that does not run, to be read as a whole.
#pragma once

#include "cli/session.h"
#include "ledger/archive.h"
#include "node/config.h"

namespace jingchu::cli {

struct StoppedHome {
  node::Config config;
  ledger::Genesis genesis;
  std::unique_ptr<FileLock> lock;
  std::unique_ptr<ledger::KeyValueStore> store;

  std::string data(const std::string& name) const { return config.path(config.data) + "/" + name; }
  ledger::SegmentSource source() const;
};

// Nobody else can use it from here on, and nothing is changed; the store is not open yet. Errors: "in-use" (a
// node runs on it), "no-database", and those of the configuration and genesis.
Result<StoppedHome> lock_stopped_home(const Session& session, const std::string& home);
// LevelDB takes in its write-ahead file, as it does at every start; nothing else is changed.
Status open_store(StoppedHome& home);
// Both.
Result<StoppedHome> open_stopped_home(const Session& session, const std::string& home);

// The epochs of which an archive has segments, ascending.
Result<std::vector<Epoch>> list_segments(const Session& session, const std::string& directory);
// "segment-missing", of the epoch `first` up to `last`.
Error missing_segment(const std::string& directory, Epoch first, Epoch last);
// The segments of an archive, from epoch 0 on. "segment-missing": there is a gap, or none at all.
Result<std::vector<std::string>> find_segments(const Session& session, const std::string& directory);

Result<ledger::Genesis> read_genesis(const Session& session, const std::string& path);
// Where a chain of that genesis begins: its modules are executed in memory.
Result<ledger::ChainPosition> begin_chain(const ledger::Genesis& genesis);
// The same, into an empty store.
Result<ledger::ChainPosition> begin_chain(const ledger::Genesis& genesis, ledger::KeyValueStore& store);

// What is stored is not what was written, or does not hold; anything else could not be looked at.
bool is_damage(const Error& error);
}  // namespace jingchu::cli
