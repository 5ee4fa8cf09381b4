// The plan of an epoch over a store that a real executor has written, with the real module "governance".
#include "node/epoch.h"

#include "contracts/contract.h"
#include "node/admission.h"
#include "tests/node/governed_chain.h"

#include <doctest/doctest.h>

namespace jingchu::node::test {
namespace {

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
  for (std::uint64_t height = 1; height <= kGovernedEpochBlocks; ++height) chain.run();
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
  CHECK_FALSE(plan.pending.has_value());
  const auto five = chain.propose_fifth();
  REQUIRE(refresh(plan, chain.store).ok());
  CHECK(plan.pending == five);
  chain.make_ready(five);
  chain.run();
  plan = chain.plan();
  CHECK_EQ(plan.epoch, Epoch(1));
  CHECK(plan.members == four);
  CHECK(plan.next == five);
  CHECK_FALSE(plan.pending.has_value());
  CHECK_EQ(plan.next_validators_hash, validator_set(five).hash());
  for (std::uint64_t block = 0; block < kGovernedEpochBlocks; ++block) chain.run();
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
