#include "sim/checkers/chain_checker.h"

#include <algorithm>

namespace jingchu::sim {

using namespace consensus;

ChainChecker::ChainChecker(const Setting& setting, EpochCheckers& epochs, ExecutionChecker& execution)
    : setting_(setting), epochs_(epochs), execution_(execution), delivered_(setting.nodes) {
  chain_.push_back({setting.genesis, setting.genesis_hash, setting.genesis.executed_root, {}});
}

const Hash* ChainChecker::root(Height height) const {
  return height.value() < chain_.size() ? &chain_[height.value()].root : nullptr;
}

void ChainChecker::on_deliver(NodeIndex node, const FinalizedBlock& block) {
  const Height height = block.header.height;
  const std::string where = name(node) + " delivered height " + to_string(height);
  Height& delivered = delivered_[node.value()];
  if (height != delivered.next()) {
    return setting_.fail("delivery-order", where + " after " + to_string(delivered));
  }
  delivered = height;
  if (block_hash(setting_.chain_id, block.header) != block.hash)
    return setting_.fail("delivered-hash", where);
  check_finality(where, block);
  if (height.value() == chain_.size()) extend(where, block);
  if (height.value() >= chain_.size()) return;
  const Link& link = chain_[height.value()];
  if (link.hash != block.hash) {
    return setting_.fail("two-finalizations",
                         where + ": " + short_hash(block.hash) + ", another node " + short_hash(link.hash));
  }
  const bool same = std::equal(link.tips.begin(), link.tips.end(), block.batches.begin(), block.batches.end(),
                               [](const Hash& tip, const BatchPointer& batch) { return tip == batch->tip; });
  if (!same) setting_.fail("delivered-content", where + " with other batches than another node");
}

void ChainChecker::check_finality(const std::string& where, const FinalizedBlock& block) {
  if (block.finalization.epoch != block.header.epoch) return setting_.fail("finality-path", where);
  epochs_.of(block.header.epoch).certificates.check(block.finalization, where);
  const Header* last = &block.header;
  for (const Header& next : block.path) {
    if (next.parent_hash != block_hash(setting_.chain_id, *last))
      return setting_.fail("finality-path", where);
    last = &next;
  }
  const Ballot& ballot = block.finalization.ballot;
  if (ballot.kind != VoteKind::kFinalize || ballot.hash != block_hash(setting_.chain_id, *last) ||
      ballot.view != last->view || ballot.height != last->height) {
    setting_.fail("finality-path", where + ": its finalization is of another block");
  }
}

// The batches are exactly those between the parent's cut and this one, lanes from (height mod n), then
// sequence.
void ChainChecker::check_content(const std::string& where, const FinalizedBlock& block,
                                 const Header& parent) const {
  std::vector<Hash> expected;
  const CheckersOfEpoch& epoch = epochs_.of(block.header.epoch);
  const std::size_t n = epoch.setting.validators;
  if (block.header.cut.size() != n) return setting_.fail("cut-of-another-set", where);
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t lane = (block.header.height.value() + i) % n;
    std::vector<Hash> tips;
    if (!epoch.knowledge.tips_between(parent.cut[lane], block.header.cut[lane], tips)) {
      return setting_.fail("cut-not-monotone", where + ": lane " + std::to_string(lane));
    }
    expected.insert(expected.end(), tips.rbegin(), tips.rend());
  }
  const bool same = std::equal(expected.begin(), expected.end(), block.batches.begin(), block.batches.end(),
                               [](const Hash& tip, const BatchPointer& batch) { return tip == batch->tip; });
  if (!same)
    setting_.fail("delivered-content", where + ": not the batches that the cut names, in their order");
}

void ChainChecker::extend(const std::string& where, const FinalizedBlock& block) {
  const Link& below = chain_.back();
  const Header& header = block.header;
  const Setting& epoch = epochs_.of(header.epoch).setting;
  // The first block of an epoch sees the last of the one before as that epoch's genesis.
  const bool is_first = below.header.height == epoch.genesis.height;
  const Header& parent = is_first ? epoch.genesis : below.header;
  if (header.epoch != (is_first ? epoch.epoch : below.header.epoch) || header.height > epoch.last_height) {
    setting_.fail("wrong-epoch", where + " is of epoch " + to_string(header.epoch));
  }
  if (header.parent_hash != below.hash || header.parent_view != parent.view) {
    return setting_.fail("chain-broken", where + ": its parent is not the block of the height below");
  }
  if (header.time_ms <= parent.time_ms) setting_.fail("time-not-monotone", where);
  const Hash* named = root(header.executed_height);
  if (named == nullptr || *named != header.executed_root) {
    setting_.fail("wrong-root", where + " names a wrong root of height " + to_string(header.executed_height));
  }
  check_content(where, block, parent);
  Link link{header, block.hash, execution_.execute(block), {}, 0};
  for (const auto& batch : block.batches) {
    link.tips.push_back(batch->tip);
    link.batch_bytes += batch->bytes;
    const std::size_t holders = epochs_.of(header.epoch).durability.holders(batch->tip);
    if (holders < epoch.faults + 1) {
      setting_.fail("batch-not-held", where + ": batch " + short_hash(batch->tip) + " is durable on " +
                                          std::to_string(holders) + " honest nodes");
    }
  }
  chain_.push_back(std::move(link));
}

}  // namespace jingchu::sim
