#include <algorithm>

#include "common/codec.h"
#include "ledger/durable_log.h"
#include "ledger/state_tree.h"
#include "tests/bench/hot_paths.h"
#include "tests/bench/records.h"
#include "tests/support/faulty_file_system.h"

namespace jingchu::bench {
namespace {

using ledger::DurableLog;
using ledger::EntityLeaf;
using ledger::Genesis;
using ledger::MemoryDatabase;
using ledger::PreparedPointer;
using ledger::StateTree;
using ledger::WriteBatch;
namespace fixture = ledger::test;

// Spread as hashes are.
std::vector<EntityLeaf> leaves(std::uint64_t first, std::size_t count, std::uint64_t version) {
  std::vector<EntityLeaf> made;
  for (std::uint64_t i = first; i < first + count; ++i) {
    made.push_back({sha256(encode(i)), sha256(encode(i, version))});
  }
  std::sort(made.begin(), made.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return made;
}

constexpr std::size_t kChanges = 1'000;

// A block of changes, half of them new, in a tree of 20,000 entities.
std::function<void()> update_tree() {
  struct Grown {
    MemoryDatabase store;
    std::unique_ptr<StateTree> tree;
  };
  auto grown = std::make_shared<Grown>();
  grown->tree = StateTree::open(grown->store).value();
  WriteBatch writes;
  CHECK(grown->tree->update(Height(1), leaves(0, 20'000, 0), writes).ok());
  return [grown, changes = leaves(19'500, kChanges, 1)] {
    WriteBatch more;
    CHECK(grown->tree->update(Height(2), changes, more).ok());
  };
}

constexpr std::size_t kGroups = 64;

// Groups of one vote and one batch of 16 KiB, in a file system that is in memory.
std::function<void()> write_log() {
  struct Opened {
    test::FaultyFileSystem files;
    std::unique_ptr<DurableLog> log;
  };
  auto opened = std::make_shared<Opened>();
  const auto key = fixture::fixed_key(100).public_key();
  CHECK(DurableLog::create(opened->files, "log", {Hash{}, key}).ok());
  opened->log =
      DurableLog::open(opened->files, "log", DurableLog::find(opened->files, "log", Hash{}).value()).value();
  consensus::Batch batch;
  batch.transactions.emplace_back(16 << 10, std::uint8_t{7});
  const auto sealed = consensus::seal({}, std::move(batch));
  return [opened, sealed] {
    for (std::size_t i = 0; i < kGroups; ++i) {
      opened->log->append(i + 1, {consensus::BatchRecord{sealed}, consensus::VoteRecord{}});
      CHECK(opened->log->flush().ok());
    }
  };
}

constexpr std::size_t kRecords = 512;

// A block of deposits on a state of some, in memory: what LevelDB does to it is in scripts/bench.sh.
std::function<void()> execute(std::size_t bundle) {
  const Genesis genesis = ledger::bench::genesis();
  auto chain = std::make_shared<fixture::Chain>(genesis, fixture::governed_modules());
  std::uint64_t number = 0;
  const auto make = [&] {
    std::vector<std::vector<PreparedPointer>> batches(4);
    for (std::size_t record = 0; record < kRecords; record += bundle, number += bundle) {
      batches[record / bundle % batches.size()].push_back(ledger::bench::deposit(genesis, number, bundle));
    }
    return chain->blocks->next(std::move(batches));
  };
  for (int i = 0; i < 4; ++i) CHECK(chain->executor->execute(make()).ok());
  return [chain, block = make()] {
    const auto executed = chain->executor->execute(block).value();
    CHECK(executed.transactions.back().receipts.back().code == ledger::kOk);
  };
}

}  // namespace

void add_ledger(std::vector<HotPath>& paths) {
  paths.push_back({"tree", kChanges, update_tree});
  paths.push_back({"log", kGroups, write_log});
  paths.push_back({"execution/1", kRecords, [] { return execute(1); }});
  paths.push_back({"execution/32", kRecords, [] { return execute(32); }});
}

}  // namespace jingchu::bench
