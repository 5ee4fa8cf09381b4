#include "sim/world.h"

#include <algorithm>

#include "common/codec.h"
#include "sim/checkers/storage_checker.h"
#include "sim/payloads.h"

namespace jingchu::sim {

namespace {

constexpr std::uint64_t kWallStartMs = 1'800'000'000'000;

bool changes_set(FaultKind kind) {
  return kind >= FaultKind::kNewKeys;
}

// The epoch that genesis begins, for cores alone.
node::EpochPlan first_epoch(const Plan& plan, const KeyRing& keys) {
  node::EpochPlan first;
  for (const auto& validator : keys.validators().all()) {
    first.members.push_back(
        {validator.name, "", validator.name, validator.consensus_key, validator.transport_key, ""});
  }
  first.next = first.members;
  first.validators = keys.validators();
  first.next_validators_hash = keys.validators().hash();
  first.base.cut.resize(plan.validators);
  first.base.time_ms = kWallStartMs;
  first.base.executed_root = sha256(as_bytes("jingchu-sim genesis state"));
  first.base.validators_hash = keys.validators().hash();
  return first;
}

}  // namespace

World::World(Plan plan, bool print_trace)
    : plan_(std::move(plan)),
      random_(plan_.seed),
      trace_(print_trace),
      keys_(plan_.validators, plan_.whole ? kClients + plan_.nodes() : 0, plan_.real_signatures) {
  // What is left of a plan may name a node that does not join any more.
  for (Fault& fault : plan_.faults)
    std::erase_if(fault.nodes, [&](std::size_t node) { return node >= plan_.nodes(); });
  make_genesis();
  for (const auto& byzantine : plan_.byzantine) byzantine_ |= std::uint64_t{1} << byzantine.node;
  observer_ = std::make_unique<Observer>(*this);
  network_ = std::make_unique<Network>(*this, plan_.nodes());
  if (plan_.wide.in_use()) wide_ = std::make_unique<WideLoad>(*this);
  add_nodes();
}

void World::make_genesis() {
  if (plan_.whole) {
    whole_ = std::make_unique<Whole>(plan_, keys_, kWallStartMs);
    chain_id_ = whole_->genesis().chain_id;
    clients_ = std::make_unique<Clients>(*this);
    const bool is_governed = std::any_of(plan_.faults.begin(), plan_.faults.end(),
                                         [](const Fault& fault) { return changes_set(fault.kind); });
    if (is_governed) governor_ = std::make_unique<Governor>(*this);
  } else {
    chain_id_ = sha256(as_bytes("jingchu-sim"));
    first_epoch_ = first_epoch(plan_, keys_);
  }
  epochs_ = std::make_unique<Epochs>(chain_id_, keys_, plan_.parameters.batch_bytes_max);
  const auto ledger = make_ledger();
  CHECK(ledger->open().ok());
  const auto first = ledger->epoch();
  CHECK(first.ok() && epochs_->begin(*first) == Epochs::Begun::kFirst);
}

std::unique_ptr<Ledger> World::make_ledger() const {
  if (whole_ != nullptr) return whole_->make_ledger();
  return make_stub_ledger(chain_id_, first_epoch_, consensus::EpochSchedule(plan_.parameters.epoch_blocks));
}

void World::add_nodes() {
  for (std::size_t i = 0; i < plan_.nodes(); ++i) {
    nodes_.push_back(std::make_unique<Node>(*this, NodeIndex(static_cast<std::uint16_t>(i)), i));
  }
  for (const auto& byzantine : plan_.byzantine) {
    Node& first = *nodes_[byzantine.node];
    first.set_adversary(std::make_unique<Adversary>(*this, first.instance(), byzantine.behaviours));
    bool twins = false;
    for (const auto behaviour : byzantine.behaviours) twins |= behaviour == Misbehaviour::kTwins;
    if (!twins) continue;
    count(to_string(Misbehaviour::kTwins));
    nodes_.push_back(std::make_unique<Node>(*this, first.index(), nodes_.size()));
    const std::uint64_t seen_by_first = random_.next();
    first.set_visible(seen_by_first);
    nodes_.back()->set_visible(~seen_by_first | (random_.next() & random_.next()));
  }
  const std::uint64_t skew = plan_.skew_ms_max;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    clock_offset_ms_.push_back(static_cast<std::int64_t>(random_.below(skew + 1)) -
                               static_cast<std::int64_t>(skew / 2));
  }
  for (const auto& [node, offset_ms] : plan_.wrong_clocks) clock_offset_ms_[node] += offset_ms;
}

