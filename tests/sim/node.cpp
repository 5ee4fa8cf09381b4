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
      ledger_(world.make_ledger()),
      lane_(0),
      rotation_(0) {
  add_pair();
  if (world.plan().storage.in_use()) storage_ = std::make_unique<NodeStorage>(world, index);
}

Node::~Node() = default;

template <class Function>
auto Node::while_alive(Function function) {
  return [this, life = incarnation_, function](auto&&... arguments) {
    if (life == incarnation_) function(std::forward<decltype(arguments)>(arguments)...);
  };
}

void Node::later(std::uint64_t delay_us, std::function<void()> function) {
  world_.queue().after(delay_us, while_alive(std::move(function)));
}

Now Node::now() const {
  return {world_.queue().now_us() - monotonic_origin_us_, world_.wall_ms(instance_)};
}

void Node::keep_early(const Parcel& parcel) {
  constexpr std::size_t kEarlyMax = 256;
  world_.count("kept for the next epoch");
  auto& parcels = early_[parcel.from];
  parcels.push_back(parcel);
  if (parcels.size() > kEarlyMax) parcels.pop_front();
}

void Node::start() {
  CHECK(!running());
  if (is_retired_) return;
  log().fill_up(std::nullopt);
  if (storage_ != nullptr) watch_database();
  auto core = open_core();
  if (core == nullptr) return;
  // A monotonic clock begins anew when the machine does.
  monotonic_origin_us_ = world_.queue().now_us() - world_.random().below(world_.queue().now_us() + 1);
  lane_ = node::LaneDriver(world_.plan().seal_interval_us);
  rotation_ = node::LogRotation(world_.plan().log_segment_bytes);
  if (world_.whole() != nullptr) admission_ = world_.whole()->make_admission(*ledger_);
  driver_ = std::make_shared<node::ConsensusDriver>(std::move(core), ports());
  driver_->start();
  after_step();
}

node::ConsensusPorts Node::ports() {
  return {.now = [this] { return now(); },
          .persist = while_alive(
              [this](std::uint64_t turn, const std::vector<Record>& records) { persist(turn, records); }),
          .send = while_alive([this](const Outgoing& outgoing) {
            if (!crashes_here()) transmit(outgoing);
            if (running()) crashes_here();
          }),
          .deliver = while_alive([this](FinalizedBlock block) { deliver(std::move(block)); }),
          .serve = while_alive([this](const ServeFromStore& request) {
            world_.count("answered from the store");
            for (Message& message : ledger_->answer(request)) transmit({request.to, std::move(message)});
          }),
          .notice = while_alive([this](const Notice& notice) {
            world_.observer().on_notice(index_, notice);
            if (notice.kind == "chain-unanswered" && storage_ != nullptr) note_unanswered_chain();
          }),
          .evidence = while_alive(
              [this](const Evidence& evidence) { world_.observer().on_evidence(index_, evidence); }),
          .arm = while_alive([this](std::uint64_t wake_at_us) { arm(wake_at_us); })};
}

void Node::crash() {
  CHECK(running());
  // The driver may be the one that called: it ends when that call has returned.
  driver_->halt();
  world_.queue().after(0, [dead = std::move(driver_)] {});
  driver_ = nullptr;
  admission_.reset();
  ++incarnation_;
  for (std::size_t i = 1; i < pairs_.size(); ++i) pairs_[i].log->crash(world_.random());
  const auto torn = log().crash(world_.random());
  if (torn == NodeLog::Torn::kGroup) world_.count("torn groups");
  if (torn == NodeLog::Torn::kWhole) world_.count("groups that outlived their sync");
  ledger_->crash(world_.random());
  if (storage_ != nullptr) storage_->crash();
  behind_horizon_ = {};
  syncing_ = executing_ = false;
  delivered_.clear();
  done_.clear();
  wake_due_us_ = wake_scheduled_us_ = 0;
  crash_countdown_ = 0;
  disk_downtime_us_.reset();
  log_must_fail_ = false;
  early_.clear();
  log_records_.clear();
}

void Node::crash_at_action(std::uint64_t actions, std::uint64_t downtime_us) {
  crash_countdown_ = actions;
  crash_downtime_us_ = downtime_us;
}

