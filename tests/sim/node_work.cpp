// What a simulated node does beside consensus: execution, its clients, its lane.
#include "consensus/mutant.h"
#include "sim/whole_ledger.h"
#include "sim/world.h"

namespace jingchu::sim {

using namespace consensus;

void Node::deliver(FinalizedBlock block) {
  world_.trace({world_.queue().now_us(),
                static_cast<int>(instance_),
                "deliver",
                "block",
                block.header.view.value(),
                block.header.height.value(),
                first_bytes(block.hash),
                kEverybody,
                {}});
  world_.observer().on_deliver(index_, block);
  if (world_.wide() != nullptr) world_.wide()->on_deliver(index_, block);
  delivered_.push_back(std::move(block));
  begin_execution();
}

void Node::begin_execution() {
  if (executing_ || delivered_.empty()) return;
  executing_ = true;
  later(world_.random().between(execution_delay_.min_us, execution_delay_.max_us), [this] { execute(); });
}

// All that waited together, under one sync.
void Node::execute() {
  while (!delivered_.empty()) {
    auto result = ledger_->execute(delivered_.front());
    if (!result.ok()) return end_of_disk(result.error());
    done_.push_back({std::move(delivered_.front()), std::move(*result), ledger_->digest()});
    delivered_.pop_front();
  }
  if (mutant(Mutant::kExecutedBeforeSync)) {
    const std::uint64_t life = incarnation_;
    report(done_);
    if (life != incarnation_) return;
  }
  later(world_.random().between(execution_delay_.min_us, execution_delay_.max_us),
        [this] { finish_execution(); });
}

void Node::finish_execution() {
  if (crashes_here()) return;
  const Status synced = ledger_->sync();
  if (!synced.ok()) return end_of_disk(synced.error());
  const auto done = std::move(done_);
  done_.clear();
  executing_ = false;
  for (const Done& executed : done) {
    world_.observer().on_executed(index_, executed.block, executed.result, executed.digest);
  }
  if (crashes_here() || !keep_store()) return;
  const std::uint64_t life = incarnation_;
  if (!mutant(Mutant::kExecutedBeforeSync)) report(done);
  if (life != incarnation_) return;
  rotate_log();
  begin_execution();
}

void Node::report(const std::vector<Done>& done) {
  const std::uint64_t life = incarnation_;
  for (const Done& executed : done) {
    if (admission_ != nullptr) admission_->executed(executed.result);
  }
  for (const Done& executed : done) {
    step(Executed{executed.result.height, executed.result.executed_root});
    if (life != incarnation_) return;
  }
  if (done.back().result.height >= plan_.last_height) return change_epoch();
  // Who is accepted to come may already connect.
  if (world_.governor() == nullptr) return;
  const Status refreshed = node::refresh(plan_, whole_of(*ledger_).store());
  CHECK(refreshed.ok() || is_damaged_);
}

// ---- the lane

void Node::seal_next() {
  Random& random = world_.random();
  const Delay pause = world_.plan().seal;
  world_.queue().after(random.between(pause.min_us, pause.max_us), [this] { seal_next(); });
  if (!running()) return;
  std::vector<Bytes> transactions;
  for (std::uint64_t i = random.between(1, 4); i > 0; --i)
    transactions.push_back(world_.new_transaction(index_));
  std::uint64_t bytes = 0;
  for (const auto& transaction : transactions) bytes += transaction.size();
  if (driver_->core().own_lane_room() >= bytes) step(SealBatch{std::move(transactions)});
}

void Node::want_seal() {
  const auto seal_at_us = lane_.wait_us(now().monotonic_us);
  if (seal_at_us) later(*seal_at_us - now().monotonic_us, [this] { seal(); });
}

void Node::seal() {
  auto transactions =
      lane_.seal(now().monotonic_us, driver_->core(), world_.plan().parameters.batch_bytes_max, *admission_);
  if (adversary_) adversary_->sealing(transactions);
  const std::uint64_t life = incarnation_;
  if (!transactions.empty()) step(SealBatch{std::move(transactions)});
  if (life == incarnation_ && admission_->waiting_count() > 0) want_seal();
}

void Node::misbehave_next() {
  world_.queue().after(world_.random().between(20'000, 120'000), [this] { misbehave_next(); });
  if (!running() || !adversary_) return;
  adversary_->wake();
  if (running() && admission_ != nullptr) want_seal();
}

// ---- clients

Result<Hash> Node::submit(const ledger::Transaction& transaction) {
  if (!validates()) return caller_error("no-lane", "this node validates nothing at present");
  ASSIGN_OR_RETURN(const auto admitted, admission_->submit(transaction));
  if (admitted.is_new) want_seal();
  return admitted.id;
}

Result<std::optional<ledger::TransactionOutcome>> Node::outcome(const Hash& id) const {
  return whole_of(*ledger_).blocks().outcome(id);
}

}  // namespace jingchu::sim
