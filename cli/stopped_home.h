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

  ledger::SegmentSource source() const;
};

// Errors: "in-use" (a node runs on it), "no-database", and those of the configuration, genesis and the store.
// It changes nothing, but that LevelDB takes in its write-ahead file as it does at every start.
Result<StoppedHome> open_stopped_home(const Session& session, const std::string& home);

Result<ledger::Genesis> read_genesis(const Session& session, const std::string& path);
// Where a chain of that genesis begins: its modules are executed in memory.
Result<ledger::ChainPosition> begin_chain(const ledger::Genesis& genesis);

// Of the commands that read a home or an archive: damage is 1, what cannot be read or is in use is 3. Says
// what is the matter first.
ExitStatus fail(const Session& session, const Error& error);

}  // namespace jingchu::cli
