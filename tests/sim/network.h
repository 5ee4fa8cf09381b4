// The network between the nodes: datagrams that are delayed, lost, doubled and overtaken as the plan says,
// over sessions whose sender is authenticated.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "consensus/step.h"
#include "sim/keys.h"
#include "sim/links.h"
#include "sim/plan.h"

namespace jingchu::sim {

class World;

struct Parcel {
  NodeIndex from;         // the node, whatever its receiver numbers it as
  Generation generation;  // of the keys of its session
  consensus::Message message;
  // What whole nodes read is the bytes, each for itself; otherwise the message was checked for all receivers.
  std::optional<consensus::Received> received;
  std::uint8_t kind = 0;
  Bytes payload = {};
  // On links with a bandwidth.
  std::uint64_t wire_bytes = 0;
  Traffic traffic = Traffic::kOther;
};

class Network {
 public:
  Network(World& world, std::size_t nodes);

  // `instance` of validator `from` sends. Counts, checks and schedules; honest senders are observed by the
  // checkers.
  void send(std::size_t instance, const consensus::Outgoing& outgoing);
  // One of the two refused what the other sent: nothing passes between them for a while.
  void end_session(NodeIndex a, NodeIndex b);
  bool in_session(NodeIndex a, NodeIndex b) const;
  // Everything under way is lost.
  void drop_in_flight() { ++generation_; }
  void set_blocked(std::size_t from, std::size_t to, bool blocked) { blocked_[from][to] += blocked ? 1 : -1; }
  // Certificates from this view on, and proposals of later ones, are lost until healing.
  void withhold_from(View view) { withheld_from_ = view; }
  // No loss and no partition from now on, and delays within the parameters.
  void heal();
  // Null where messages have a delay and no size.
  const Links* links() const { return links_.get(); }

 private:
  void deliver(std::size_t from_instance, std::size_t to_instance,
               const std::shared_ptr<const Parcel>& parcel);
  void send_sized(std::size_t from, std::size_t to, const std::shared_ptr<const Parcel>& parcel);
  void arrive(std::size_t to, const Parcel& parcel);
  bool is_withheld(const consensus::Message& message) const;
  std::uint64_t delay_us();

  World& world_;
  NetworkProfile profile_;
  std::vector<std::vector<int>> blocked_;
  std::vector<std::vector<std::uint64_t>> no_session_until_us_;
  std::optional<View> withheld_from_;
  std::uint64_t generation_ = 0;
  std::unique_ptr<Links> links_;
};

}  // namespace jingchu::sim
