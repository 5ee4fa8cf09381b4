#include "node/execution.h"

#include "common/clock.h"

namespace jingchu::node {
namespace {

// Under one sync; more would keep the first of them waiting too long.
constexpr std::size_t kBlocksTogetherMax = 8;

}  // namespace

void Execution::start() {
  thread_ = std::thread([this] { run(); });
}

void Execution::deliver(consensus::FinalizedBlock block) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(block));
  }
  wake_.notify_one();
}

void Execution::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool Execution::take(std::vector<consensus::FinalizedBlock>& blocks) {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  if (stopping_) return false;
  while (!queue_.empty() && blocks.size() < kBlocksTogetherMax) {
    blocks.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return true;
}

Status Execution::execute(const std::vector<consensus::FinalizedBlock>& blocks) {
  const std::uint64_t start_us = system_clock().monotonic_us();
  std::vector<ledger::ExecutedBlock> executed;
  for (const auto& block : blocks) {
    ASSIGN_OR_RETURN(auto result, executor_.execute(block));
    executed.push_back(std::move(result));
  }
  const std::uint64_t executed_us = system_clock().monotonic_us();
  RETURN_IF_ERROR(executor_.sync());
  const std::uint64_t end_us = system_clock().monotonic_us();
  handlers_.on_synced(end_us - executed_us);
  handlers_.on_executed(std::move(executed), static_cast<double>(end_us - start_us) / 1e6);
  return handlers_.on_rest ? handlers_.on_rest() : ok_status();
}

void Execution::run() {
  for (;;) {
    std::vector<consensus::FinalizedBlock> blocks;
    if (!take(blocks)) return;
    const Status status = execute(blocks);
    if (status.ok()) continue;
    handlers_.on_failure(status.error());
    return;
  }
}

}  // namespace jingchu::node
