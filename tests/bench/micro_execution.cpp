// Executing blocks of evidence deposits with the real modules: what a validator does with every record after
// it is final. In memory without a disk, so that it is the processor that is measured; LevelDB's own part is
// in `jingchu bench` and scripts/bench.sh.
#include <benchmark/benchmark.h>

#include "tests/bench/records.h"
#include "tests/ledger/governed_modules.h"

namespace jingchu::ledger {
namespace {

constexpr std::size_t kRecordsOfBlock = 1'024;

// Blocks of kRecordsOfBlock records, made ahead.
std::vector<consensus::FinalizedBlock> make_blocks(const Genesis& genesis, test::Blocks& blocks,
                                                   std::size_t count, std::size_t bundle) {
  std::vector<consensus::FinalizedBlock> made;
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<std::vector<PreparedPointer>> batches(4);
    for (std::size_t record = 0; record < kRecordsOfBlock; record += bundle) {
      batches[record / bundle % batches.size()].push_back(bench::deposit(genesis, number, bundle));
      number += bundle;
    }
    made.push_back(blocks.next(std::move(batches)));
  }
  return made;
}

// bundle = records of a transaction.
void execution(benchmark::State& state) {
  constexpr std::size_t kBlocks = 24;
  Genesis genesis = bench::genesis();
  for (auto _ : state) {
    state.PauseTiming();
    test::Chain chain(genesis, test::governed_modules());
    const auto blocks =
        make_blocks(genesis, *chain.blocks, kBlocks, static_cast<std::size_t>(state.range(0)));
    state.ResumeTiming();
    for (const auto& block : blocks) {
      const auto executed = chain.executor->execute(block).value();
      CHECK(executed.transactions.front().receipts.front().code == kOk);
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBlocks * kRecordsOfBlock));
}
BENCHMARK(execution)->ArgName("bundle")->Arg(1)->Arg(32)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace jingchu::ledger
