#include "sim/block_store.h"

#include <algorithm>

#include "common/codec.h"

namespace jingchu::sim {

using namespace consensus;

Hash execute(const Hash& previous_root, Height height, const std::vector<BatchPointer>& batches) {
  Bytes content = encode(previous_root, height);
  for (const auto& batch : batches) content.insert(content.end(), batch->tip.begin(), batch->tip.end());
  return sha256(content);
}

void BlockStore::append(FinalizedBlock block, const Hash& root) {
  CHECK(block.header.height == height().next());
  for (const auto& batch : block.batches) batches_[batch->tip] = batch;
  blocks_.push_back({std::move(block), root});
}

const Hash& BlockStore::root(Height height) const {
  if (height == Height(0)) return genesis_.executed_root;
  CHECK(height <= this->height());
  return blocks_[height.value() - 1].root;
}

void BlockStore::fill(Recovered& recovered) const {
  recovered.executed = genesis_;
  if (!blocks_.empty()) {
    const FinalizedBlock& last = blocks_.back().block;
    recovered.executed = last.header;
    recovered.finalization = last.finalization;
    recovered.path = last.path;
  }
  const std::uint64_t top = height().value();
  for (std::uint64_t h = top > 20 ? top - 20 : 0; h <= top; ++h) {
    recovered.roots.emplace_back(Height(h), root(Height(h)));
  }
}

std::vector<Message> BlockStore::answer(const FetchBatches& fetch) const {
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
  if (answers.empty()) {
    answers.emplace_back(Unavailable{FetchKind::kBatches, fetch.last.value(), fetch.tip});
  }
  return answers;
}

std::vector<Message> BlockStore::answer(const FetchChain& fetch) const {
  for (std::uint64_t last = std::min(height().value(), fetch.above.value() + kFetchHeadersMax);
       last > fetch.above.value(); --last) {
    const FinalizedBlock& block = blocks_[last - 1].block;
    if (last - fetch.above.value() + block.path.size() > kFetchHeadersMax) continue;
    Chain chain;
    for (std::uint64_t h = fetch.above.value() + 1; h <= last; ++h) {
      chain.headers.push_back(blocks_[h - 1].block.header);
    }
    chain.headers.insert(chain.headers.end(), block.path.begin(), block.path.end());
    chain.finalization = block.finalization;
    return {Message(std::move(chain))};
  }
  return {Message(Unavailable{FetchKind::kChain, fetch.above.value(), {}})};
}

}  // namespace jingchu::sim
