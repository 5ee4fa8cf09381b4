// The plan of an epoch over a store that a real executor has written, with the real module "governance".
#include <nlohmann/json.hpp>

#include "contracts/contract.h"
#include "ledger/memory_database.h"
#include "node/admission.h"
#include "node/epoch.h"
#include "tests/node/epoch_support.h"

#include <doctest/doctest.h>

namespace jingchu::node::test {
namespace {

using nlohmann::json;

constexpr std::uint64_t kEpochBlocks = 3;

// Validators "a" to "d", numbers 0 to 3; the admin of each one's operator has the key 100 + number.
ledger::Genesis genesis_of_four() {
  ledger::Genesis genesis;
  genesis.name = "epochs";
  genesis.time_ms = 1'700'000'000'000;
  genesis.parameters.epoch_blocks = kEpochBlocks;
  json organizations = json::array();
  for (std::uint8_t number = 0; number < 4; ++number) {
    const auto one = member(std::string(1, static_cast<char>('a' + number)), number);
    genesis.validators.push_back({one.name, one.division, one.consensus_key, one.transport_key, one.address});
    const auto admin = fixed_key(static_cast<std::uint8_t>(100 + number)).public_key();
    organizations.push_back(
        {{"id", one.name},
         {"name", one.name},
         {"members", {{{"key", to_string(admin)}, {"name", "admin"}, {"roles", {"admin"}}}}}});
  }
  genesis.contracts["identity"] = json({{"organizations", organizations}}).dump();
  genesis.chain_id = sha256(as_bytes(ledger::write_genesis(genesis)));
  return genesis;
}

struct GovernedChain {
  GovernedChain() { open(); }
  void open() {
    executor.reset();
    executor = ledger::Executor::open({.genesis = genesis,
                                       .store = &store,
                                       .contracts = contracts::registry(),
                                       .authorize = caller_of,
                                       .validator_sets = governed_sets()})
                   .value();
  }
  EpochPlan plan() const { return plan_epoch(genesis, store).value(); }

  // The next block, as the epoch that it belongs to makes it.
  void run(const std::vector<ledger::PreparedPointer>& transactions = {}) {
    const auto now = plan();
    if (parent.epoch != now.epoch || parent.height == Height()) {
      parent = now.base;
      parent_hash = now.base_hash.value_or(consensus::block_hash(genesis.chain_id, now.base));
    }
    consensus::FinalizedBlock block;
    block.header = parent;
    block.header.view = parent.view.next();
    block.header.height = parent.height.next();
    block.header.parent_view = parent.view;
    block.header.parent_hash = parent_hash;
    block.header.time_ms += 20;
    if (!transactions.empty()) {
      auto& cut = block.header.cut[0];
      consensus::Batch batch;
      batch.epoch = now.epoch;
      batch.sequence = cut.sequence.next();
      batch.prev = cut.tip;
      for (const auto& transaction : transactions) batch.transactions.push_back(transaction->bytes);
      block.batches.push_back(consensus::seal(genesis.chain_id, std::move(batch)));
      cut = {block.batches[0]->batch.sequence, block.batches[0]->tip};
    }
    block.hash = consensus::block_hash(genesis.chain_id, block.header);
    block.finalization.epoch = now.epoch;
    block.finalization.ballot = {consensus::VoteKind::kFinalize, block.header.view, block.header.height,
                                 block.hash};
    const auto executed = executor->execute(block).value();
    for (const auto& one : executed.transactions) {
      for (const auto& receipt : one.receipts) CHECK_EQ(receipt.code + " " + receipt.message, "ok ");
    }
    CHECK_EQ(executed.transactions.size(), transactions.size());
    parent = block.header;
    parent_hash = block.hash;
  }
  ledger::PreparedPointer governed(const std::string& method, const json& payload, std::uint8_t as) {
    return ledger::test::transaction(
        genesis, {ledger::test::call(method, payload.dump(), "governance")},
        {.seed = static_cast<std::uint8_t>(100 + as), .nonce = nonce++, .valid_until = 100});
  }
  ledger::PreparedPointer ready(const Members& pending, const std::string& name, std::uint8_t number) {
    const auto key = fixed_key(static_cast<std::uint8_t>(2 * number + 1));
    const auto bytes = contracts::governance::readiness_bytes(genesis.chain_id, 1, pending, name);
    return governed("ready", {{"proposal", 1}, {"validator", name}, {"signature", to_hex(key.sign(bytes))}},
                    0);
  }
  // What a node would open now: the core takes it.
  std::unique_ptr<consensus::Core> core() const {
    const auto now = plan();
    return consensus::Core::create(core_config(now, genesis, {}), nullptr,
                                   recovered(now, genesis, store).value())
        .value();
  }

