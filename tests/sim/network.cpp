#include "sim/network.h"

#include "sim/world.h"

namespace jingchu::sim {
namespace {

using namespace consensus;

// The message as the core takes it, or nothing if the Verifier refuses it.
struct Verify {
  const Verifier& verifier;
  NodeIndex from;

  template <class T>
  Result<Received> wrap(Result<Verified<T>> verified) const {
    if (!verified.ok()) return verified.error();
    return Received{from, std::move(verified).value()};
  }
  Result<Received> operator()(const Proposal& proposal) const { return wrap(verifier.proposal(proposal)); }
  Result<Received> operator()(const Vote& vote) const { return wrap(verifier.vote(vote)); }
  Result<Received> operator()(const Certificate& certificate) const {
    return wrap(verifier.certificate(certificate));
  }
  Result<Received> operator()(const BatchPointer& batch) const { return wrap(verifier.batch(batch->batch)); }
  Result<Received> operator()(const Chain& chain) const { return wrap(verifier.chain(chain)); }
  template <class Unsigned>
  Result<Received> operator()(const Unsigned& message) const {
    return Received{from, message};
  }
};

}  // namespace

Network::Network(World& world, std::size_t validators)
    : world_(world), profile_(world.plan().network), blocked_(validators, std::vector<int>(validators, 0)) {}

void Network::send(std::size_t instance, const Outgoing& outgoing) {
  const NodeIndex from = world_.node(instance).index();
  TraceEvent event = describe(outgoing.message);
  event.action = "send";
  event.node = static_cast<int>(instance);
  event.peer = outgoing.to ? static_cast<int>(outgoing.to->value()) : kEverybody;
  world_.trace(event);
  auto verified = std::visit(Verify{world_.verifier(), from}, outgoing.message);
  if (!verified.ok()) {
    world_.count("refused by the verifier");
    if (world_.is_honest(from)) world_.fail("honest-message-refused", verified.error().to_string());
    return;
  }
  world_.observer().on_send(from, outgoing);
  const auto parcel =
      std::make_shared<const Parcel>(Parcel{from, outgoing.message, std::move(verified).value()});
  for (std::size_t to = 0; to < world_.instances(); ++to) {
    const NodeIndex index = world_.node(to).index();
    if (index == from || (outgoing.to && *outgoing.to != index)) continue;
    if (world_.node(instance).sees(index) && world_.node(to).sees(from)) deliver(instance, to, parcel);
  }
}

void Network::deliver(std::size_t from_instance, std::size_t to_instance,
                      const std::shared_ptr<const Parcel>& parcel) {
  Random& random = world_.random();
  const std::size_t from = world_.node(from_instance).index().value();
  const std::size_t to = world_.node(to_instance).index().value();
  if (is_withheld(parcel->message)) return world_.count("withheld");
  if (blocked_[from][to] > 0) return world_.count("lost in a partition");
  if (profile_.loss_permille != 0 && random.chance(profile_.loss_permille, 1000)) return world_.count("lost");
  const bool twice = profile_.duplicate_permille != 0 && random.chance(profile_.duplicate_permille, 1000);
  if (twice) world_.count("duplicated");
  for (int copy = 0; copy < (twice ? 2 : 1); ++copy) {
    world_.queue().after(delay_us(), [this, to_instance, parcel, generation = generation_] {
      if (generation == generation_) world_.node(to_instance).receive(*parcel);
    });
  }
}

std::uint64_t Network::delay_us() {
  Random& random = world_.random();
  std::uint64_t delay = random.between(profile_.delay_min_us, profile_.delay_max_us);
  if (profile_.spike_permille != 0 && random.chance(profile_.spike_permille, 1000)) {
    world_.count("delayed");
    delay += random.below(profile_.spike_us);
  }
  return delay;
}

bool Network::is_withheld(const Message& message) const {
  if (!withheld_from_) return false;
  if (const auto* certificate = std::get_if<Certificate>(&message))
    return certificate->ballot.view >= *withheld_from_;
  if (const auto* proposal = std::get_if<Proposal>(&message)) return proposal->header.view > *withheld_from_;
  if (const auto* chain = std::get_if<Chain>(&message))
    return chain->finalization.ballot.view >= *withheld_from_;
  return false;
}

void Network::heal() {
  withheld_from_.reset();
  profile_ = NetworkProfile{};
  for (auto& row : blocked_) row.assign(row.size(), 0);
}

}  // namespace jingchu::sim
