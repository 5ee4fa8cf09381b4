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

Network::Network(World& world, std::size_t nodes)
    : world_(world),
      profile_(world.plan().network),
      blocked_(nodes, std::vector<int>(nodes, 0)),
      no_session_until_us_(nodes, std::vector<std::uint64_t>(nodes, 0)) {
  const WidePlan& wide = world.plan().wide;
  if (!wide.in_use()) return;
  links_ = std::make_unique<Links>(world.queue(), wide, nodes, world.plan().seed,
                                   [this](std::size_t to, const auto& parcel) { arrive(to, *parcel); });
}

void Network::send(std::size_t instance, const Outgoing& outgoing) {
  const Node& sender = world_.node(instance);
  const NodeIndex from = sender.index();
  TraceEvent event = describe(outgoing.message);
  event.action = "send";
  event.node = static_cast<int>(instance);
  event.peer = outgoing.to ? static_cast<int>(outgoing.to->value()) : kEverybody;
  world_.trace(event);
  const Epoch epoch = epoch_of(outgoing.message).value_or(sender.epoch());
  const EpochContext* context = world_.epochs().find(epoch);
  auto verified = context == nullptr
                      ? Result<Received>(peer_error("later-epoch", "an epoch that nobody has begun"))
                      : std::visit(Verify{context->verifier, from}, outgoing.message);
  if (!verified.ok()) {
    world_.count("forged or malformed");
    if (world_.is_honest(from)) world_.fail("honest-message-refused", verified.error().to_string());
    if (world_.whole() == nullptr) return;
  } else {
    world_.observer().on_send(from, outgoing);
  }
  Parcel made{from, sender.generation(), outgoing.message, std::nullopt};
  if (world_.whole() == nullptr) {
    made.received = std::move(verified).value();
  } else {
    made.kind = message_kind(outgoing.message);
    made.payload = encode_message(outgoing.message);
  }
  if (links_ != nullptr) {
    made.wire_bytes = wire_bytes_of(outgoing.message);
    made.traffic = traffic_of(outgoing);
    world_.wide()->on_send(outgoing);
  }
  const auto parcel = std::make_shared<const Parcel>(std::move(made));
  for (std::size_t to = 0; to < world_.instances(); ++to) {
    const Node& receiver = world_.node(to);
    const NodeIndex index = receiver.index();
    if (index == from || (outgoing.to && outgoing.to->value() % kBeyond != index.value())) continue;
    if (!sender.number_of(index, receiver.generation())) continue;  // it is not listed
    if (sender.sees(index) && receiver.sees(from)) deliver(instance, to, parcel);
  }
}

void Network::deliver(std::size_t from_instance, std::size_t to_instance,
                      const std::shared_ptr<const Parcel>& parcel) {
  Random& random = world_.random();
  const NodeIndex sender = world_.node(from_instance).index();
  const NodeIndex receiver = world_.node(to_instance).index();
  const std::size_t from = sender.value();
  const std::size_t to = receiver.value();
  if (is_withheld(parcel->message)) return world_.count("withheld");
  if (blocked_[from][to] > 0) return world_.count("lost in a partition");
  if (!in_session(sender, receiver)) return world_.count("lost without a session");
  if (links_ != nullptr) return send_sized(from, to, parcel);
  if (profile_.loss_permille != 0 && random.chance(profile_.loss_permille, 1000)) return world_.count("lost");
  const bool twice = profile_.duplicate_permille != 0 && random.chance(profile_.duplicate_permille, 1000);
  if (twice) world_.count("duplicated");
  for (int copy = 0; copy < (twice ? 2 : 1); ++copy) {
    world_.queue().after(delay_us(), [this, sender, receiver, to_instance, parcel, generation = generation_] {
      if (generation != generation_ || !in_session(sender, receiver)) return;
      world_.node(to_instance).receive(*parcel);
    });
  }
}

void Network::send_sized(std::size_t from, std::size_t to, const std::shared_ptr<const Parcel>& parcel) {
  if (!links_->send(from, to, parcel)) world_.count("dropped");
}

// Where so much is on its way to a peer already, what it fetches is refused, as in node/peer_traffic.cpp.
void Network::arrive(std::size_t to, const Parcel& parcel) {
  constexpr std::uint64_t kQueuedBytesMax = 8 << 20;
  const auto refusal = std::visit(
      [](const auto& message) -> std::optional<Unavailable> {
        if constexpr (requires { refusal_of(message); }) return refusal_of(message);
        return std::nullopt;
      },
      parcel.message);
  if (refusal && links_->queued_bytes(to, parcel.from.value()) > kQueuedBytesMax) {
    world_.count("fetches refused");
    return send(to, {parcel.from, *refusal});
  }
  world_.node(to).receive(parcel);
}

bool Network::in_session(NodeIndex a, NodeIndex b) const {
  return world_.queue().now_us() >= no_session_until_us_[a.value()][b.value()];
}

void Network::end_session(NodeIndex a, NodeIndex b) {
  world_.count("sessions ended");
  const std::uint64_t pause_us = world_.random().between(50'000, 400'000);
  const std::uint64_t until_us = world_.queue().now_us() + pause_us;
  no_session_until_us_[a.value()][b.value()] = no_session_until_us_[b.value()][a.value()] = until_us;
  if (!world_.plan().sessions) return;
  for (const bool connected : {false, true}) {
    world_.queue().after(connected ? pause_us : 0, [this, a, b, connected] {
      world_.node(a.value()).peer_changed(b, connected);
      world_.node(b.value()).peer_changed(a, connected);
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