void Node::break_disk(FaultKind kind, std::uint64_t downtime_us) {
  if (!running()) return;
  disk_downtime_us_ = downtime_us;
  if (kind == FaultKind::kFullDisk) return log().fill_up(world_.random().below(20'000));
  log_must_fail_ = world_.random().coin();
  log_must_fail_ ? log().fail_next_sync() : ledger_->fail_next_write();
}

bool Node::rot() {
  // What is damaged already must not count as sound again.
  if (is_rotten_) return false;
  is_rotten_ = log().rot(world_.random());
  return is_rotten_;
}

bool Node::crashes_here() {
  if (crash_countdown_ == 0 || --crash_countdown_ != 0) return false;
  world_.count("crash at an action");
  world_.crash(instance_, crash_downtime_us_);
  return true;
}

// A failed write or sync is never tried again: the process ends.
void Node::end_of_disk(const Error& error) {
  if (is_damaged_) return;  // and about to stop
  if (!disk_downtime_us_) return world_.fail("disk-failed", error.to_string());
  world_.count("ended by its disk");
  world_.crash(instance_, *disk_downtime_us_);
}

void Node::receive(const Parcel& parcel) {
  if (!running()) return world_.count("lost at a crashed node");
  TraceEvent event = describe(parcel.message);
  event.action = "receive";
  event.node = static_cast<int>(instance_);
  event.peer = parcel.from.value();
  world_.trace(event);
  const auto from = number_of(parcel.from, parcel.generation);
  if (!from) return world_.count("lost without being listed");
  auto received = read(*from, parcel);
  if (!received.ok() && received.error().type == "later-epoch") return keep_early(parcel);
  if (!received.ok() && received.error().type == "earlier-epoch") return world_.count("of an earlier epoch");
  if (!received.ok()) return refuse(parcel, received.error());
  if (adversary_) adversary_->observe(parcel.from, parcel.message);
  if (running()) step(std::move(*received));
}

Result<Received> Node::read(NodeIndex from, const Parcel& parcel) const {
  const EpochContext& context = world_.epochs().at(plan_.epoch);
  if (parcel.received) {
    RETURN_IF_ERROR(context.verifier.check_epoch(epoch_of(parcel.message).value_or(plan_.epoch)));
    return *parcel.received;
  }
  const auto& reader = context.reader;
  if (parcel.payload.size() > reader.payload_bytes_max(parcel.kind)) {
    return peer_error("frame-too-large", "more bytes than its kind may have");
  }
  if (!node::MessageReader::is_batch(parcel.kind)) {
    return reader.read(from, parcel.kind, parcel.payload);
  }
  ASSIGN_OR_RETURN(auto batch, reader.read_batch(from, parcel.payload));
  ASSIGN_OR_RETURN(auto verified, context.verifier.batch(std::move(batch)));
  RETURN_IF_ERROR(world_.whole()->check_batch((*verified)->batch));
  return Received{from, std::move(verified)};
}

void Node::refuse(const Parcel& parcel, const Error& error) {
  world_.count("refused by a reader");
  TraceEvent event = describe(parcel.message);
  event.action = "refuse";
  event.node = static_cast<int>(instance_);
  event.peer = parcel.from.value();
  event.why = error.type + ": " + error.what;
  world_.trace(event);
  if (world_.is_honest(parcel.from)) world_.fail("honest-message-refused", error.to_string());
  world_.network().end_session(parcel.from, index_);
}

void Node::peer_changed(NodeIndex peer, bool connected) {
  if (!running()) return;
  const auto number = number_of(peer, world_.node(peer.value()).generation());
  if (!number) return;
  if (connected) {
    step(PeerConnected{*number});
  } else {
    step(PeerLost{*number});
  }
}

void Node::step(Input input) {
  driver_->take(std::move(input));
  after_step();
}

void Node::after_step() {
  if (running() && ++steps_ % 64 == 0) world_.observer().on_status(index_, status());
}

void Node::persist(std::uint64_t turn, const std::vector<Record>& records) {
  if (crashes_here()) return;
  log().append(turn, records);
  if (!crashes_here()) begin_sync();
}

void Node::transmit(const Outgoing& outgoing) {
  if (adversary_) {
    adversary_->outgoing(outgoing);
  } else {
    world_.network().send(instance_, outgoing);
  }
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
  if (syncing_ || !log().has_waiting()) return;
  syncing_ = true;
  log().begin_write();
  later(world_.random().between(sync_delay_.min_us, sync_delay_.max_us), [this] { finish_sync(); });
}

void Node::finish_sync() {
  if (crashes_here()) return;
  std::vector<Record> fresh;
  const auto receipt = log().finish_write(fresh);
  if (!receipt.ok()) return end_of_disk(receipt.error());
  if (log_must_fail_) return world_.fail("failed-sync-ignored", "n" + to_string(index_) + " goes on");
  syncing_ = false;
  world_.observer().on_durable(index_, fresh);
  if (crashes_here()) return;
  begin_sync();
  if (!*receipt) return;
  driver_->synced(**receipt);
  after_step();
}

void Node::rotate_log() {
  if (!validates() || !rotation_.is_due(log().segment_bytes())) return;
  world_.count("log rotated");
  const auto live = driver_->core().live_records();
  rotation_.rotated(live);
  log().rotate(live);
  begin_sync();
}

}  // namespace jingchu::sim
