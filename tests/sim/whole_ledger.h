// The ledger of a whole node: the real executor over the real contracts, and the real block store, on a
// database in memory that forgets in a crash what was not synced.
#pragma once

#include "sim/crashing_database.h"
#include "sim/ledger.h"

namespace jingchu::sim {

class WholeLedger final : public Ledger {
 public:
  // The genesis outlives it.
  explicit WholeLedger(const ledger::Genesis& genesis,
                       std::unique_ptr<CrashingDatabase> database = std::make_unique<CrashingDatabase>())
      : genesis_(genesis), database_(std::move(database)) {}

  Status open() override;
  Result<node::EpochPlan> epoch() const override;
  Result<consensus::Recovered> recovered() const override;
  void crash(Random& random) override;
  void fail_next_write() override { database_->fail_next_write(); }
  Result<ledger::ExecutedBlock> execute(const consensus::FinalizedBlock& block) override;
  Status sync() override;
  Height height() const override { return synced_; }
  Hash genesis_root() const override { return executor_->genesis_root(); }
  StoreDigest digest() const override { return database_->digest(); }
  std::vector<consensus::Message> answer(const consensus::ServeFromStore& request) const override;

  const ledger::KeyValueStore& store() const { return *database_; }
  const ledger::BlockStore& blocks() const { return blocks_; }
  CrashingDatabase& database() const { return *database_; }
  const ledger::Executor& executor() const { return *executor_; }

 private:
  const ledger::Genesis& genesis_;
  std::unique_ptr<CrashingDatabase> database_;
  ledger::BlockStore blocks_{*database_};
  std::unique_ptr<ledger::Executor> executor_;  // while the node runs
  Height synced_;
};

// Of a whole node.
inline const WholeLedger& whole_of(const Ledger& ledger) {
  return static_cast<const WholeLedger&>(ledger);
}

}  // namespace jingchu::sim
