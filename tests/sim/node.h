// A simulated node: the real consensus driver over the real durable log, with a ledger behind a seam, on
// injected time, network and disk. A whole node also admits transactions, and reads its peers' messages from
// their bytes. A crash keeps what the log and the ledger had synced; all else is gone. Who it is in an epoch
// it finds by its keys, each pair of which has a log of its own; its place in the set is always its own
// number.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "node/behind_horizon.h"
#include "node/consensus_driver.h"
#include "node/lane_driver.h"
#include "sim/byzantine/adversary.h"
#include "sim/ledger.h"
#include "sim/network.h"
#include "sim/node_log.h"
#include "sim/restore.h"
#include "sim/storage.h"

namespace jingchu::sim {

class Node {
 public:
  // `instance` differs from `index` for the second of a pair of twins.
  Node(World& world, NodeIndex index, std::size_t instance);
  ~Node();

  NodeIndex index() const { return index_; }
  std::size_t instance() const { return instance_; }
  bool running() const { return driver_ != nullptr; }
  // Its log was damaged: it must not start again.
  bool is_retired() const { return is_retired_; }
  // Of the keys that it works with.
  Generation generation() const { return pairs_.front().generation; }
  // The pair that the set is to list: the next one, if there is one.
  const consensus::Validator& newest_keys() const;
  // Whether its home began with these keys, in the place of one that was lost.
  bool is_replacement(const PublicKey& consensus_key) const;
  // Whether it validates in its epoch.
  bool validates() const { return identity_.validator.has_value(); }
  // It has keys that its epoch's set lists, and does not vote with them.
  bool is_idle() const;
  // As what this node takes another: its place in the set, or beyond; nothing: it is not listed, and there is
  // no session between the two.
  std::optional<NodeIndex> number_of(NodeIndex peer, Generation generation) const;
  // The signature by which a member of the pending set attests that it is ready; nothing: it has not the keys
  // that it has there, or is behind.
  std::optional<Signature> attest(const node::Members& pending, ByteView message) const;
  bool sees(NodeIndex peer) const { return visible_ >> peer.value() & 1; }
  void set_visible(std::uint64_t peers) { visible_ = peers; }
  void set_adversary(std::unique_ptr<Adversary> adversary) { adversary_ = std::move(adversary); }
  void set_sync_delay(Delay delay) { sync_delay_ = delay; }
  void set_execution_delay(Delay delay) { execution_delay_ = delay; }
  // Crashes at its `actions`-th append, sync or send from now, for `downtime_us`.
  void crash_at_action(std::uint64_t actions, std::uint64_t downtime_us);
  // The next write to the disk fails, which ends the process; for `downtime_us`.
  void break_disk(FaultKind kind, std::uint64_t downtime_us);
  // While it is down: its blocks and its state are gone, its log is not.
  void lose_database();
  // A next pair of keys, with a log of its own.
  void add_next_keys();
  // Its next keys are in force, and by its present ones no other node of the epoch `present` knows it any
  // more.
  bool is_locked_out(const node::EpochPlan& present) const;
  // While it is down, by hand: the next pair, with its log, is the only one.
  void put_next_keys_in_place();
  // While it is down: all is gone, and a new home has new keys.
  void lose_home();
  // While it is down: its database is that of before, if there is a copy; else it is lost.
  void put_back_database();
  // An entry of its database rots. False: it has none.
  bool rot_entry();
  // While it is down: a snapshot of others is put in the place of its database, and then it starts.
  void begin_restore();
  bool is_restoring() const { return restore_ != nullptr; }
  void go_on_restoring();
  // For the restore: it is over.
  void take_restored(std::unique_ptr<CrashingDatabase> database, Height height, const Hash& root);
  void end_restore();
  // Null where the plan keeps no snapshots.
  const NodeStorage* storage() const { return storage_.get(); }
  // It read what had rotted, and is about to stop.
  bool is_damaged() const { return is_damaged_; }
  // Up to here it answers nothing any more.
  Height horizon() const { return ledger_->digest().horizon; }
  // While it is down: a bit of its log flips. False: there was nothing that could rot.
  bool rot();

  void start();
  void crash();
  void receive(const Parcel& parcel);
  void peer_changed(NodeIndex peer, bool connected);
  // Seals a batch of opaque transactions and schedules the next. Of whole nodes, clients() does it.
  void seal_next();
  void misbehave_next();
  // Of a measurement: what its lane has room for, in bytes; 0 while it does not vote. And a batch of these.
  std::uint64_t lane_room() const { return running() ? driver_->core().own_lane_room() : 0; }
  void seal_batch(std::vector<Bytes> transactions) { step(consensus::SealBatch{std::move(transactions)}); }

