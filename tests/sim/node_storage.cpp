// What a simulated node and its operator do about its store: snapshots, pruning, an entry that rots, and a
// snapshot of others in the place of a database, under the log of this node.
#include "consensus/mutant.h"
#include "sim/whole_ledger.h"
#include "sim/world.h"

namespace jingchu::sim {

using namespace consensus;

// Also while it starts, where there is nothing to stop yet.
void Node::watch_database() {
  whole_of(*ledger_).database().notify([this, life = incarnation_](const Error& error) {
    if (life == incarnation_) on_damage(error);
  });
}

// As Node::fail() of the real node: it stops at once, whoever read, and whatever was made of the error.
void Node::on_damage(const Error& error) {
  if (error.type != "storage-corrupted" || is_damaged_) return;
  if (!whole_of(*ledger_).database().is_rotten())
    return world_.fail("sound-store-refused", error.to_string());
  world_.count("rot found");
  is_damaged_ = true;
  world_.queue().after(0, [this, life = incarnation_] {
    if (life == incarnation_) stop_for_restore("damage");
  });
}

void Node::stop_for_restore(const char* why) {
  if (running()) {
    world_.stop(instance_, world_.random().between(5'000, 200'000), why);
    begin_restore();
  } else {
    begin_restore();
    world_.queue().after(1'000, [this] { world_.restart(instance_); });
  }
}

bool Node::rot_entry() {
  return storage_ != nullptr && !is_damaged_ && whole_of(*ledger_).database().rot(world_.random());
}

bool Node::keep_store() {
  if (storage_ == nullptr) return true;
  const bool cuts = storage_->has_to_cut();
  const Status kept = storage_->after_blocks(ledger_->height());
  if (!kept.ok()) {
    end_of_disk(kept.error());
    return false;
  }
  if (!cuts && storage_->has_to_cut()) {
    later(world_.random().between(1'000, 150'000), [this] {
      const Status cut = storage_->cut();
      if (!cut.ok()) end_of_disk(cut.error());
    });
  }
  return true;
}

void Node::note_unanswered_chain() {
  const Height final_height = status().final_height;
  behind_horizon_.unanswered(final_height);
  if (!behind_horizon_.holds(final_height) || is_damaged_) return;
  world_.count("behind every horizon");
  later(0, [this] { stop_for_restore("behind"); });
}

void Node::put_back_database() {
  auto before = storage_ == nullptr ? nullptr : storage_->copy_of_before();
  lose_database();
  if (before != nullptr) ledger_ = world_.whole()->make_ledger(std::move(before));
}

void Node::begin_restore() {
  if (storage_ == nullptr || is_retired_ || restore_ != nullptr) return;
  world_.count("restores begun");
  restore_ = std::make_unique<Restore>(world_, *this);
}

void Node::go_on_restoring() {
  restore_->run();
}

void Node::take_restored(std::unique_ptr<CrashingDatabase> database, Height height, const Hash& root) {
  is_damaged_ = false;
  ledger_ = world_.whole()->make_ledger(std::move(database));
  if (mutant(Mutant::kRestoreForgetsLog)) {
    const Validator& keys = world_.keys().validator(index_, generation());
    pairs_.front().log = std::make_unique<NodeLog>(KeyRecord{world_.chain_id(), keys.consensus_key});
  }
  world_.observer().on_restored(index_, height, root, ledger_->digest());
  end_restore();
}

// Without one: with the database that is there, or with none if that is damaged.
void Node::end_restore() {
  if (is_damaged_) lose_database();
  world_.queue().after(0, [done = std::shared_ptr<Restore>(std::move(restore_))] {});
  if (!world_.stopped()) world_.restart(instance_);
}

}  // namespace jingchu::sim
