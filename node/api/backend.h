// What the HTTP API may ask of the node. The routes know nothing else of it, so that they can be tested
// against a fake.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "consensus/core.h"
#include "contracts/contract.h"
#include "ledger/block_store.h"
#include "ledger/genesis.h"
#include "ledger/misbehaviour_store.h"
#include "ledger/proof.h"
#include "ledger/receipt.h"
#include "ledger/transaction.h"
#include "network/peer_set.h"
#include "node/archive.h"
#include "node/disk_watch.h"
#include "node/snapshots.h"

namespace jingchu::node {

enum class TransactionState { kUnknown, kPending, kFinal, kExpired };

struct TransactionView {
  TransactionState state = TransactionState::kUnknown;
  std::vector<ledger::Receipt> receipts;  // when final: one for each call
};

struct MempoolView {
  std::size_t transactions = 0;
  std::size_t bytes = 0;
  std::size_t transactions_max = 0;
  std::uint64_t bytes_max = 0;
};

// A copy of the node's state at one moment.
struct NodeView {
  std::string name;
  std::string role;                     // "validator", "next", "follower" or "observer" of the epoch
  Epoch epoch;                          // that the core serves
  std::vector<std::string> validators;  // names of the epoch's validators, by index
  consensus::CoreStatus consensus;
  std::vector<network::PeerStatus> peers;
  MempoolView mempool;
  std::uint64_t uptime_ms = 0;
  std::uint64_t time_ms = 0;       // by this machine's clock
  std::uint64_t monotonic_us = 0;  // of the same moment
  std::string failure;             // why this node no longer serves (disk failure); empty while all is well
  bool caught_up = false;          // executes what the network has finalized
  std::vector<std::string> problems;            // of its machine: the clock, file descriptors
  std::optional<std::int64_t> clock_offset_ms;  // ahead of the other validators'; nothing: not known
  std::vector<DiskView> disks;
  std::uint64_t keep_blocks = 0;                  // of the history; 0: all
  bool behind_horizon = false;                    // nobody gives the blocks that it needs next
  Height from_height;                             // the first block that it still answers of
  std::map<std::string, std::uint64_t> refusals;  // of peers' connections by reason, since the start
};

class ApiBackend {
 public:
  virtual ~ApiBackend() = default;

  // Checks, admits and queues a transaction for this validator's lane; the same bytes again give the same id.
  // Errors of the caller by type: "wrong-chain", "bad-signature", "unknown-sender", "inactive-sender",
  // "expired", ... ; of ours: "mempool-full", "sender-share-full" (try again), "not-serving".
  virtual boost::asio::awaitable<Result<Hash>> submit(ledger::Transaction transaction) = 0;
  // What became of it when it is final or expired, or after `timeout`.
  virtual boost::asio::awaitable<Result<TransactionView>> wait_final(Hash id,
                                                                     std::chrono::milliseconds timeout) = 0;
  virtual Result<TransactionView> transaction(const Hash& id) const = 0;

  virtual NodeView view() const = 0;
  virtual const ledger::Genesis& genesis() const = 0;
  // The genesis file's bytes, exactly: their hash is the chain id.
  virtual std::string genesis_file() const = 0;
  virtual const ledger::BlockStore& blocks() const = 0;
  virtual const ledger::MisbehaviourStore& misbehaviour() const = 0;
  // Proof bundles, as ledger/proof_maker.h makes them.
  virtual Result<ledger::ProofBundle> prove_record(const Hash& transaction_id,
                                                   std::uint32_t call_index) const = 0;
  virtual Result<ledger::ProofBundle> prove_entity(std::string_view contract, std::string_view name,
                                                   bool with_records) const = 0;
  virtual std::vector<SnapshotView> snapshots() const = 0;
  // As Snapshots has them; read where nobody else has to wait.
  virtual boost::asio::awaitable<Result<Bytes>> snapshot_manifest(Height height) = 0;
  virtual boost::asio::awaitable<Result<Bytes>> snapshot_chunk(Height height, std::uint64_t index) = 0;
  // As Archive has them.
  virtual boost::asio::awaitable<Result<std::vector<ledger::EpochRange>>> archive_epochs() = 0;
  virtual boost::asio::awaitable<Result<SegmentView>> archive_segment(Epoch epoch) = 0;
  virtual boost::asio::awaitable<Result<Bytes>> archive_piece(Epoch epoch, std::uint64_t index) = 0;
  // Runs a contract's query on the state of the last executed block.
  virtual Result<std::string> query(const contracts::Contract& contract, std::string_view query,
                                    const contracts::QueryParameters& parameters) const = 0;
  // Prometheus text format.
  virtual std::string metrics() const = 0;
};

}  // namespace jingchu::node
