// A node for the HTTP API to ask: the real contracts and one executed block in memory, and an ingress that
// checks all but the signature, so that a fuzzer gets past it.
#pragma once

#include "ledger/executor.h"
#include "ledger/memory_database.h"
#include "ledger/proof_maker.h"
#include "node/api/backend.h"
#include "node/metrics.h"

namespace jingchu::fuzz {

class HttpBackend final : public node::ApiBackend {
 public:
  explicit HttpBackend(node::Metrics& metrics);

  boost::asio::awaitable<Result<Hash>> submit(ledger::Transaction transaction) override;
  boost::asio::awaitable<Result<node::TransactionView>> wait_final(
      Hash id, std::chrono::milliseconds timeout) override;
  Result<node::TransactionView> transaction(const Hash& id) const override;
  node::NodeView view() const override;
  const ledger::Genesis& genesis() const override { return genesis_; }
  std::string genesis_file() const override { return genesis_file_; }
  const ledger::BlockStore& blocks() const override { return blocks_; }
  const ledger::MisbehaviourStore& misbehaviour() const override { return evidence_; }
  std::vector<node::SnapshotView> snapshots() const override { return {}; }
  boost::asio::awaitable<Result<Bytes>> snapshot_manifest(Height) override {
    co_return caller_error("not-found", "none");
  }
  boost::asio::awaitable<Result<Bytes>> snapshot_chunk(Height, std::uint64_t) override {
    co_return caller_error("not-found", "none");
  }
  boost::asio::awaitable<Result<std::vector<ledger::EpochRange>>> archive_epochs() override {
    co_return std::vector<ledger::EpochRange>();
  }
  boost::asio::awaitable<Result<node::SegmentView>> archive_segment(Epoch) override {
    co_return caller_error("not-found", "none");
  }
  boost::asio::awaitable<Result<Bytes>> archive_piece(Epoch, std::uint64_t) override {
    co_return caller_error("not-found", "none");
  }
  Result<ledger::ProofBundle> prove_record(const Hash& transaction_id,
                                           std::uint32_t call_index) const override {
    return proofs_->record(transaction_id, call_index);
  }
  Result<ledger::ProofBundle> prove_entity(std::string_view contract, std::string_view name,
                                           bool with_records) const override {
    return proofs_->entity(contract, name, with_records);
  }
  Result<std::string> query(const contracts::Contract& contract, std::string_view query,
                            const contracts::QueryParameters& parameters) const override;
  std::string metrics() const override { return metrics_.text(); }

  const ledger::Transaction& sample() const { return sample_; }  // the one that was executed

 private:
  node::Metrics& metrics_;
  std::string genesis_file_;
  ledger::Genesis genesis_;
  ledger::MemoryDatabase store_;
  ledger::BlockStore blocks_{store_};
  ledger::MisbehaviourStore evidence_{store_};
  std::unique_ptr<ledger::Executor> executor_;
  std::optional<ledger::ProofMaker> proofs_;
  ledger::Transaction sample_;
};

}  // namespace jingchu::fuzz
