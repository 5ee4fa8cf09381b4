#include "sim/world.h"

#include "common/codec.h"

namespace jingchu::sim {
namespace {

constexpr std::uint64_t kWallStartMs = 1'800'000'000'000;

}  // namespace

World::World(Plan plan, bool print_trace)
    : plan_(std::move(plan)),
      random_(plan_.seed),
      trace_(print_trace),
      keys_(plan_.validators, plan_.real_signatures),
      chain_id_(sha256(as_bytes("jingchu-sim"))),
      verifier_(chain_id_, Epoch(0), keys_.validators(), keys_.checker()) {
  genesis_.cut.resize(plan_.validators);
  genesis_.time_ms = kWallStartMs;
  genesis_.executed_root = sha256(as_bytes("jingchu-sim genesis state"));
  genesis_.validators_hash = keys_.validators().hash();
  for (const auto& byzantine : plan_.byzantine) byzantine_ |= std::uint64_t{1} << byzantine.node;
  observer_ = std::make_unique<Observer>(*this);
  network_ = std::make_unique<Network>(*this, plan_.validators);
  add_nodes();
}

void World::add_nodes() {
  for (std::size_t i = 0; i < plan_.validators; ++i) {
    nodes_.push_back(std::make_unique<Node>(*this, NodeIndex(static_cast<std::uint16_t>(i)), i));
  }
  for (const auto& byzantine : plan_.byzantine) {
    Node& first = *nodes_[byzantine.node];
    first.set_adversary(std::make_unique<Adversary>(*this, first.instance(), byzantine.behaviours));
    bool twins = false;
    for (const auto behaviour : byzantine.behaviours) twins |= behaviour == Misbehaviour::kTwins;
    if (!twins) continue;
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
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    queue_.at(random_.below(50'000), [this, i] {
      nodes_[i]->start();
      nodes_[i]->seal_next();
      nodes_[i]->misbehave_next();
    });
  }
  for (const Fault& fault : plan_.faults) queue_.at(fault.time_us, [this, &fault] { begin(fault); });
  queue_.at(plan_.heal_us, [this] { heal(); });
  while (!stopped() && !queue_.empty()) {
    queue_.run_next();
    if (healed_ && observer_->satisfied()) break;
  }
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

void World::cut_links(const Fault& fault, bool blocked) {
  const std::size_t n = plan_.validators;
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
  Node& node = *nodes_[instance];
  if (!node.running()) return;
  count("crashes");
  note("crash", "", static_cast<int>(instance), node.durable_height().value());
  node.crash();
  tell_sessions(instance);
  queue_.after(downtime_us, [this, instance] { restart(instance); });
}

void World::restart(std::size_t instance) {
  Node& node = *nodes_[instance];
  if (stopped() || node.running()) return;
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

void World::heal() {
  healed_ = true;
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
  trace({0, node, action, subject, 0, 0, detail, kEverybody});
}

void World::fail(std::string kind, std::string text) {
  if (!violation_) violation_ = Violation{std::move(kind), std::move(text), queue_.now_us()};
}

}  // namespace jingchu::sim
