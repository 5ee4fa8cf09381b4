// Makes proof bundles out of what this node has executed (docs/formats.md, "Proof bundles"): under the root
// that the newest final header names, of what can be proven there. From any thread.
#pragma once

#include <span>

#include "contracts/contract.h"
#include "contracts/entity_history.h"
#include "ledger/block_store.h"
#include "ledger/genesis.h"
#include "ledger/proof.h"
#include "ledger/state_tree.h"

namespace jingchu::ledger {

inline constexpr std::uint64_t kProvenRecordsMax = 10'000;  // of one entity in one bundle
inline constexpr std::uint64_t kProvenRecordBytesMax = 16 << 20;

class ProofMaker {
 public:
  // Store, tree and contracts outlive the maker.
  ProofMaker(const KeyValueStore& store, const StateTree& tree, const Genesis& genesis,
             std::span<const contracts::Contract* const> contracts)
      : store_(store),
        blocks_(store),
        tree_(tree),
        chain_id_(genesis.chain_id),
        epochs_(genesis.epochs()),
        contracts_(contracts) {}

  // One call of a transaction. Errors: kCaller "not-found" (no receipt of it is here), kOurs
  // "not-provable-yet" (no final header names a root with it yet: ask again), the store's.
  Result<ProofBundle> record(const Hash& transaction_id, std::uint32_t call_index) const;

  // The state of an entity by any form of its name, or its absence; with all of its records if they are asked
  // for. Errors: kCaller "unknown-contract", "no-histories", "bad-entity-name", "too-many-records"; kOurs
  // "not-provable-yet"; the store's.
  Result<ProofBundle> entity(std::string_view contract, std::string_view name, bool with_records) const;

 private:
  // The newest final header, and what stands at the height that it names.
  struct Anchor {
    Height height;  // executed_height: what can be proven
    ProofBundle bundle;
  };
  Result<Anchor> anchor() const;
  Status add_sets(Epoch epoch, ProofBundle& bundle) const;
  Result<FinalHeader> last_of(Epoch epoch) const;
  Status prove_receipt(const TransactionOutcome& outcome, std::uint32_t call_index, RecordClaim& claim) const;
  Result<std::vector<EntityRecord>> records(const contracts::Contract& contract,
                                            const contracts::HistoryHead& head) const;

  const KeyValueStore& store_;
  const BlockStore blocks_;
  const StateTree& tree_;
  const Hash chain_id_;
  const consensus::EpochSchedule epochs_;
  const std::span<const contracts::Contract* const> contracts_;
};

}  // namespace jingchu::ledger
