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
  ASSIGN_OR_RETURN(const auto executor, ledger::Executor::open({.genesis = genesis,
                                                                .store = &scratch,
                                                                .contracts = contracts::registry(),
                                                                .authorize = node::caller_of,
                                                                .validator_sets = node::governed_sets()}));
  return ledger::ChainPosition::genesis(genesis, executor->genesis_root());
}

Result<StoppedHome> open_stopped_home(const Session& session, const std::string& path) {
  StoppedHome home;
  ASSIGN_OR_RETURN(home.config, node::load_config(session.files, path));
  ASSIGN_OR_RETURN(home.genesis, read_genesis(session, home.config.path(home.config.genesis)));
  const std::string data = home.config.path(home.config.data);
  const std::string database = data + "/db";
  if (!session.files.exists(database)) {
    return environment_error("no-database", "this home has no database", "has its node ever run?", database);
  }
  auto lock = session.files.lock(data);
  if (!lock.ok()) {
    Error error = lock.error();
    if (error.type == "in-use") error.remedy = "stop the node of this home first; nothing was done";
    return error;
  }
  home.lock = std::move(lock).value();
  ASSIGN_OR_RETURN(home.store, ledger::open_leveldb(database, {.identity = to_hex(home.genesis.chain_id)}));
  return home;
}

ExitStatus fail(const Session& session, const Error& error) {
  static constexpr std::array<std::string_view, 6> kDamage = {"segment-damaged",   "segment-differs",
                                                              "segment-missing",   "chain-differs",
                                                              "storage-corrupted", "wrong-chain"};
  report(error, session);
  if (std::find(kDamage.begin(), kDamage.end(), error.type) != kDamage.end()) return kRefused;
  return error.type == "bad-usage" ? kUsage : kUnreachable;
}

}  // namespace jingchu::cli
