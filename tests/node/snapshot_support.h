// Snapshots of a GovernedChain, for the tests that make stores of them and for those that break them.
#pragma once

#include "ledger/proof_maker.h"
#include "ledger/snapshot.h"
#include "tests/node/governed_chain.h"

namespace jingchu::node::test {

// genesis_of_four() with a short window and a block that two bulky transactions do not fit into.
ledger::Genesis genesis_of_snapshots();

inline constexpr std::uint32_t kSmallChunkBytes = 8 << 10;

struct CutState {
  ledger::SnapshotContents contents;
  std::vector<Bytes> chunks;
};
CutState cut(const ledger::KeyValueStore& store, std::uint32_t chunk_bytes = kSmallChunkBytes);

// A chain up to the end of epoch 2, which a fifth validator joined: its state has records, a window, and in
// its queue a transaction; `later` blocks of epoch 3 and 4 follow.
class SnapshotChain {
 public:
  explicit SnapshotChain(std::uint64_t lag = 1);

  // One more block each: the first executes what waits in the queue, the second brings a copy.
  void run_next();
  // Behind run_next(), or any block above the snapshot.
  ledger::Snapshot snapshot() const;
  std::string genesis_file() const { return ledger::write_genesis(chain.genesis); }
  Hash genesis_root() const { return chain.executor->genesis_root(); }

  GovernedChain chain;
  CutState state;                  // after height()
  ledger::PreparedPointer copied;  // executed within the window
  ledger::PreparedPointer queued;
  static Height height() { return Height(9); }
};

// Of so many deposits with long notes, each of another content: costs more than a block may.
ledger::PreparedPointer bulk(GovernedChain& chain, const std::string& name, std::size_t deposits);

// What a store is made of, by the steps of a node that fetched it. Chunks are read as they came.
Status restore(ledger::KeyValueStore& store, const ledger::KeyValueStore& genesis_store,
               const ledger::Snapshot& snapshot, const std::vector<Bytes>& chunks,
               std::size_t heads_at_a_time = ledger::SnapshotRestorer::kHeadsAtATime);

// A node whose store began with a snapshot.
struct RestoredNode {
  RestoredNode(const ledger::Genesis& of, const ledger::Snapshot& snapshot, const std::vector<Bytes>& chunks,
               std::size_t heads_at_a_time = ledger::SnapshotRestorer::kHeadsAtATime);
  void open() { executor = open_executor(genesis, store); }
  // As a proof of all records of that content's entity, judged; or the error's type.
  std::string prove(const std::string& content) const;

  const ledger::Genesis genesis;
  ledger::MemoryDatabase genesis_store;
  ledger::MemoryDatabase store;
  std::unique_ptr<ledger::Executor> executor;
  std::vector<std::string> told;  // errors of the store
};

// "holds, 2 records"; "<step>: <reason>"; or the error's type.
std::string prove_entity(const ledger::Genesis& genesis, const ledger::KeyValueStore& store,
                         const ledger::StateTree& tree, const std::string& content);

}  // namespace jingchu::node::test
