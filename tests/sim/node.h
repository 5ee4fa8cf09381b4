// A simulated node: the host of one consensus core, following the loop in consensus/step.h, over a simulated
// log, an execution stub and a block store. A crash keeps the log's synced part and the block store; all else
// is gone.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "consensus/core.h"
#include "sim/block_store.h"
#include "sim/byzantine/adversary.h"
#include "sim/network.h"
#include "sim/simulated_log.h"

namespace jingchu::sim {

class Node {
 public:
  // `instance` differs from `index` for the second of a pair of twins.
  Node(World& world, NodeIndex index, std::size_t instance);

  NodeIndex index() const { return index_; }
  std::size_t instance() const { return instance_; }
  bool running() const { return core_ != nullptr; }
  bool sees(NodeIndex peer) const { return visible_ >> peer.value() & 1; }
  void set_visible(std::uint64_t peers) { visible_ = peers; }
  void set_adversary(std::unique_ptr<Adversary> adversary) { adversary_ = std::move(adversary); }
  void set_sync_delay(Delay delay) { sync_delay_ = delay; }
  void set_execution_delay(Delay delay) { execution_delay_ = delay; }
  // Crashes at its `actions`-th append, sync or send from now, for `downtime_us`.
  void crash_at_action(std::uint64_t actions, std::uint64_t downtime_us);

  void start();
  void crash();
  void receive(const Parcel& parcel);
  void peer_changed(NodeIndex peer, bool connected);
  // Seals a batch of transactions and schedules the next.
  void seal_next();
  void misbehave_next();

  consensus::CoreStatus status() const { return core_->status(); }
  Height durable_height() const { return store_.height(); }
  Height delivered_height() const { return delivered_; }

 private:
  struct Executing {
    consensus::FinalizedBlock block;
    Hash root{};
  };

  consensus::Now now() const;
  void step(consensus::Input input);
  void carry_out(consensus::Output output);
  void observe(consensus::Output& output);
  void transmit(const consensus::Outgoing& outgoing);
  bool transmit_all(const std::vector<consensus::Outgoing>& messages);
  void release_held();
  void serve(const consensus::ServeFromStore& request);
  void arm(std::uint64_t wake_at_us);
  void wake(std::uint64_t due_us);
  void check_wakes();
  void begin_sync();
  void finish_sync(std::uint64_t turn);
  void begin_execution();
  void write_execution();
  void finish_execution();
  void rotate_log();
  // Whether the node crashed at this very point, as a fault wanted it.
  bool crashes_here();
  template <class Function>
  void later(std::uint64_t delay_us, Function function);

  World& world_;
  NodeIndex index_;
  std::size_t instance_;
  std::uint64_t visible_ = ~std::uint64_t{0};
  std::unique_ptr<Adversary> adversary_;
  Delay sync_delay_;
  Delay execution_delay_;

  // Durable.
  SimulatedLog log_;
  BlockStore store_;

  // Lost in a crash.
  std::unique_ptr<consensus::Core> core_;
  std::uint64_t incarnation_ = 0;
  std::uint64_t monotonic_origin_us_ = 0;
  std::uint64_t appended_turn_ = 0;
  std::uint64_t synced_turn_ = 0;
  bool syncing_ = false;
  std::deque<consensus::Held> held_;
  std::deque<consensus::FinalizedBlock> delivered_blocks_;
  std::vector<Executing> executing_;
  Height delivered_;
  std::uint64_t wake_due_us_ = 0;
  std::uint64_t wake_scheduled_us_ = 0;  // 0: no event is under way
  std::uint64_t steps_ = 0;
  std::uint64_t wakes_ = 0;  // in wakes_second_
  std::uint64_t wakes_second_ = 0;
  std::uint64_t crash_countdown_ = 0;
  std::uint64_t crash_downtime_us_ = 0;
};

}  // namespace jingchu::sim
