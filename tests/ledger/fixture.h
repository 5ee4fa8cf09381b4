// A small network for the ledger's tests: fixed keys, a contract that does as it is told, and blocks made by
// hand.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ledger/executor.h"
#include "ledger/memory_database.h"

namespace jingchu::ledger::test {

// The key whose 32 secret bytes all are `seed`.
PrivateKey fixed_key(std::uint8_t seed, Algorithm algorithm = Algorithm::kEd25519);

// "notes": what a contract may do, on demand. Payloads are plain text.
//   put "k=v" | erase "k" | copy "a>b" | emit "text" | fail (after a put) | burn "n" (n writes) | swallow
//   (reads until over cost and says nothing)
const contracts::Contract& notes();
// "identity": add "<key text>" | bar "<key text>"; genesis {"members": "<key text> ..."}.
const contracts::Contract& members();
std::span<const contracts::Contract* const> small_contracts();  // both
Result<contracts::Caller> authorize_members(const contracts::StateReader& state, const PublicKey& key);

// Four validators; the keys of seeds 1 to 9 are members.
Genesis small_genesis();

Call call(std::string method, std::string payload, std::string contract = "notes");
struct Draft {
  std::uint8_t seed = 1;
  std::uint8_t nonce = 0;
  std::uint64_t valid_until = 10;
  OnError on_error = OnError::kRollback;
};
PreparedPointer transaction(const Genesis& genesis, std::vector<Call> calls, Draft draft = {});

// Finalized blocks that follow each other; `finish` puts batches of transactions into lanes.
class Blocks {
 public:
  explicit Blocks(const Genesis& genesis, const Hash& genesis_root);
  // One inner list is one batch; batch i goes to lane i.
  consensus::FinalizedBlock next(std::vector<std::vector<PreparedPointer>> batches);

 private:
  const Genesis& genesis_;
  consensus::Header parent_;
  Hash parent_hash_{};
};

// What executes the calls.
struct Modules {
  std::span<const contracts::Contract* const> contracts = small_contracts();
  Authorize authorize = authorize_members;
  ValidatorSets validator_sets = {};  // none: those of genesis count for ever
};

// An executor over a store in memory, with its blocks.
struct Chain {
  explicit Chain(Genesis start = small_genesis(), Modules with = {});
  // Opens the executor again, as after a restart.
  void reopen();
  ExecutedBlock run(std::vector<std::vector<PreparedPointer>> batches);
  std::string note(const std::string& key) const;  // empty: absent

  Genesis genesis;
  Modules modules;
  MemoryDatabase store;
  std::unique_ptr<Executor> executor;
  std::unique_ptr<Blocks> blocks;
  std::uint64_t queue_bytes_max = kQueueBytesMax;
};

std::vector<std::string> codes(const ExecutedTransaction& transaction);

}  // namespace jingchu::ledger::test
