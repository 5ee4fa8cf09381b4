// The real contracts on a state in memory, as the executor runs them: each call is metered, checked to be
// deterministic and committed, or undone when it is refused.
#pragma once

#include "contracts/governance/governance.h"
#include "ledger/memory_database.h"
#include "ledger/state.h"

namespace jingchu::fuzz {

class ContractChain {
 public:
  // The organization "hubei-aquatic", whose admin and submitter call, operates three of four validators.
  ContractChain();

  // True if it was executed. A call that gives another result the second time, throws, refuses with a fault
  // other than the caller's, emits what is no JSON, or goes on past its cost limit, fails a CHECK.
  bool call(const contracts::Contract& contract, std::string_view method, ByteView payload,
            std::vector<std::string> roles);
  void query(const contracts::Contract& contract, std::string_view query,
             const contracts::QueryParameters& parameters);

  // The validator of that number in the pending set attests that it is ready, if its key is of genesis.
  void attest(std::size_t number);
  // The end of the next epoch: what it decides must be what find_set() tells, and a set that bears a fault.
  void close_epoch();

  const ledger::KeyValueStore& store() const { return store_; }

 private:
  struct Outcome;
  Outcome run(const contracts::Contract& contract, std::string_view method, ByteView payload,
              const contracts::Caller& caller, std::uint64_t cost_max);
  Status begin_governance();
  std::size_t commit();

  ledger::MemoryDatabase store_;
  ledger::StateOverlay overlay_{store_};
  std::uint32_t calls_ = 0;
  Epoch next_to_close_;
};

// A key of that organization.
PublicKey client_key();

}  // namespace jingchu::fuzz
