#include "cli/stopped_home.h"

#include <algorithm>
#include <array>

#include "contracts/contract.h"
#include "ledger/memory_database.h"
#include "node/admission.h"
#include "node/epoch.h"

namespace jingchu::cli {

ledger::SegmentSource StoppedHome::source() const {
  return {store.get(), &genesis,
          [database = store.get()](Epoch epoch) { return node::validators_of(*database, epoch); }};
}

Result<ledger::Genesis> read_genesis(const Session& session, const std::string& path) {
  ASSIGN_OR_RETURN(const Bytes file, session.files.read(path, ledger::kGenesisBytesMax));
  auto genesis = ledger::parse_genesis(file);
  if (genesis.ok()) return genesis;
  Error error = genesis.error();
  error.where = path + (error.where.empty() ? "" : " " + error.where);
  return error;
}

Result<ledger::ChainPosition> begin_chain(const ledger::Genesis& genesis) {
  ledger::MemoryDatabase scratch;
  return begin_chain(genesis, scratch);
}

Result<ledger::ChainPosition> begin_chain(const ledger::Genesis& genesis, ledger::KeyValueStore& store) {
  ASSIGN_OR_RETURN(const auto executor, ledger::Executor::open({.genesis = genesis,
                                                                .store = &store,
                                                                .contracts = contracts::registry(),
                                                                .authorize = node::caller_of,
                                                                .validator_sets = node::governed_sets()}));
  return ledger::ChainPosition::genesis(genesis, executor->genesis_root());
}

Result<StoppedHome> lock_stopped_home(const Session& session, const std::string& path) {
  StoppedHome home;
  ASSIGN_OR_RETURN(home.config, node::load_config(session.files, path));
  ASSIGN_OR_RETURN(home.genesis, read_genesis(session, home.config.path(home.config.genesis)));
  const std::string database = home.data("db");
  if (!session.files.exists(database)) {
    return environment_error("no-database", "this home has no database", "has its node ever run?", database);
  }
  auto lock = session.files.lock(home.config.path(home.config.data));
  if (!lock.ok()) {
    Error error = lock.error();
    if (error.type == "in-use") error.remedy = "stop the node of this home first; nothing was done";
    return error;
  }
  home.lock = std::move(lock).value();
  return home;
}

Status open_store(StoppedHome& home) {
  ASSIGN_OR_RETURN(home.store,
                   ledger::open_leveldb(home.data("db"), {.identity = to_hex(home.genesis.chain_id)}));
  return ok_status();
}

Result<StoppedHome> open_stopped_home(const Session& session, const std::string& path) {
  ASSIGN_OR_RETURN(auto home, lock_stopped_home(session, path));
  RETURN_IF_ERROR(open_store(home));
  return home;
}

Result<std::vector<Epoch>> list_segments(const Session& session, const std::string& directory) {
  ASSIGN_OR_RETURN(const auto names, session.files.list(directory));
  std::vector<Epoch> epochs;
  for (const auto& name : names) {
    if (const auto epoch = ledger::segment_epoch(name)) epochs.push_back(*epoch);
  }
  std::sort(epochs.begin(), epochs.end());
  return epochs;
}

Error missing_segment(const std::string& directory, Epoch first, Epoch last) {
  return environment_error(
      "segment-missing",
      first == last ? "this segment is missing"
                    : "this segment is missing, and all that follow up to epoch " + to_string(last),
      "an archive is verified from epoch 0 on without a gap: jingchu archive repair fetches what is missing "
      "from other nodes and verifies it; or export it from a home that keeps it",
      directory + "/" + ledger::segment_name(first));
}

// From epoch 0 on, without a gap.
Result<std::vector<std::string>> find_segments(const Session& session, const std::string& directory) {
  ASSIGN_OR_RETURN(const auto epochs, list_segments(session, directory));
  std::vector<std::string> paths;
  for (const Epoch epoch : epochs) {
    if (epoch != Epoch(paths.size())) break;
    paths.push_back(directory + "/" + ledger::segment_name(epoch));
  }
  if (!epochs.empty() && paths.size() == epochs.size()) return paths;
  return missing_segment(directory, Epoch(paths.size()), Epoch(paths.size()));
}

bool is_damage(const Error& error) {
  static constexpr std::array<std::string_view, 10> kDamage = {
      "segment-damaged", "segment-differs", "segment-missing", "chain-differs", "storage-corrupted",
      "wrong-chain",     "log-damaged",     "bad-snapshot",    "chunk-damaged", "snapshot-damaged"};
  return std::find(kDamage.begin(), kDamage.end(), error.type) != kDamage.end();
}

}  // namespace jingchu::cli
