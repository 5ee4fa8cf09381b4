// A simulated node's keys and epochs: who it is in an epoch, and its way from one to the next, as the real
// node has it (node/open.cpp, node/epoch_switch.cpp).
#include <algorithm>

#include "consensus/mutant.h"
#include "sim/whole_ledger.h"
#include "sim/world.h"

namespace jingchu::sim {

using namespace consensus;

namespace {

bool lists(const node::Members& members, NodeIndex peer, const PublicKey& transport_key) {
  return peer.value() < members.size() && members[peer.value()].transport_key == transport_key;
}

}  // namespace

// ---- keys

void Node::add_pair() {
  const Validator& keys = world_.keys().validator(index_, made_);
  keys_.push_back(world_.keys().home_keys(index_, made_));
  pairs_.push_back({made_, std::make_unique<NodeLog>(KeyRecord{world_.chain_id(), keys.consensus_key})});
  ++made_;
}

// A home that is to replace a lost one is listed first: until then its peers know it by these keys only.
void Node::add_next_keys() {
  const auto& members = world_.epochs().latest().plan.members;
  if (pairs_.size() == 1 && lists(members, index_, keys_.front().transport->public_key())) add_pair();
}

const Validator& Node::newest_keys() const {
  return world_.keys().validator(index_, pairs_.back().generation);
}

bool Node::is_replacement(const PublicKey& consensus_key) const {
  return home_ != 0 && world_.keys().validator(index_, home_).consensus_key == consensus_key;
}

bool Node::is_locked_out(const node::EpochPlan& present) const {
  if (keys_.size() == 1 || !lists(present.members, index_, keys_.back().transport->public_key()))
    return false;
  const PublicKey& key = keys_.front().transport->public_key();
  return !lists(present.next, index_, key) && !(present.before && lists(*present.before, index_, key));
}

void Node::put_next_keys_in_place() {
  drop_pairs_before(keys_.size() - 1);
  world_.observer().on_log_lost(index_);
}

std::optional<Signature> Node::attest(const node::Members& pending, ByteView message) const {
  const auto now = status();
  const bool is_caught_up =
      now.network_height &&
      now.executed_height + world_.plan().parameters.execution_lag_max >= *now.network_height;
  if (!is_caught_up || !now.stopped.empty()) return std::nullopt;
  for (const auto& keys : keys_) {
    const auto is_ours = [&](const auto& member) {
      return member.consensus_key == keys.consensus->public_key();
    };
    if (std::any_of(pending.begin(), pending.end(), is_ours)) return keys.consensus->sign(message);
  }
  return std::nullopt;
}

bool Node::is_idle() const {
  const bool is_listed = std::any_of(keys_.begin(), keys_.end(), [&](const node::NodeKeys& keys) {
    return lists(plan_.members, index_, keys.transport->public_key());
  });
  return is_listed && (!validates() || !status().votes);
}

void Node::lose_database() {
  ledger_ = world_.make_ledger();
  is_damaged_ = false;
  world_.observer().on_database_lost(index_);
}

void Node::lose_home() {
  lose_database();
  world_.observer().on_home_lost(index_);
  if (storage_ != nullptr) storage_ = std::make_unique<NodeStorage>(world_, index_);
  is_rotten_ = false;
  pairs_.clear();
  keys_.clear();
  if (mutant(Mutant::kLostHomeKeepsKey)) made_ -= 1;
  home_ = made_;
  add_pair();
}

// ---- peers

// Who is to join is named in every configuration, and a new home's configuration names all others.
std::optional<NodeIndex> Node::number_of(NodeIndex peer, Generation generation) const {
  const PublicKey& key = world_.keys().validator(peer, generation).transport_key;
  if (lists(plan_.members, peer, key)) return peer;
  const bool is_listed = lists(plan_.next, peer, key) || (plan_.before && lists(*plan_.before, peer, key)) ||
                         (plan_.pending && lists(*plan_.pending, peer, key));
  const bool is_configured = peer.value() >= world_.plan().validators || home_ != 0;
  if (is_listed || is_configured) return NodeIndex(kBeyond + peer.value());
  return std::nullopt;
}

// ---- epochs

Result<std::vector<std::vector<Record>>> Node::open_logs() {
  std::vector<std::vector<Record>> records;
  for (const KeyPair& pair : pairs_) {
    auto found = pair.log->open();
    if (!found.ok()) return found.error();
    records.push_back(std::move(*found));
  }
  return records;
}

std::unique_ptr<Core> Node::open_core() {
  auto records = open_logs();
  if (!records.ok()) {
    if (!is_rotten_) world_.fail("unreadable-log", records.error().to_string());
    is_retired_ = true;
    world_.observer().on_retired(index_);
    return nullptr;
  }
  if (is_rotten_) world_.fail("bit-rot-accepted", "n" + to_string(index_) + " starts with a damaged log");
  Status opened = ledger_->open();
  if (opened.ok() && storage_ != nullptr) opened = storage_->open(whole_of(*ledger_).database());
  if (!opened.ok()) {
    if (!is_damaged_) world_.fail("unreadable-ledger", opened.error().to_string());
    return nullptr;
  }
  if (!plan_epoch()) return nullptr;
  choose_pair(std::move(*records));
  world_.observer().on_start(index_, ledger_->height(), log_records_);
  return make_core(nullptr);
}

bool Node::plan_epoch() {
  auto plan = ledger_->epoch();
  if (!plan.ok()) {
    if (!is_damaged_) world_.fail("unreadable-ledger", plan.error().to_string());
    return false;
  }
  plan_ = std::move(*plan);
  return true;
}

void Node::choose_pair(std::vector<std::vector<Record>> records) {
  const std::size_t chosen = node::choose_keys(plan_, keys_);
  log_records_ = std::move(records[chosen]);
  drop_pairs_before(chosen);
}

// Nothing of the former pair stays.
void Node::drop_pairs_before(std::size_t chosen) {
  pairs_.erase(pairs_.begin(), pairs_.begin() + static_cast<std::ptrdiff_t>(chosen));
  keys_.erase(keys_.begin(), keys_.begin() + static_cast<std::ptrdiff_t>(chosen));
}

std::unique_ptr<Core> Node::make_core(const Core* before) {
  world_.begin_epoch(*this, plan_);
  const std::string name = world_.keys().validator(index_, 0).name;
  const auto identity = node::find_identity(plan_, {}, keys_.front(), name);
  auto recovered = identity.ok() ? ledger_->recovered() : Result<Recovered>(identity.error());
  if (!recovered.ok()) {
    if (!is_damaged_) world_.fail("recovery-refused", recovered.error().to_string());
    return nullptr;
  }
  identity_ = *identity;
  if (validates()) recovered->records = std::exchange(log_records_, {});
  if (before != nullptr) {
    recovered->turns = before->turns();
    recovered->stopped = before->status().stopped;
  }
  const CoreConfig config{world_.chain_id(),         plan_.epoch, plan_.validators, identity_.validator,
                          world_.plan().parameters,  plan_.base,  plan_.base_hash,  plan_.last_height,
                          plan_.next_validators_hash};
  const Signer* signer = validates() ? &world_.keys().signer(index_, generation()) : nullptr;
  auto core = Core::create(config, signer, std::move(*recovered));
  if (core.ok()) return std::move(core).value();
  if (world_.is_honest(index_)) world_.fail("recovery-refused", core.error().to_string());
  return nullptr;
}

bool Node::crashes_at_switch() {
  if (!world_.plan().crash_at_switch || !world_.random().chance(1, 6)) return false;
  world_.count("crash at the switch");
  world_.crash(instance_, world_.random().between(5'000, 300'000));
  return true;
}

void Node::change_epoch() {
  if (!world_.healed() && crashes_at_switch()) return;
  world_.count("epochs begun");
  if (!plan_epoch()) return;
  if (node::choose_keys(plan_, keys_) != 0) {
    world_.count("opened again with the next keys");
    return world_.reopen(instance_);
  }
  enter_epoch();
}

void Node::enter_epoch() {
  if (auto live = driver_->core().live_records(); !live.empty()) log_records_ = std::move(live);
  const auto uncut = driver_->core().own_uncut_batches();
  auto core = make_core(&driver_->core());
  if (core == nullptr) return;
  // The old driver may be the one that called.
  driver_->halt();
  world_.queue().after(0, [dead = std::move(driver_)] {});
  driver_ = std::make_shared<node::ConsensusDriver>(std::move(core), ports());
  if (validates()) {
    const auto live = driver_->core().live_records();
    rotation_.rotated(live);
    log().rotate(live);
    begin_sync();
  }
  const std::uint64_t life = incarnation_;
  driver_->start();
  if (life != incarnation_) return;
  world_.tell_lost_sessions(*this);
  if (!world_.healed() && crashes_at_switch()) return;
  if (admission_ != nullptr && !validates()) {
    admission_->abandon();
  } else if (admission_ != nullptr) {
    for (const auto& batch : uncut) admission_->give_back(batch->batch.transactions);
    if (admission_->waiting_count() > 0) want_seal();
  }
  const auto early = std::exchange(early_, {});
  for (const auto& [peer, parcels] : early) {
    for (const Parcel& parcel : parcels) {
      if (life == incarnation_) receive(parcel);
    }
  }
}

}  // namespace jingchu::sim
