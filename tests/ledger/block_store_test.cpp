#include "ledger/block_store.h"

#include "common/codec.h"
#include "ledger/archived_block.h"
#include "tests/ledger/fixture.h"

#include <doctest/doctest.h>

namespace jingchu::ledger::test {
namespace {

TEST_CASE("a block, its transactions and receipts are found again") {
  Chain chain;
  const auto one = transaction(chain.genesis, {call("put", "a=1"), call("emit", "{}")}, {.nonce = 1});
  const auto two = transaction(chain.genesis, {call("fail", "")}, {.nonce = 2});
  const auto block = chain.blocks->next({{one}, {two}});
  const auto executed = chain.executor->execute(block).value();
  const BlockStore store(chain.store);
  const auto stored = store.latest().value();
  REQUIRE(stored);
  CHECK_EQ(stored->header, block.header);
  CHECK_EQ(stored->hash, block.hash);
  CHECK_EQ(stored->finalization, block.finalization);
  CHECK_EQ(stored->transactions, std::vector<Hash>{one->id, two->id});
  CHECK_EQ(stored->batches, std::vector<Hash>{block.batches[0]->tip, block.batches[1]->tip});
  CHECK_EQ(stored->roots, executed.roots);
  CHECK_EQ(store.executed_root(Height(1)).value(), executed.executed_root);
  CHECK_EQ(store.executed_root(Height(0)).value(), chain.executor->genesis_root());
  CHECK(!store.executed_root(Height(2)).value());
  const auto outcome = store.outcome(two->id).value();
  REQUIRE(outcome);
  CHECK_EQ(outcome->place.position, 1);
  CHECK_EQ(outcome->receipts, executed.transactions[1].receipts);
  CHECK_EQ(store.transaction(two->id).value(), two->transaction);
  CHECK(!store.outcome(kZeroHash).value());
  CHECK(!store.transaction(kZeroHash).value());
  auto all = executed.transactions[0].receipts;
  all.push_back(executed.transactions[1].receipts[0]);
  CHECK_EQ(store.receipts(Height(1)).value(), all);
  CHECK(store.receipts(Height(9)).value().empty());
  const auto batch = store.batch(block.batches[1]->tip).value();
  CHECK_EQ(batch->tip, block.batches[1]->tip);
  CHECK_EQ(batch->bytes, block.batches[1]->bytes);
  CHECK_EQ(encode(batch->batch), encode(block.batches[1]->batch));
  CHECK(store.batch(kZeroHash).value() == nullptr);
}

TEST_CASE("the receipts of each of many transactions are found, whatever stands together with them") {
  for (const std::size_t count : {1, 15, 16, 17, 40, 48}) {
    CAPTURE(count);
    Chain chain;
    std::vector<PreparedPointer> transactions;
    for (std::size_t i = 0; i < count; ++i) {
      std::vector<Call> calls(1 + i % 3, call("put", "a=" + std::to_string(i)));
      transactions.push_back(
          transaction(chain.genesis, std::move(calls), {.nonce = static_cast<std::uint8_t>(i)}));
    }
    const auto executed = chain.executor->execute(chain.blocks->next({transactions})).value();
    const BlockStore store(chain.store);
    std::vector<Receipt> all;
    for (std::size_t i = 0; i < count; ++i) {
      const auto& receipts = executed.transactions[i].receipts;
      all.insert(all.end(), receipts.begin(), receipts.end());
      const auto outcome = store.outcome(transactions[i]->id).value();
      REQUIRE(outcome);
      CHECK_EQ(outcome->place.position, i);
      CHECK_EQ(outcome->receipts, receipts);
    }
    CHECK_EQ(store.receipts(Height(1)).value(), all);
    const auto archived = read_archived(chain.store, Height(1)).value();
    REQUIRE_EQ(archived.receipts.size(), count);
    for (std::size_t i = 0; i < count; ++i) CHECK_EQ(archived.receipts[i], executed.transactions[i].receipts);
    // One that is damaged tells it.
    const auto last = static_cast<std::uint32_t>((count - 1) / kReceiptsTogether);
    WriteBatch damage;
    damage.put(store_keys::receipts(Height(1), last), encode(ReceiptLists{}));
    REQUIRE(chain.store.write(damage, Durability::kLater).ok());
    CHECK_EQ(store.outcome(transactions[count - 1]->id).error().type, "storage-corrupted");
    CHECK_EQ(read_archived(chain.store, Height(1)).error().type, "storage-corrupted");
  }
}

TEST_CASE("batches of a lane are served back from a tip") {
  Chain chain;
  std::vector<consensus::BatchPointer> lane;
  for (std::uint8_t i = 0; i < 100; ++i) {
    const auto block =
        chain.blocks->next({{}, {transaction(chain.genesis, {call("put", "a=1")}, {.nonce = i})}});
    chain.executor->execute(block).value();
    lane.push_back(block.batches[1]);
  }
  const BlockStore store(chain.store);
  const auto sequences = [&](NodeIndex of, std::uint64_t first, std::uint64_t last) {
    const auto found = store.batches({of, Sequence(first), Sequence(last), lane[last - 1]->tip}).value();
    std::vector<std::uint64_t> numbers;
    for (const auto& batch : found) numbers.push_back(batch->batch.sequence.value());
    return numbers;
  };
  const NodeIndex one(1);
  CHECK_EQ(sequences(one, 3, 5), std::vector<std::uint64_t>{3, 4, 5});
  CHECK_EQ(sequences(one, 1, 1), std::vector<std::uint64_t>{1});
  const auto many = sequences(one, 1, 100);
  CHECK_EQ(many.size(), consensus::kFetchBatchesMax);
  CHECK_EQ(many.front(), 37);
  CHECK_EQ(many.back(), 100);
  CHECK(sequences(NodeIndex(0), 3, 5).empty());
  CHECK(sequences(one, 6, 5).empty());
  CHECK(store.batches({one, Sequence(1), Sequence(2), kZeroHash}).value().empty());
}

// Blocks of which only some are final by themselves: the others by the path to a descendant.
TEST_CASE("a chain segment ends in a block that its certificate finalizes") {
  Chain chain;
  std::vector<consensus::FinalizedBlock> blocks;
  for (int i = 0; i < 100; ++i) blocks.push_back(chain.blocks->next({}));
  const auto final_by_path = [&](std::size_t index, std::size_t descendant) {
    blocks[index].finalization = blocks[descendant].finalization;
    for (std::size_t i = index + 1; i <= descendant; ++i) blocks[index].path.push_back(blocks[i].header);
  };
  final_by_path(64, 65);
  final_by_path(63, 65);
  final_by_path(62, 65);
  final_by_path(98, 99);
  for (const auto& block : blocks) chain.executor->execute(block).value();
  const BlockStore store(chain.store);
  const auto check = [&](std::uint64_t above, std::uint64_t last) {
    const auto found = store.chain({Height(above)}).value();
    REQUIRE(found);
    REQUIRE_EQ(found->headers.size(), last - above);
    for (std::uint64_t i = 0; i < found->headers.size(); ++i)
      CHECK_EQ(found->headers[i], blocks[above + i].header);
    CHECK_EQ(found->finalization.ballot.height, Height(last));
  };
  check(0, 62);  // heights 63 to 65 are final by 66 only, which is beyond 64 headers
  check(2, 66);
  check(62, 100);
  check(98, 100);
  CHECK(!store.chain({Height(100)}).value());
  CHECK(!store.chain({Height(~std::uint64_t{0})}).value());
}

TEST_CASE("a path is served where no block of the segment is final by itself") {
  Chain chain;
  auto first = chain.blocks->next({});
  const auto second = chain.blocks->next({});
  first.finalization = second.finalization;
  first.path = {second.header};
  chain.executor->execute(first).value();
  const auto found = BlockStore(chain.store).chain({Height(0)}).value();
  REQUIRE(found);
  CHECK_EQ(found->headers, std::vector<consensus::Header>{first.header, second.header});
  CHECK_EQ(found->finalization, second.finalization);
}

TEST_CASE("a chain is served as far as its only finalization, however far that is") {
  Chain chain;
  std::vector<consensus::FinalizedBlock> blocks;
  for (int i = 0; i < 200; ++i) blocks.push_back(chain.blocks->next({}));
  for (std::size_t i = 0; i + 1 < blocks.size(); ++i) {
    blocks[i].finalization = blocks.back().finalization;
    for (std::size_t next = i + 1; next < blocks.size(); ++next)
      blocks[i].path.push_back(blocks[next].header);
  }
  for (const auto& block : blocks) chain.executor->execute(block).value();
  const auto found = BlockStore(chain.store).chain({Height(0)}).value();
  REQUIRE(found);
  REQUIRE_EQ(found->headers.size(), blocks.size());
  CHECK_EQ(found->headers.back(), blocks.back().header);
  CHECK_EQ(found->finalization, blocks.back().finalization);
}

TEST_CASE("recovery finds the last block and the roots before it") {
  Chain chain;
  const BlockStore store(chain.store);
  auto recovered = store.recovered(17).value();
  CHECK_EQ(recovered.executed, chain.genesis.header(chain.executor->genesis_root()));
  CHECK(!recovered.finalization);
  CHECK_EQ(recovered.roots.size(), 1);
  std::vector<Hash> roots = {chain.executor->genesis_root()};
  consensus::FinalizedBlock last;
  for (int i = 0; i < 30; ++i) {
    last = chain.blocks->next({});
    roots.push_back(chain.executor->execute(last).value().executed_root);
  }
  recovered = store.recovered(17).value();
  CHECK_EQ(recovered.executed, last.header);
  CHECK_EQ(recovered.finalization, last.finalization);
  REQUIRE_EQ(recovered.roots.size(), 17);
  for (const auto& [height, root] : recovered.roots) CHECK_EQ(root, roots[height.value()]);
  CHECK_EQ(recovered.roots.front().first, Height(14));
  CHECK_EQ(recovered.roots.back().first, Height(30));
  CHECK_EQ(store.recovered(100).value().roots.size(), 31);
}

TEST_CASE("a damaged value is told as the disk's fault") {
  Chain chain;
  WriteBatch batch;
  batch.put(store_keys::summary(Height(0)), Bytes{1, 2, 3});
  REQUIRE(chain.store.write(batch, Durability::kLater).ok());
  const auto damaged = BlockStore(chain.store).block(Height(0));
  CHECK_EQ(damaged.error().type, "storage-corrupted");
  CHECK_EQ(damaged.error().fault, Fault::kEnvironment);
}

}  // namespace
}  // namespace jingchu::ledger::test