void World::run() {
  if (plan_.skew_ms_max != 0) count("skewed clocks");
  count("wrong clocks", plan_.wrong_clocks.size());
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    queue_.at(random_.below(50'000), [this, i] {
      nodes_[i]->start();
      if (whole_ == nullptr && wide_ == nullptr) nodes_[i]->seal_next();
      nodes_[i]->misbehave_next();
    });
  }
  if (clients_ != nullptr) queue_.at(60'000, [this] { clients_->start(); });
  if (wide_ != nullptr) wide_->start();
  if (governor_ != nullptr) queue_.at(60'000, [this] { governor_->act_next(); });
  for (const Fault& fault : plan_.faults) queue_.at(fault.time_us, [this, &fault] { begin(fault); });
  queue_.at(plan_.heal_us, [this] { heal(); });
  while (!stopped() && !queue_.empty()) {
    if (wide_ != nullptr && wide_->is_over()) break;
    queue_.run_next();
    if (healed_ && observer_->satisfied()) break;
  }
  if (!stopped() && plan_.storage.in_use()) StorageChecker(*this).run();
}

void World::begin(const Fault& fault) {
  if (healed_) return;
  count(to_string(fault.kind));
  note("fault", to_string(fault.kind), fault.nodes.empty() ? kEverybody : static_cast<int>(fault.nodes[0]),
       fault.amount);
  const auto end = [&](auto undo) {
    queue_.after(fault.duration_us, [this, undo] {
      if (!healed_) undo();
    });
  };
  switch (fault.kind) {
    case FaultKind::kCrash:
    case FaultKind::kCrashAtAction:
    case FaultKind::kCrashAll:
      return begin_crash(fault);
    case FaultKind::kFullDisk:
    case FaultKind::kFailingSync:
    case FaultKind::kBitRot:
    case FaultKind::kLostDatabase:
    case FaultKind::kStaleDatabase:
    case FaultKind::kRottenEntry:
    case FaultKind::kRestore:
      return begin_disk_fault(fault);
    case FaultKind::kNewKeys:
    case FaultKind::kLostHome:
    case FaultKind::kJoin:
    case FaultKind::kLeave:
      return begin_set_change(fault);
    case FaultKind::kPartition:
    case FaultKind::kOneWay:
    case FaultKind::kSplit:
      cut_links(fault, true);
      return end([this, &fault] { cut_links(fault, false); });
    case FaultKind::kClockJump: {
      const auto jump_ms = static_cast<std::int64_t>(fault.amount) - 10'000;
      for (const std::size_t node : fault.nodes) clock_offset_ms_[node] += jump_ms;
      return end([this, &fault, jump_ms] {
        for (const std::size_t node : fault.nodes) clock_offset_ms_[node] -= jump_ms;
      });
    }
    case FaultKind::kSlowSync:
      for (const std::size_t node : fault.nodes)
        nodes_[node]->set_sync_delay({fault.amount / 2, fault.amount});
      return end([this, &fault] {
        for (const std::size_t node : fault.nodes) nodes_[node]->set_sync_delay(plan_.sync);
      });
    case FaultKind::kSlowExecution:
      for (const std::size_t node : fault.nodes)
        nodes_[node]->set_execution_delay({fault.amount / 2, fault.amount});
      return end([this, &fault] {
        for (const std::size_t node : fault.nodes) nodes_[node]->set_execution_delay(plan_.execution);
      });
  }
}

void World::begin_crash(const Fault& fault) {
  if (fault.kind == FaultKind::kCrashAll) {
    network_->drop_in_flight();
    for (std::size_t i = 0; i < nodes_.size(); ++i) crash(i, fault.duration_us + random_.below(50'000));
    return;
  }
  for (const std::size_t node : fault.nodes) {
    if (fault.kind == FaultKind::kCrash) {
      crash(node, fault.duration_us);
    } else {
      nodes_[node]->crash_at_action(fault.amount, fault.duration_us);
    }
  }
}

void World::begin_disk_fault(const Fault& fault) {
  for (const std::size_t node : fault.nodes) {
    if (fault.kind == FaultKind::kFullDisk || fault.kind == FaultKind::kFailingSync) {
      nodes_[node]->break_disk(fault.kind, fault.duration_us);
      continue;
    }
    if (fault.kind == FaultKind::kRottenEntry) {
      count("entries that rotted", nodes_[node]->rot_entry() ? 1 : 0);
      continue;
    }
    crash(node, fault.duration_us);
    if (nodes_[node]->running()) continue;
    if (fault.kind == FaultKind::kBitRot) {
      count("logs that rotted", nodes_[node]->rot() ? 1 : 0);
      continue;
    }
    if (fault.kind == FaultKind::kLostDatabase) nodes_[node]->lose_database();
    if (fault.kind == FaultKind::kStaleDatabase) nodes_[node]->put_back_database();
    const bool restores = fault.kind == FaultKind::kRestore || (plan_.storage.in_use() && random_.coin());
    if (restores) nodes_[node]->begin_restore();
  }
}

void World::begin_set_change(const Fault& fault) {
  for (const std::size_t index : fault.nodes) {
    Node& node = *nodes_[index];
    if (fault.kind == FaultKind::kJoin || fault.kind == FaultKind::kLeave) {
      governor_->want_joined(fault.kind == FaultKind::kJoin);
    } else if (!node.is_retired() && is_honest(node.index())) {
      if (fault.kind == FaultKind::kNewKeys) {
        node.add_next_keys();
        continue;
      }
      crash(index, fault.duration_us);
      if (!node.running()) node.lose_home();
    }
  }
}

void World::cut_links(const Fault& fault, bool blocked) {
  const std::size_t n = plan_.nodes();
  std::vector<bool> inside(n, false);
  for (const std::size_t node : fault.nodes) inside[node] = true;
  if (fault.kind == FaultKind::kSplit) {
    for (std::size_t i = 0; i < n; ++i) inside[i] = i < n / 2;
  }
  for (std::size_t a = 0; a < n; ++a) {
    for (std::size_t b = 0; b < n; ++b) {
      if (!inside[a] || inside[b]) continue;
      network_->set_blocked(a, b, blocked);
      if (fault.kind != FaultKind::kOneWay) network_->set_blocked(b, a, blocked);
    }
  }
}

void World::crash(std::size_t instance, std::uint64_t downtime_us) {
  if (nodes_[instance]->running()) count("crashes");
  stop(instance, downtime_us, "crash");
}

void World::reopen(std::size_t instance) {
  stop(instance, random_.between(1'000, 50'000), "reopen");
}

void World::stop(std::size_t instance, std::uint64_t downtime_us, const char* why) {
  Node& node = *nodes_[instance];
  if (!node.running()) return;
  note(why, "", static_cast<int>(instance), node.durable_height().value());
  node.crash();
  tell_sessions(instance);
  queue_.after(downtime_us, [this, instance] { restart(instance); });
}

void World::restart(std::size_t instance) {
  Node& node = *nodes_[instance];
  if (stopped() || node.running() || node.is_retired()) return;
  if (node.is_restoring()) return node.go_on_restoring();
  note("restart", "", static_cast<int>(instance), node.durable_height().value());
  node.start();
  tell_sessions(instance);
}

// What the others hear, and when, may be late but not out of order: they hear how it stands by then.
void World::tell_sessions(std::size_t instance) {
  if (!plan_.sessions) return;
  Node& peer = *nodes_[instance];
  for (auto& node : nodes_) {
    if (node->index() == peer.index()) continue;
    queue_.after(random_.between(1'000, 60'000),
                 [&node = *node, &peer] { node.peer_changed(peer.index(), peer.running()); });
  }
}

void World::tell_lost_sessions(Node& node) {
  if (!plan_.sessions) return;
  for (auto& peer : nodes_) {
    const bool in_session = peer->running() && network_->in_session(node.index(), peer->index());
    if (peer->index() != node.index() && !in_session) node.peer_changed(peer->index(), false);
  }
}

void World::heal() {
  healed_ = true;
  if (byzantine_silenced() && !plan_.byzantine.empty()) count("Byzantine nodes fall silent");
  note("heal", "", kEverybody);
  network_->heal();
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    nodes_[i]->set_sync_delay({200, 4'000});
    nodes_[i]->set_execution_delay({500, 6'000});
    nodes_[i]->crash_at_action(0, 0);
    clock_offset_ms_[i] = static_cast<std::int64_t>(random_.below(plan_.parameters.precision_ms / 4));
  }
  for (const auto& [node, offset_ms] : plan_.wrong_clocks) clock_offset_ms_[node] += offset_ms;
  if (plan_.crash_all_at_heal) {
    count("crash of all at healing");
    network_->drop_in_flight();
    for (std::size_t i = 0; i < nodes_.size(); ++i) crash(i, random_.between(10'000, 100'000));
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    queue_.after(random_.between(100'000, 200'000), [this, i] { restart(i); });
  }
  observer_->on_heal();
  if (clients_ != nullptr) clients_->on_heal();
  if (governor_ != nullptr) governor_->on_heal();
}

void World::begin_epoch(const Node& node, const node::EpochPlan& plan) {
  const auto begun = epochs_->begin(plan);
  if (begun == Epochs::Begun::kFirst) return observer_->on_epoch(plan);
  if (begun == Epochs::Begun::kSame || !is_honest(node.index())) return;
  fail("epoch-differs", "n" + to_string(node.index()) + " begins epoch " + to_string(plan.epoch) +
                            " with something else than another node");
}

std::uint64_t World::wall_ms(std::size_t instance) const {
  return kWallStartMs + 10'000 + queue_.now_us() / 1000 +
         static_cast<std::uint64_t>(clock_offset_ms_[instance]);
}

std::string World::describe_nodes() const {
  std::string text;
  for (const auto& node : nodes_) {
    text += "\n    n" + std::to_string(node->instance()) + ": ";
    if (!node->running()) {
      text += "down";
      continue;
    }
    const auto status = node->status();
    text += "view " + to_string(status.view) + ", leader n" + to_string(status.leader) + ", final view " +
            to_string(status.final_view) + ", final height " + to_string(status.final_height) +
            ", executed " + to_string(status.executed_height) + (status.votes ? "" : ", does not vote ") +
            status.stopped + ", marks";
    for (const auto& mark : status.watermarks) text += " " + to_string(mark.sequence);
    text += ", final cut";
    for (const auto& entry : status.final_cut) text += " " + to_string(entry.sequence);
  }
  return text;
}

Bytes World::new_transaction(NodeIndex owner) {
  Bytes transaction = encode(owner, ++transactions_);
  transaction.resize(transaction.size() + random_.below(60), 0x5a);
  return transaction;
}

void World::trace(TraceEvent event) {
  event.time_us = queue_.now_us();
  trace_.add(event);
}

void World::note(const char* action, const char* subject, int node, std::uint64_t detail) {
  trace({0, node, action, subject, 0, 0, detail, kEverybody, {}});
}

void World::fail(std::string kind, std::string text) {
  if (violation_) return;
  note("violation", "", kEverybody);
  violation_ = Violation{std::move(kind), std::move(text), queue_.now_us()};
}

}  // namespace jingchu::sim
