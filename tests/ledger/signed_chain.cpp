#include "tests/ledger/signed_chain.h"

namespace jingchu::ledger::test {
namespace {

PrivateKey validator_key(std::size_t index) {
  return fixed_key(static_cast<std::uint8_t>(100 + index));
}

}  // namespace

Genesis genesis_of_short_epochs() {
  Genesis genesis = small_genesis();
  genesis.parameters.epoch_blocks = kEpochBlocks;
  genesis.chain_id = sha256(as_bytes(write_genesis(genesis)));
  return genesis;
}

SignedChain::SignedChain(Genesis start) : chain_(std::move(start)) {
  parent_ = genesis().header(chain_.executor->genesis_root());
  parent_hash_ = consensus::block_hash(genesis().chain_id, parent_);
}

consensus::BatchPointer SignedChain::batch(std::uint16_t lane, const consensus::CutEntry& after, Epoch epoch,
                                           const std::vector<PreparedPointer>& transactions) const {
  consensus::Batch batch;
  batch.epoch = epoch;
  batch.lane = NodeIndex(lane);
  batch.sequence = after.sequence.next();
  batch.prev = after.tip;
  for (const auto& transaction : transactions) batch.transactions.push_back(transaction->bytes);
  const Hash tip = consensus::seal(genesis().chain_id, batch)->tip;
  batch.signature = validator_key(lane).sign(consensus::signing_bytes(
      genesis().chain_id, epoch, consensus::SignedKind::kBatch, View(), Height(batch.sequence.value()), tip));
  return consensus::seal(genesis().chain_id, std::move(batch));
}

void SignedChain::finalize(consensus::FinalizedBlock& block) const {
  block.hash = consensus::block_hash(genesis().chain_id, block.header);
  block.finalization.epoch = block.header.epoch;
  block.finalization.ballot = {consensus::VoteKind::kFinalize, block.header.view, block.header.height,
                               block.hash};
  const Bytes message =
      consensus::signing_bytes(genesis().chain_id, block.header.epoch, block.finalization.ballot);
  for (std::uint16_t i = 0; i < 3; ++i) {
    block.finalization.signatures.push_back({NodeIndex(i), validator_key(i).sign(message)});
  }
}

void SignedChain::run(std::vector<std::vector<PreparedPointer>> batches) {
  consensus::FinalizedBlock block;
  const Height height = parent_.height.next();
  const bool begins = parent_.height == Height() || genesis().epochs().is_last(parent_.height);
  auto& header = block.header;
  header = parent_;
  header.epoch = genesis().epochs().of(height);
  header.height = height;
  header.parent_view = begins ? View() : parent_.view;
  header.view = header.parent_view.next();
  header.parent_hash = parent_hash_;
  header.cut = begins ? consensus::Cut(4) : parent_.cut;
  header.time_ms += 20;
  header.executed_height = parent_.height;
  header.executed_root = chain_.executor->executed_root();
  header.next_validators_hash = header.validators_hash;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto lane = static_cast<std::uint16_t>((height.value() + i) % 4);
    if (lane >= batches.size() || batches[lane].empty()) continue;
    block.batches.push_back(batch(lane, header.cut[lane], header.epoch, batches[lane]));
    header.cut[lane] = {block.batches.back()->batch.sequence, block.batches.back()->tip};
  }
  finalize(block);
  parent_ = header;
  parent_hash_ = block.hash;
  chain_.executor->execute(block).value();
}

void SignedChain::run_some(std::uint64_t blocks) {
  for (; blocks != 0; --blocks) {
    const std::uint64_t next = height().value() + 1;
    const auto nonce = static_cast<std::uint8_t>(next);
    run({{transaction(genesis(), {call("put", "k=" + std::to_string(next)), call("emit", "e")},
                      {.nonce = nonce, .valid_until = next + 5})}});
  }
}

SegmentSource SignedChain::source() const {
  const auto set = genesis().validator_set();
  return {&chain_.store, &chain_.genesis, [set](Epoch) { return Result<consensus::ValidatorSet>(set); }};
}

ChainVerifier SignedChain::verifier() const {
  return {genesis(), ChainPosition::genesis(genesis(), chain_.executor->genesis_root())};
}

}  // namespace jingchu::ledger::test
