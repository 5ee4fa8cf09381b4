#include <algorithm>
#include <map>

#include "common/codec.h"
#include "sim/ledger.h"

namespace jingchu::sim {
namespace {

using namespace consensus;

Hash root_after(const Hash& previous_root, const FinalizedBlock& block) {
  Bytes content = encode(previous_root, block.header.height);
  for (const auto& batch : block.batches) content.insert(content.end(), batch->tip.begin(), batch->tip.end());
  return sha256(content);
}

class StubLedger final : public Ledger {
 public:
  StubLedger(const Hash& chain_id, node::EpochPlan first, EpochSchedule epochs)
      : chain_id_(chain_id), first_(std::move(first)), epochs_(epochs) {}

  Status open() override { return ok_status(); }

  Result<node::EpochPlan> epoch() const override {
    node::EpochPlan plan = first_;
    plan.epoch = epochs_.after(Height(blocks_.size()));
    plan.last_height = epochs_.last(plan.epoch);
    if (plan.epoch == Epoch()) return plan;
    const Height base = epochs_.last(plan.epoch.previous());
    const FinalizedBlock& block = blocks_[base.value() - 1].block;
    plan.base = base_of(plan.epoch, block.header, root(base), plan.validators.size());
    plan.base_hash = block.hash;
    return plan;
  }

  Result<Recovered> recovered() const override {
    ASSIGN_OR_RETURN(const auto start, epoch());
    Recovered recovered;
    recovered.executed = start.base;
    if (Height(blocks_.size()) > start.base.height) {
      const FinalizedBlock& last = blocks_.back().block;
      recovered.executed = last.header;
      recovered.finalization = last.finalization;
      recovered.path = last.path;
    }
    const std::uint64_t top = blocks_.size();
    for (std::uint64_t h = top > 20 ? top - 20 : 0; h <= top; ++h) {
      recovered.roots.emplace_back(Height(h), root(Height(h)));
    }
    return recovered;
  }

  void crash(Random& random) override {
    const std::size_t unsynced = blocks_.size() - synced_;
    blocks_.resize(synced_ + (random.coin() ? 0 : random.below(unsynced + 1)));
    synced_ = blocks_.size();
    fails_ = false;
  }
  void fail_next_write() override { fails_ = true; }

  Result<ledger::ExecutedBlock> execute(const FinalizedBlock& block) override {
    CHECK(block.header.height.value() == blocks_.size() + 1);
    ledger::ExecutedBlock result;
    result.height = block.header.height;
    result.hash = block.hash;
    result.executed_root = root_after(root(Height(blocks_.size())), block);
    for (const auto& batch : block.batches) batches_[batch->tip] = batch;
    blocks_.push_back({block, result.executed_root});
    return result;
  }
  Status sync() override {
    if (fails_) return environment_error("storage-failed", "syncing failed");
    synced_ = blocks_.size();
    return ok_status();
  }

  Height height() const override { return Height(synced_); }
  Hash genesis_root() const override { return first_.base.executed_root; }
  StoreDigest digest() const override { return {}; }

  std::vector<Message> answer(const ServeFromStore& request) const override {
    return std::visit([this](const auto& fetch) { return answer(fetch); }, request.fetch);
  }

 private:
  struct Stored {
    FinalizedBlock block;
    Hash root{};
  };

  const Hash& root(Height height) const {
    return height == Height() ? first_.base.executed_root : blocks_[height.value() - 1].root;
  }

  std::vector<Message> answer(const FetchBatches& fetch) const {
    std::vector<Message> answers;
    Hash tip = fetch.tip;
    while (answers.size() < kFetchBatchesMax) {
      const auto found = batches_.find(tip);
      if (found == batches_.end() || found->second->batch.lane != fetch.lane) break;
      if (found->second->batch.sequence < fetch.first) break;
      answers.emplace_back(found->second);
      tip = found->second->batch.prev;
    }
    std::reverse(answers.begin(), answers.end());
    if (answers.empty()) answers.emplace_back(refusal_of(fetch));
    return answers;
  }

  std::vector<Message> answer(const FetchChain& fetch) const {
    for (std::uint64_t last = std::min<std::uint64_t>(blocks_.size(), fetch.above.value() + kFetchHeadersMax);
         last > fetch.above.value(); --last) {
      const FinalizedBlock& block = blocks_[last - 1].block;
      if (last - fetch.above.value() + block.path.size() > kChainHeadersMax) continue;
      if (epochs_.of(Height(last)) != epochs_.of(fetch.above.next())) continue;
      Chain chain;
      for (std::uint64_t h = fetch.above.value() + 1; h <= last; ++h) {
        chain.headers.push_back(blocks_[h - 1].block.header);
      }
      chain.headers.insert(chain.headers.end(), block.path.begin(), block.path.end());
      chain.finalization = block.finalization;
      return {Message(std::move(chain))};
    }
    return {Message(refusal_of(fetch))};
  }

  Hash chain_id_;
  node::EpochPlan first_;
  EpochSchedule epochs_;
  std::vector<Stored> blocks_;  // of height 1 first
  std::size_t synced_ = 0;
  std::map<Hash, BatchPointer> batches_;
  bool fails_ = false;
};

}  // namespace

std::unique_ptr<Ledger> make_stub_ledger(const Hash& chain_id, node::EpochPlan first, EpochSchedule epochs) {
  return std::make_unique<StubLedger>(chain_id, std::move(first), epochs);
}

}  // namespace jingchu::sim
