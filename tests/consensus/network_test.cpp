// Several cores in one process on a perfect network.
#include "support.h"

#include <doctest/doctest.h>

namespace jingchu::consensus::testing {
namespace {

std::size_t transactions_in(const std::vector<FinalizedBlock>& blocks) {
  std::size_t count = 0;
  for (const FinalizedBlock& block : blocks) {
    for (const BatchPointer& batch : block.batches) count += batch->batch.transactions.size();
  }
  return count;
}

void check_agreement(const Net& net) {
  for (const auto& blocks : net.blocks) {
    for (std::size_t i = 0; i < std::min(blocks.size(), net.blocks[0].size()); ++i) {
      REQUIRE(blocks[i].hash == net.blocks[0][i].hash);
      REQUIRE(blocks[i].header.height == Height(i + 1));
    }
  }
}

}  // namespace

TEST_CASE("cores finalize blocks with transactions and agree") {
  for (const std::size_t n : {1u, 2u, 4u, 6u, 7u}) {
    CAPTURE(n);
    Net net(n);
    net.run_ms(100);
    for (int round = 0; round < 20; ++round) {
      for (std::size_t i = 0; i < n; ++i)
        net.submit(i, "t" + std::to_string(round) + "." + std::to_string(i));
      net.run_ms(10);
    }
    net.run_ms(500);
    check_agreement(net);
    for (const auto& blocks : net.blocks) CHECK(transactions_in(blocks) == 20 * n);
    for (const Notice& notice : net.notices) CHECK_MESSAGE(false, notice.kind << " " << notice.text);
    CHECK(net.evidence.empty());
  }
}

TEST_CASE("who validates nothing delivers what is final, and sends nothing but fetches and answers") {
  const Fixture given(4);
  Bench bench(given);
  const Header header = given.header(1, given.genesis);
  const Hash hash = block_hash(given.chain_id, header);
  REQUIRE(bench.receive(1, given.proposal(header)));
  for (const VoteKind kind : {VoteKind::kNotarize, VoteKind::kFinalize}) {
    REQUIRE(bench.receive(1, given.certificate(kind, 1, 1, hash)));
  }
  REQUIRE(bench.delivered.size() == 1);
  REQUIRE(bench.receive(2, given.certificate(VoteKind::kNullify, 2, 0, {})));
  for (std::size_t peer = 0; peer < 4; ++peer) bench.give(PeerConnected{node(peer)});
  bench.advance_ms(5'000);
  CHECK(bench.noticed("standstill"));
  for (const Message& message : bench.sent) {
    CHECK((std::holds_alternative<FetchCertificates>(message) ||
           std::holds_alternative<FetchProposal>(message) || std::holds_alternative<FetchBatches>(message) ||
           std::holds_alternative<FetchChain>(message)));
  }
  CHECK(bench.persisted.empty());
  bench.forget();
  REQUIRE(bench.receive(3, FetchChain{Height()}));
  CHECK(bench.of<Chain>(bench.sent).size() == 1);
}

TEST_CASE("a chain of which only the last block is known to be final is given as a whole") {
  const Fixture given(4);
  Bench bench(given);
  Header header = given.genesis;
  for (std::uint64_t at = 1; at <= 100; ++at) {
    header = given.header(at, header);
    REQUIRE(bench.receive(at % 4, given.proposal(header)));
    const Hash hash = block_hash(given.chain_id, header);
    REQUIRE(bench.receive(1, given.certificate(VoteKind::kNotarize, at, at, hash)));
    if (at == 100) REQUIRE(bench.receive(1, given.certificate(VoteKind::kFinalize, at, at, hash)));
  }
  bench.forget();
  REQUIRE(bench.receive(3, FetchChain{Height()}));
  const auto chains = bench.of<Chain>(bench.sent);
  REQUIRE(chains.size() == 1);
  CHECK(chains[0].headers.size() == 100);
  CHECK(chains[0].finalization.ballot.height == Height(100));
}

TEST_CASE("without transactions leaders idle, and a new batch wakes them at once") {
  Net net(4);
  net.run_ms(3'000);
  const auto height = net.cores[0]->status().final_height;
  net.run_ms(10'000);
  const std::uint64_t blocks = net.cores[0]->status().final_height - height;
  CHECK(blocks >= 8);
  CHECK(blocks <= 12);
  for (std::size_t i = 0; i < 4; ++i) CHECK(net.cores[i]->status().nullified_views == 0);
  for (std::size_t round = 0; round < 8; ++round) {
    const std::size_t before = transactions_in(net.blocks[3]);
    net.run_ms(700);
    net.submit(round % 4, "hello " + std::to_string(round));
    net.run_ms(30);
    CHECK(transactions_in(net.blocks[3]) == before + 1);
  }
}

TEST_CASE("f validators down cost their views and nothing else") {
  Net net(4);
  net.run_ms(100);
  net.is_down[2] = true;
  for (int round = 0; round < 50; ++round) {
    net.submit(0, "t" + std::to_string(round));
    net.run_ms(20);
  }
  net.run_ms(1'000);
  CHECK(transactions_in(net.blocks[0]) == 50);
  check_agreement(net);
  const CoreStatus seen = net.cores[0]->status();
  CHECK(seen.nullified_views > 0);
  CHECK(seen.nullified_by_leader == std::vector<std::uint64_t>{0, 0, seen.nullified_views, 0});
  CHECK(seen.reports[1].heard_us.value_or(0) > seen.reports[2].heard_us.value_or(0) + 1'000'000);
  CHECK(seen.reports[1].batches_lacking == 0);
  CHECK(seen.reports[2].batches_lacking > 40);
  SUBCASE("and come back") {
    net.is_down[2] = false;
    net.run_ms(3'000);
    CHECK(net.cores[0]->status().final_height - net.cores[2]->status().final_height <= 1);
    CHECK(transactions_in(net.blocks[2]) == 50);
    check_agreement(net);
  }
}

TEST_CASE("a node that was away for less than the window catches up from its peers' memory") {
  Net net(4);
  net.is_down[1] = true;
  for (int round = 0; round < 40; ++round) {
    net.submit(round % 2 == 0 ? 0 : 3, "t" + std::to_string(round));
    net.run_ms(25);
  }
  const auto missed = net.cores[0]->status().final_height;
  CHECK(missed > Height(8));
  CHECK(missed < Height(64));
  CHECK(net.blocks[1].empty());
  net.is_down[1] = false;
  net.run_ms(1'500);
  CHECK(net.cores[1]->status().executed_height >= missed);
  CHECK(transactions_in(net.blocks[1]) == 40);
  check_agreement(net);
}

TEST_CASE("R13: clocks that are all set back by an hour do not stop the chain") {
  Net net(4);
  net.run_ms(500);
  for (auto& offset_ms : net.clock_offset_ms) offset_ms = -3'600'000;
  const Height before = net.cores[0]->status().final_height;
  net.submit(1, "after");
  net.run_ms(5'000);
  check_agreement(net);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(net.cores[i]->status().final_height >= before + 4);
    CHECK(transactions_in(net.blocks[i]) == 1);
  }
}

TEST_CASE("R13: f clocks that are an hour off cost views, not progress") {
  for (const std::int64_t offset_ms : {3'600'000, -3'600'000}) {
    CAPTURE(offset_ms);
    Net net(4);
    net.clock_offset_ms[2] = offset_ms;
    net.run_ms(2'000);
    for (std::size_t i = 0; i < 4; ++i) net.submit(i, "t" + std::to_string(i));
    net.run_ms(10'000);
    check_agreement(net);
    for (const auto& blocks : net.blocks) CHECK(transactions_in(blocks) == 4);
    for (std::size_t i = 0; i < 4; ++i) CHECK(net.cores[i]->status().final_height > Height(6));
  }
}

}  // namespace jingchu::consensus::testing
