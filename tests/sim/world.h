// One run: all nodes, the network between them, time, faults and checkers. Everything that happens follows
// from the plan; nothing is taken from the machine that it runs on.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/checkers/observer.h"
#include "sim/clients.h"
#include "sim/epochs.h"
#include "sim/event_queue.h"
#include "sim/governor.h"
#include "sim/keys.h"
#include "sim/network.h"
#include "sim/node.h"
#include "sim/trace.h"
#include "sim/whole.h"
#include "sim/wide.h"

namespace jingchu::sim {

struct Violation {
  std::string kind;  // stable, in kebab-case
  std::string text;
  std::uint64_t time_us = 0;
};

class World {
 public:
  World(Plan plan, bool print_trace);

  // Runs until everything that should happen after healing has happened, or an invariant breaks.
  void run();
  const std::optional<Violation>& violation() const { return violation_; }
  const Trace& trace() const { return trace_; }
  const std::map<std::string_view, std::uint64_t>& counters() const { return counters_; }

  // For the nodes, the network and the checkers.
  const Plan& plan() const { return plan_; }
  Random& random() { return random_; }
  EventQueue& queue() { return queue_; }
  Network& network() { return *network_; }
  Observer& observer() { return *observer_; }
  const KeyRing& keys() const { return keys_; }
  Epochs& epochs() { return *epochs_; }
  const Hash& chain_id() const { return chain_id_; }
  // Null in searches of the core alone.
  const Whole* whole() const { return whole_.get(); }
  Clients* clients() const { return clients_.get(); }
  // Null where the plan changes no validators.
  const Governor* governor() const { return governor_.get(); }
  // Null where nothing is measured.
  WideLoad* wide() const { return wide_.get(); }
  std::unique_ptr<Ledger> make_ledger() const;
  // The first so many instances are the nodes; behind them are second twins.
  std::size_t instances() const { return nodes_.size(); }
  Node& node(std::size_t instance) { return *nodes_[instance]; }
  bool is_honest(NodeIndex index) const { return (byzantine_ >> index.value() & 1) == 0; }
  bool healed() const { return healed_; }
  bool byzantine_silenced() const { return healed_ && plan_.byzantine_silent_at_heal; }
  std::uint64_t wall_ms(std::size_t instance) const;
  // Where every node stands, a line for each.
  std::string describe_nodes() const;
  Bytes new_transaction(NodeIndex owner);
  void crash(std::size_t instance, std::uint64_t downtime_us);
  // The node ends by itself and opens itself again.
  void reopen(std::size_t instance);
  void stop(std::size_t instance, std::uint64_t downtime_us, const char* why);
  // A node that is down starts, or goes on with what its operator does before.
  void restart(std::size_t instance);
  // A node begins an epoch, with what it derived of it.
  void begin_epoch(const Node& node, const node::EpochPlan& plan);

  void trace(TraceEvent event);
  void count(std::string_view what, std::uint64_t by = 1) { counters_[what] += by; }
  void fail(std::string kind, std::string text);
  bool stopped() const { return violation_.has_value(); }

  // As a node does that begins with a new core: with whom it has no session now.
  void tell_lost_sessions(Node& node);

 private:
  void make_genesis();
  void add_nodes();
  void begin(const Fault& fault);
  void begin_crash(const Fault& fault);
  void begin_disk_fault(const Fault& fault);
  void begin_set_change(const Fault& fault);
  void cut_links(const Fault& fault, bool blocked);
  void heal();
  void tell_sessions(std::size_t instance);
  void note(const char* action, const char* subject, int node, std::uint64_t detail = 0);

  Plan plan_;
  Random random_;
  EventQueue queue_;
  Trace trace_;
  KeyRing keys_;
  std::unique_ptr<Whole> whole_;
  Hash chain_id_{};
  std::unique_ptr<Epochs> epochs_;
  node::EpochPlan first_epoch_;
  std::uint64_t byzantine_ = 0;  // a bit for each
  std::vector<std::int64_t> clock_offset_ms_;
  std::unique_ptr<Observer> observer_;
  std::unique_ptr<Network> network_;
  std::unique_ptr<Clients> clients_;
  std::unique_ptr<Governor> governor_;
  std::unique_ptr<WideLoad> wide_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::map<std::string_view, std::uint64_t> counters_;
  std::optional<Violation> violation_;
  std::uint64_t transactions_ = 0;
  bool healed_ = false;
};

}  // namespace jingchu::sim
