// A chain of short epochs over the real contracts, executed into a store in memory. Its headers and
// certificates are those that a verifier of proofs accepts.
#pragma once

#include <nlohmann/json.hpp>

#include "ledger/memory_database.h"
#include "ledger/proof.h"
#include "node/epoch.h"
#include "tests/node/epoch_support.h"

namespace jingchu::node::test {

inline constexpr std::uint64_t kGovernedEpochBlocks = 3;

// Validators "a" to "d", numbers 0 to 3; the admin of each one's operator has the key 100 + number.
ledger::Genesis genesis_of_four();
// After its rules were changed: the chain's id is of the file.
ledger::Genesis renamed(ledger::Genesis genesis);

// The executor of a node of that network.
std::unique_ptr<ledger::Executor> open_executor(const ledger::Genesis& genesis, ledger::KeyValueStore& store);

class GovernedChain {
 public:
  using Transactions = std::vector<ledger::PreparedPointer>;

  explicit GovernedChain(ledger::Genesis start = genesis_of_four());
  void open();
  EpochPlan plan() const { return plan_epoch(genesis, store).value(); }

  // The next block, as the epoch that it belongs to makes it. run() expects that all of its transactions
  // succeed at once; `blocks` keeps each one.
  void run(const Transactions& transactions = {});
  ledger::ExecutedBlock run_any(const Transactions& transactions);
  // Empty ones, up to the end of that epoch.
  void run_through(Epoch epoch);
  // Two blocks, both final by the certificate of the second.
  void run_two();

  // A certificate of the last header of `proof` by the first quorum of that epoch's set, or by `signers`.
  void certify(ledger::FinalHeader& proof, std::vector<std::uint16_t> signers = {}) const;
  // A block again with a certificate of these signers.
  consensus::FinalizedBlock signed_by(consensus::FinalizedBlock block,
                                      std::vector<std::uint16_t> signers) const;

  // A call by the admin of an operator, valid for half of the window.
  ledger::PreparedPointer sent(const std::string& contract, const std::string& method,
                               const nlohmann::json& payload, std::uint8_t as = 0);
  ledger::PreparedPointer governed(const std::string& method, const nlohmann::json& payload,
                                   std::uint8_t as) {
    return sent("governance", method, payload, as);
  }
  ledger::PreparedPointer ready(const Members& pending, const std::string& name, std::uint8_t number);
  // Of this content's hashes, under a name of its own; `note` makes it larger.
  ledger::PreparedPointer deposit(const std::string& content, const std::string& note = {});
  // A block in which validator "e", number 9, of operator "a" is proposed and accepted: the new set. And one
  // in which a quorum of it is ready: if that is in epoch 0, it counts from epoch 2 on.
  Members propose_fifth();
  void make_ready(const Members& five);

  // What a node would open now: the core takes it.
  std::unique_ptr<consensus::Core> core() const;

  ledger::Genesis genesis;
  ledger::MemoryDatabase store;
  std::unique_ptr<ledger::Executor> executor;
  consensus::Header parent;
  Hash parent_hash{};
  std::vector<consensus::FinalizedBlock> blocks;
  std::uint64_t lag = 1;  // of the executed heights that headers name
  std::uint8_t nonce = 0;

 private:
  consensus::FinalizedBlock next(const Transactions& transactions);
  void put_batch(const Transactions& transactions, Epoch epoch, consensus::FinalizedBlock& block);
  ledger::ExecutedBlock execute(consensus::FinalizedBlock block);
};

// "sha256:<hex>", as the module evidence names the entity of a content.
std::string evidence_entity(const std::string& content);

}  // namespace jingchu::node::test
