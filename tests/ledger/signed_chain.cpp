#include "tests/ledger/signed_chain.h"

#include <map>

#include "tests/ledger/governed_modules.h"

namespace jingchu::ledger::test {
namespace {

// Those of small_genesis(), and of who comes later, by their seeds.
const PrivateKey& key_of(const consensus::Validator& validator) {
  static const auto kKeys = [] {
    std::map<PublicKey, PrivateKey> keys;
    for (std::uint8_t seed = 100; seed < 120; ++seed)
      keys.emplace(fixed_key(seed).public_key(), fixed_key(seed));
    return keys;
  }();
  return kKeys.at(validator.consensus_key);
}

}  // namespace

Genesis genesis_of_short_epochs() {
  Genesis genesis = small_genesis();
  genesis.parameters.epoch_blocks = kEpochBlocks;
  genesis.chain_id = sha256(as_bytes(write_genesis(genesis)));
  return genesis;
}

SignedChain::SignedChain(Genesis start, Modules modules) : chain_(std::move(start), std::move(modules)) {
  parent_ = genesis().header(chain_.executor->genesis_root());
}

consensus::ValidatorSet SignedChain::set_of(Epoch epoch) const {
  return source().set_of(epoch).value();
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
  const auto message = consensus::signing_bytes(genesis().chain_id, epoch, consensus::SignedKind::kBatch,
                                                View(), Height(batch.sequence.value()), tip);
  batch.signature = key_of(set_of(epoch)[NodeIndex(lane)]).sign(message);
  return consensus::seal(genesis().chain_id, std::move(batch));
}

consensus::Certificate SignedChain::certify(const consensus::Header& header) const {
  const auto set = set_of(header.epoch);
  consensus::Certificate certificate;
  certificate.epoch = header.epoch;
  certificate.ballot = {consensus::VoteKind::kFinalize, header.view, header.height,
                        consensus::block_hash(genesis().chain_id, header)};
  const Bytes message = consensus::signing_bytes(genesis().chain_id, header.epoch, certificate.ballot);
  for (std::uint16_t i = 0; i < set.quorum(); ++i) {
    certificate.signatures.push_back({NodeIndex(i), key_of(set[NodeIndex(i)]).sign(message)});
  }
  return certificate;
}

consensus::Header SignedChain::header_after(const consensus::Header& parent) const {
  const Height height = parent.height.next();
  const bool begins = parent.height == Height() || genesis().epochs().is_last(parent.height);
  consensus::Header header = parent;
  header.epoch = genesis().epochs().of(height);
  const auto set = set_of(header.epoch);
  header.height = height;
  header.parent_view = begins ? View() : parent.view;
  header.view = header.parent_view.next();
  header.parent_hash = consensus::block_hash(genesis().chain_id, parent);
  header.cut = begins ? consensus::Cut(set.size()) : parent.cut;
  header.time_ms += 20;
  header.executed_height = chain_.executor->height();
  header.executed_root = chain_.executor->executed_root();
  header.validators_hash = set.hash();
  header.next_validators_hash = set_of(header.epoch.next()).hash();
  return header;
}

void SignedChain::execute(consensus::FinalizedBlock block) {
  block.hash = consensus::block_hash(genesis().chain_id, block.header);
  if (block.path.empty()) block.finalization = certify(block.header);
  parent_ = block.header;
  chain_.executor->execute(block).value();
}

void SignedChain::run(std::vector<std::vector<PreparedPointer>> batches) {
  consensus::FinalizedBlock block;
  block.header = child_ ? *child_ : header_after(parent_);
  child_.reset();
  auto& header = block.header;
  const std::size_t lanes = header.cut.size();
  for (std::size_t i = 0; i < lanes; ++i) {
    const auto lane = static_cast<std::uint16_t>((header.height.value() + i) % lanes);
    if (lane >= batches.size() || batches[lane].empty()) continue;
    block.batches.push_back(batch(lane, header.cut[lane], header.epoch, batches[lane]));
    header.cut[lane] = {block.batches.back()->batch.sequence, block.batches.back()->tip};
  }
  execute(std::move(block));
}

void SignedChain::run_with_child() {
  consensus::FinalizedBlock block;
  block.header = header_after(parent_);
  child_ = header_after(block.header);
  block.path = {*child_};
  block.finalization = certify(*child_);
  execute(std::move(block));
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
  SetOfEpoch set_of = [set = genesis().validator_set()](Epoch) {
    return Result<consensus::ValidatorSet>(set);
  };
  if (chain_.modules.validator_sets.begin) {
    set_of = [&store = chain_.store](Epoch epoch) { return governed_set(store, epoch); };
  }
  return {&chain_.store, &chain_.genesis, std::move(set_of)};
}

ChainVerifier SignedChain::verifier() const {
  return {genesis(), ChainPosition::genesis(genesis(), chain_.executor->genesis_root())};
}

}  // namespace jingchu::ledger::test