  ledger::Genesis genesis = genesis_of_four();
  ledger::MemoryDatabase store;
  std::unique_ptr<ledger::Executor> executor;
  consensus::Header parent;
  Hash parent_hash{};
  std::uint8_t nonce = 0;
};

TEST_CASE("epoch 0 begins upon genesis, and is recovered in its middle as any block is") {
  GovernedChain chain;
  auto plan = chain.plan();
  CHECK_EQ(plan.epoch, Epoch(0));
  CHECK_EQ(plan.last_height, Height(3));
  CHECK_EQ(plan.base.height, Height(0));
  CHECK_FALSE(plan.base_hash.has_value());
  CHECK_FALSE(plan.before.has_value());
  CHECK_EQ(plan.members.size(), 4u);
  CHECK(plan.next == plan.members);
  CHECK_EQ(chain.core()->status().executed_height, Height(0));
  chain.run();
  chain.run();
  plan = chain.plan();
  CHECK_EQ(plan.epoch, Epoch(0));
  const auto found = recovered(plan, chain.genesis, chain.store).value();
  CHECK_EQ(found.executed.height, Height(2));
  REQUIRE(found.finalization.has_value());
  CHECK_EQ(found.finalization->ballot.hash, chain.parent_hash);
  CHECK_EQ(found.roots.size(), 3u);
}

TEST_CASE("an epoch's last block is the next one's base: final, executed, with lanes that begin anew") {
  GovernedChain chain;
  for (std::uint64_t height = 1; height <= kEpochBlocks; ++height) chain.run();
  const auto plan = chain.plan();
  CHECK_EQ(plan.epoch, Epoch(1));
  CHECK_EQ(plan.last_height, Height(6));
  CHECK_EQ(plan.base.epoch, Epoch(1));
  CHECK_EQ(plan.base.height, Height(3));
  CHECK_EQ(plan.base.view, View(0));
  CHECK_EQ(plan.base.executed_root, chain.executor->executed_root());
  CHECK(plan.base.cut == consensus::Cut(4));
  CHECK_EQ(plan.base_hash, chain.parent_hash);
  CHECK(plan.before == plan.members);
  const auto found = recovered(plan, chain.genesis, chain.store).value();
  CHECK(found.executed == plan.base);
  // What finalized it belongs to the epoch before.
  CHECK_FALSE(found.finalization.has_value());
  CHECK(found.path.empty());
  CHECK_EQ(found.roots.back().first, Height(3));
  CHECK_EQ(chain.core()->status().epoch, Epoch(1));
  chain.open();
  CHECK_EQ(chain.plan().base, plan.base);
  chain.run();
  CHECK_EQ(chain.plan().epoch, Epoch(1));
  CHECK_EQ(recovered(chain.plan(), chain.genesis, chain.store).value().executed.height, Height(4));
  CHECK_EQ(chain.core()->status().final_height, Height(4));
}

TEST_CASE("a change that is accepted in epoch 0 and ready before it ends counts from epoch 2 on") {
  GovernedChain chain;
  auto plan = chain.plan();
  const auto four = plan.members;
  auto five = four;
  five.push_back(member("e", 9));
  five.back().operator_id = "a";
  const auto& fifth = five.back();
  chain.run({chain.governed("propose",
                            {{"changes",
                              {{{"add",
                                 {{"name", fifth.name},
                                  {"division", fifth.division},
                                  {"operator_id", fifth.operator_id},
                                  {"consensus_key", to_string(fifth.consensus_key)},
                                  {"transport_key", to_string(fifth.transport_key)},
                                  {"address", fifth.address}}}}}}},
                            0),
             chain.governed("vote", {{"proposal", 1}, {"vote", "yes"}}, 0),
             chain.governed("vote", {{"proposal", 1}, {"vote", "yes"}}, 1),
             chain.governed("vote", {{"proposal", 1}, {"vote", "yes"}}, 2)});
  CHECK_FALSE(plan.pending.has_value());
  REQUIRE(refresh(plan, chain.store).ok());
  CHECK(plan.pending == five);
  chain.run({chain.ready(five, "a", 0), chain.ready(five, "b", 1), chain.ready(five, "c", 2),
             chain.ready(five, "e", 9)});
  chain.run();
  plan = chain.plan();
  CHECK_EQ(plan.epoch, Epoch(1));
  CHECK(plan.members == four);
  CHECK(plan.next == five);
  CHECK_FALSE(plan.pending.has_value());
  CHECK_EQ(plan.next_validators_hash, validator_set(five).hash());
  for (std::uint64_t block = 0; block < kEpochBlocks; ++block) chain.run();
  plan = chain.plan();
  CHECK_EQ(plan.epoch, Epoch(2));
  CHECK(plan.members == five);
  CHECK(plan.before == four);
  CHECK_EQ(plan.validators.hash(), validator_set(five).hash());
  CHECK(plan.base.cut == consensus::Cut(5));
  CHECK_EQ(chain.core()->status().watermarks.size(), 5u);
  chain.run();
  CHECK_EQ(chain.core()->status().executed_height, Height(7));
}

TEST_CASE("a store without genesis, or without the set of its epoch, is an error and not a plan") {
  const ledger::Genesis genesis = genesis_of_four();
  ledger::MemoryDatabase empty;
  CHECK_EQ(plan_epoch(genesis, empty).error().type, "no-genesis");
  // As a ledger is that keeps no sets.
  const auto executor =
      ledger::Executor::open(
          {.genesis = genesis, .store = &empty, .contracts = contracts::registry(), .authorize = caller_of})
          .value();
  CHECK_EQ(plan_epoch(genesis, empty).error().type, "storage-corrupted");
}

}  // namespace
}  // namespace jingchu::node::test