  // Of a whole node that runs: as its API does. An answer of admission wakes the lane.
  Result<Hash> submit(const ledger::Transaction& transaction);
  Result<std::optional<ledger::TransactionOutcome>> outcome(const Hash& id) const;
  bool is_pending(const Hash& id) const { return admission_->is_pending(id); }

  consensus::CoreStatus status() const { return driver_->core().status(); }
  Epoch epoch() const { return plan_.epoch; }
  Height durable_height() const { return ledger_->height(); }
  const Ledger& ledger() const { return *ledger_; }

 private:
  struct Done {
    consensus::FinalizedBlock block;
    ledger::ExecutedBlock result;
    StoreDigest digest;
  };

  struct KeyPair {
    Generation generation;
    std::unique_ptr<NodeLog> log;
  };

  consensus::Now now() const;
  NodeLog& log() { return *pairs_.front().log; }
  void add_pair();
  std::unique_ptr<consensus::Core> open_core();
  // What every log holds, or a violation.
  Result<std::vector<std::vector<consensus::Record>>> open_logs();
  // The next pair takes the place of the former if the epoch's set lists it.
  void drop_pairs_before(std::size_t chosen);
  void choose_pair(std::vector<std::vector<consensus::Record>> records);
  // The core that follows the last executed block, in the epoch of plan_; null: refused.
  std::unique_ptr<consensus::Core> make_core(const consensus::Core* before);
  bool plan_epoch();
  void change_epoch();
  void enter_epoch();
  void keep_early(const Parcel& parcel);
  node::ConsensusPorts ports();
  void step(consensus::Input input);
  void after_step();
  void transmit(const consensus::Outgoing& outgoing);
  void persist(std::uint64_t turn, const std::vector<consensus::Record>& records);
  void deliver(consensus::FinalizedBlock block);
  void refuse(const Parcel& parcel, const Error& error);
  Result<consensus::Received> read(NodeIndex from, const Parcel& parcel) const;
  void arm(std::uint64_t wake_at_us);
  void wake(std::uint64_t due_us);
  void check_wakes();
  void begin_sync();
  void finish_sync();
  void begin_execution();
  void execute();
  void finish_execution();
  void report(const std::vector<Done>& done);
  void rotate_log();
  void want_seal();
  void seal();
  void end_of_disk(const Error& error);
  // An error that its database gave, whoever read.
  void on_damage(const Error& error);
  void stop_for_restore(const char* why);
  void watch_database();
  // Behind each write of blocks. False: it ended.
  bool keep_store();
  void note_unanswered_chain();
  // Whether the node crashed here, where it enters an epoch.
  bool crashes_at_switch();
  // Whether the node crashed at this very point, as a fault wanted it.
  bool crashes_here();
  // Unless it crashes before.
  void later(std::uint64_t delay_us, std::function<void()> function);
  // The function as long as the node lives on from now without a crash; then nothing.
  template <class Function>
  auto while_alive(Function function);

  World& world_;
  NodeIndex index_;
  std::size_t instance_;
  std::uint64_t visible_ = ~std::uint64_t{0};
  std::unique_ptr<Adversary> adversary_;
  Delay sync_delay_;
  Delay execution_delay_;

  // Durable.
  std::vector<KeyPair> pairs_;  // the next one behind the one it works with
  std::vector<node::NodeKeys> keys_;
  Generation made_ = 0;  // pairs, in all homes
  Generation home_ = 0;  // the first pair of this home
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<NodeStorage> storage_;
  std::unique_ptr<Restore> restore_;
  bool is_damaged_ = false;
  bool is_rotten_ = false;
  bool is_retired_ = false;
  std::optional<std::uint64_t> disk_downtime_us_;  // of the failure to come
  bool log_must_fail_ = false;                     // at its next sync

  // Lost in a crash.
  node::EpochPlan plan_;
  node::Identity identity_;
  std::vector<consensus::Record> log_records_;     // while no core has taken them
  std::map<NodeIndex, std::deque<Parcel>> early_;  // what peers said of the next epoch
  std::shared_ptr<node::ConsensusDriver> driver_;
  std::unique_ptr<node::Admission> admission_;
  node::LaneDriver lane_;
  node::LogRotation rotation_;
  std::uint64_t incarnation_ = 0;
  std::uint64_t monotonic_origin_us_ = 0;
  bool syncing_ = false;
  bool executing_ = false;
  node::BehindHorizon behind_horizon_;
  std::deque<consensus::FinalizedBlock> delivered_;
  std::vector<Done> done_;
  std::uint64_t wake_due_us_ = 0;
  std::uint64_t wake_scheduled_us_ = 0;  // 0: no event is under way
  std::uint64_t steps_ = 0;
  std::uint64_t wakes_ = 0;  // in wakes_second_
  std::uint64_t wakes_second_ = 0;
  std::uint64_t crash_countdown_ = 0;
  std::uint64_t crash_downtime_us_ = 0;
};

}  // namespace jingchu::sim
