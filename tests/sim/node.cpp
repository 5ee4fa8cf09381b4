#include "sim/node.h"

#include <limits>

#include "consensus/mutant.h"
#include "sim/world.h"

namespace jingchu::sim {

using namespace consensus;

Node::Node(World& world, NodeIndex index, std::size_t instance)
    : world_(world),
      index_(index),
      instance_(instance),
      sync_delay_(world.plan().sync),
      execution_delay_(world.plan().execution),
      store_(world.genesis()) {
  log_.replace({KeyRecord{world.chain_id(), world.keys().validators()[index].consensus_key}});
}

template <class Function>
void Node::later(std::uint64_t delay_us, Function function) {
  world_.queue().after(delay_us, [this, incarnation = incarnation_, function] {
    if (running() && incarnation == incarnation_) function();
  });
}

Now Node::now() const {
  return {world_.queue().now_us() - monotonic_origin_us_, world_.wall_ms(instance_)};
}

void Node::start() {
  CHECK(!running());
  auto records = log_.read(world_.chain_id());
  if (!records.ok()) return world_.fail("unreadable-log", records.error().to_string());
  Recovered recovered;
  store_.fill(recovered);
  recovered.records = std::move(records).value();
  world_.observer().on_start(index_, store_.height(), recovered.records);
  CoreConfig config{world_.chain_id(),        Epoch(0),        world_.keys().validators(), index_,
                    world_.plan().parameters, world_.genesis()};
  auto core = Core::create(std::move(config), &world_.keys().signer(index_), std::move(recovered));
  if (!core.ok()) {
    if (world_.is_honest(index_)) world_.fail("recovery-refused", core.error().to_string());
    return;
  }
  core_ = std::move(core).value();
  delivered_ = store_.height();
  // A monotonic clock begins anew when the machine does.
  monotonic_origin_us_ = world_.queue().now_us() - world_.random().below(world_.queue().now_us() + 1);
  carry_out(core_->start(now()));
}

void Node::crash() {
  CHECK(running());
  core_.reset();
  ++incarnation_;
  log_.crash(world_.random());
  appended_turn_ = synced_turn_ = 0;
  syncing_ = false;
  held_.clear();
  delivered_blocks_.clear();
  executing_.clear();
  wake_due_us_ = wake_scheduled_us_ = 0;
  crash_countdown_ = 0;
}

void Node::crash_at_action(std::uint64_t actions, std::uint64_t downtime_us) {
  crash_countdown_ = actions;
  crash_downtime_us_ = downtime_us;
}

bool Node::crashes_here() {
  if (crash_countdown_ == 0 || --crash_countdown_ != 0) return false;
  world_.count("crash at an action");
  world_.crash(instance_, crash_downtime_us_);
  return true;
}

void Node::receive(const Parcel& parcel) {
  if (!running()) return world_.count("lost at a crashed node");
  TraceEvent event = describe(parcel.message);
  event.action = "receive";
  event.node = static_cast<int>(instance_);
  event.peer = parcel.from.value();
  world_.trace(event);
  if (adversary_) adversary_->observe(parcel.from, parcel.message);
  step(parcel.received);
}

void Node::peer_changed(NodeIndex peer, bool connected) {
  if (!running()) return;
  if (connected) {
    step(PeerConnected{peer});
  } else {
    step(PeerLost{peer});
  }
}

void Node::step(Input input) {
  carry_out(core_->step(now(), std::move(input)));
}

void Node::carry_out(Output output) {
  if (world_.stopped()) return;
  observe(output);
  if (!output.persist.empty()) {
    if (crashes_here()) return;
    appended_turn_ = output.turn;
    log_.append(output.turn, output.persist);
    if (crashes_here()) return;
    begin_sync();
  }
  if (!transmit_all(output.send)) return;
  for (Held& held : output.held) held_.push_back(std::move(held));
  for (FinalizedBlock& block : output.deliver) {
    if (block.header.height <= delivered_) continue;
    delivered_ = block.header.height;
    delivered_blocks_.push_back(std::move(block));
  }
  for (const auto& request : output.serve) serve(request);
  arm(output.wake_at_us);
  const std::uint64_t incarnation = incarnation_;
  release_held();
  if (incarnation == incarnation_ && !delivered_blocks_.empty()) begin_execution();
}

void Node::observe(Output& output) {
  for (const auto& block : output.deliver) {
    world_.trace({world_.queue().now_us(), static_cast<int>(instance_), "deliver", "block",
                  block.header.view.value(), block.header.height.value(), first_bytes(block.hash),
                  kEverybody});
    world_.observer().on_deliver(index_, block);
  }
  for (const auto& evidence : output.evidence) world_.observer().on_evidence(index_, evidence);
  for (const auto& notice : output.notices) world_.observer().on_notice(index_, notice);
  if (++steps_ % 64 == 0 && core_) world_.observer().on_status(index_, core_->status());
}

void Node::transmit(const Outgoing& outgoing) {
  if (adversary_) {
    adversary_->outgoing(outgoing);
  } else {
    world_.network().send(instance_, outgoing);
  }
}

bool Node::transmit_all(const std::vector<Outgoing>& messages) {
  for (const Outgoing& outgoing : messages) {
    if (crashes_here()) return false;
    transmit(outgoing);
    if (crashes_here()) return false;
  }
  return true;
}

void Node::release_held() {
  while (!held_.empty() && held_.front().turn() <= synced_turn_) {
    Held held = std::move(held_.front());
    held_.pop_front();
    if (!transmit_all(std::move(held).release(log_.last_receipt()))) return;
  }
}

void Node::serve(const ServeFromStore& request) {
  const auto answers = std::visit([this](const auto& fetch) { return store_.answer(fetch); }, request.fetch);
  for (const Message& message : answers) transmit({request.to, message});
}

void Node::arm(std::uint64_t wake_at_us) {
  if (wake_at_us > std::numeric_limits<std::uint64_t>::max() / 2) return;  // nothing to wait for
  wake_due_us_ = std::max(wake_at_us + monotonic_origin_us_, world_.queue().now_us() + 1);
  if (wake_scheduled_us_ != 0 && wake_scheduled_us_ <= wake_due_us_) return;
  wake_scheduled_us_ = wake_due_us_;
  later(wake_due_us_ - world_.queue().now_us(), [this, due = wake_due_us_] { wake(due); });
}

// An event that was scheduled for an earlier time than is now wanted schedules the next; one that was
// overtaken by an earlier event does nothing.
void Node::wake(std::uint64_t due_us) {
  if (due_us != wake_scheduled_us_) return;
  wake_scheduled_us_ = 0;
  if (world_.queue().now_us() < wake_due_us_) return arm(wake_due_us_ - monotonic_origin_us_);
  world_.count("ticks");
  check_wakes();
  step(Tick{});
}

// A core that asks to be woken without end costs its host a processor.
void Node::check_wakes() {
  constexpr std::uint64_t kWakesMax = 2'000;
  const std::uint64_t second = world_.queue().now_us() / 1'000'000;
  if (second != wakes_second_) wakes_ = 0;
  wakes_second_ = second;
  if (++wakes_ > kWakesMax && world_.is_honest(index_))
    world_.fail("wakes-too-often", "n" + to_string(index_) + " within one second");
}

void Node::begin_sync() {
  if (syncing_ || !log_.has_unsynced()) return;
  syncing_ = true;
  const std::uint64_t delay = world_.random().between(sync_delay_.min_us, sync_delay_.max_us);
  later(delay, [this, turn = appended_turn_] { finish_sync(turn); });
}

void Node::finish_sync(std::uint64_t turn) {
  if (crashes_here()) return;
  std::vector<Record> fresh;
  const SyncReceipt receipt = log_.sync_through(turn, fresh);
  synced_turn_ = turn;
  syncing_ = false;
  world_.observer().on_durable(index_, fresh);
  if (crashes_here()) return;
  const std::uint64_t incarnation = incarnation_;
  release_held();
  if (incarnation != incarnation_) return;
  begin_sync();
  step(Synced{receipt});
}

void Node::begin_execution() {
  if (!executing_.empty() || delivered_blocks_.empty()) return;
  Hash root = store_.root(store_.height());
  for (auto& block : delivered_blocks_) {
    root = execute(root, block.header.height, block.batches);
    executing_.push_back({std::move(block), root});
  }
  delivered_blocks_.clear();
  later(world_.random().between(execution_delay_.min_us, execution_delay_.max_us),
        [this] { write_execution(); });
}

void Node::write_execution() {
  const std::uint64_t incarnation = incarnation_;
  if (mutant(Mutant::kExecutedBeforeSync)) {
    const auto early = executing_;
    for (const auto& done : early) {
      step(Executed{done.block.header.height, done.root});
      if (incarnation != incarnation_) return;
    }
  }
  later(world_.random().between(execution_delay_.min_us, execution_delay_.max_us),
        [this] { finish_execution(); });
}

void Node::finish_execution() {
  if (crashes_here()) return;
  const auto done = std::move(executing_);
  executing_.clear();
  for (const auto& executed : done) {
    store_.append(executed.block, executed.root);
    world_.observer().on_executed(index_, executed.block, executed.root);
  }
  if (crashes_here()) return;
  const std::uint64_t incarnation = incarnation_;
  for (const auto& executed : done) {
    if (!mutant(Mutant::kExecutedBeforeSync)) step(Executed{executed.block.header.height, executed.root});
    if (incarnation != incarnation_) return;
  }
  if (store_.height().value() % 8 == 0) rotate_log();
  begin_execution();
}

void Node::rotate_log() {
  if (log_.has_unsynced() || syncing_) return;
  world_.count("log rotated");
  log_.replace(core_->live_records());
}

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
  if (core_->own_lane_room() >= bytes) step(SealBatch{std::move(transactions)});
}

void Node::misbehave_next() {
  world_.queue().after(world_.random().between(20'000, 120'000), [this] { misbehave_next(); });
  if (running() && adversary_) adversary_->wake();
}

}  // namespace jingchu::sim
