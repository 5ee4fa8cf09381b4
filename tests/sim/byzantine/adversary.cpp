#include "sim/byzantine/adversary.h"

#include "sim/world.h"

namespace jingchu::sim {

using namespace consensus;

std::vector<Outgoing> Behaviour::outgoing(Adversary& /*self*/, Outgoing outgoing) {
  return {std::move(outgoing)};
}

Adversary::Adversary(World& world, std::size_t instance, const std::vector<Misbehaviour>& misbehaviours)
    : world_(world), instance_(instance), self_(world.node(instance).index()) {
  for (const auto misbehaviour : misbehaviours) {
    behaviours_.push_back({to_string(misbehaviour), make_behaviour(misbehaviour)});
  }
}

Adversary::~Adversary() = default;

void Adversary::outgoing(const Outgoing& outgoing) {
  remember(outgoing.message);
  std::vector<Outgoing> messages{outgoing};
  for (const auto& [name, behaviour] : behaviours_) {
    std::vector<Outgoing> next;
    acting_ = name;
    for (Outgoing& message : messages) {
      const Bytes before = encode_message(message.message);
      auto results = behaviour->outgoing(*this, std::move(message));
      const bool same = results.size() == 1 && encode_message(results.front().message) == before;
      if (!same) world_.count(name);
      for (Outgoing& result : results) next.push_back(std::move(result));
    }
    messages = std::move(next);
  }
  acting_ = nullptr;
  for (const Outgoing& message : messages) send(message.to, message.message);
}

void Adversary::observe(NodeIndex from, const Message& message) {
  remember(message);
  for (const auto& [name, behaviour] : behaviours_) {
    acting_ = name;
    behaviour->observe(*this, from, message);
  }
  acting_ = nullptr;
}

void Adversary::sealing(std::vector<Bytes>& transactions) {
  for (const auto& [name, behaviour] : behaviours_) {
    const auto before = transactions;
    behaviour->sealing(*this, transactions);
    if (transactions != before) world_.count(name);
  }
}

void Adversary::wake() {
  for (const auto& [name, behaviour] : behaviours_) {
    acting_ = name;
    behaviour->wake(*this);
  }
  acting_ = nullptr;
}

void Adversary::remember(const Message& message) {
  const auto* proposal = std::get_if<Proposal>(&message);
  if (proposal == nullptr) return;
  headers_.try_emplace(block_hash(chain_id(), proposal->header), proposal->header);
  newest_ = *proposal;
}

Bytes Adversary::any_transaction() const {
  return world_.clients() == nullptr ? Bytes() : world_.clients()->any_transaction();
}
Bytes Adversary::fresh_transaction(Height valid_until) const {
  return world_.clients() == nullptr ? Bytes() : world_.clients()->fresh_transaction(valid_until);
}
std::uint64_t Adversary::validity_window() const {
  return world_.plan().validity_window;
}
std::size_t Adversary::validators() const {
  return world_.epochs().at(epoch()).plan.validators.size();
}
Random& Adversary::random() {
  return world_.random();
}
Epoch Adversary::epoch() const {
  return world_.node(instance_).epoch();
}
const Hash& Adversary::chain_id() const {
  return world_.chain_id();
}

void Adversary::send(std::optional<NodeIndex> to, Message message) {
  if (world_.byzantine_silenced()) return;
  if (acting_ != nullptr) world_.count(acting_);
  world_.network().send(instance_, {to, std::move(message)});
}

void Adversary::withhold_from(View view) {
  world_.network().withhold_from(view);
}

void Adversary::send_to_some(const Message& message) {
  for (std::size_t i = 0; i < validators(); ++i) {
    const NodeIndex to(static_cast<std::uint16_t>(i));
    if (to != self_ && random().coin()) send(to, message);
  }
}

std::vector<Outgoing> Adversary::spread(const Outgoing& outgoing) const {
  if (outgoing.to) return {outgoing};
  std::vector<Outgoing> copies;
  for (std::size_t i = 0; i < validators(); ++i) {
    const NodeIndex to(static_cast<std::uint16_t>(i));
    if (to != self_) copies.push_back({to, outgoing.message});
  }
  return copies;
}

Vote Adversary::sign(const Ballot& ballot) const {
  const Bytes message = signing_bytes(world_.chain_id(), epoch(), ballot);
  return {epoch(), ballot, self_, world_.keys().signer(self_).sign(message)};
}

Proposal Adversary::sign(Header header, std::vector<Certificate> justification) const {
  const Hash hash = block_hash(chain_id(), header);
  const Bytes message =
      signing_bytes(chain_id(), epoch(), SignedKind::kProposal, header.view, header.height, hash);
  return {std::move(header), self_, world_.keys().signer(self_).sign(message), std::move(justification)};
}

BatchPointer Adversary::sign(Sequence sequence, const Hash& prev, std::vector<Bytes> transactions) const {
  Batch batch{epoch(), self_, sequence, prev, std::move(transactions), {}};
  const BatchPointer unsigned_batch = seal(chain_id(), batch);
  const Bytes message = signing_bytes(chain_id(), epoch(), SignedKind::kBatch, View(0),
                                      Height(sequence.value()), unsigned_batch->tip);
  batch.signature = world_.keys().signer(self_).sign(message);
  return seal(chain_id(), std::move(batch));
}

Certificate Adversary::forge(const Ballot& ballot) const {
  const Vote own = sign(ballot);
  Certificate certificate{epoch(), ballot, {}};
  for (std::size_t i = 0; i < world_.epochs().at(epoch()).plan.validators.quorum(); ++i) {
    certificate.signatures.push_back({NodeIndex(static_cast<std::uint16_t>(i)), own.signature});
  }
  return certificate;
}

std::vector<Header> Adversary::headers_at(Height height) const {
  std::vector<Header> found;
  for (const auto& [hash, header] : headers_) {
    if (header.height == height) found.push_back(header);
  }
  return found;
}

const Header* Adversary::header(const Hash& hash) const {
  const auto found = headers_.find(hash);
  return found == headers_.end() ? nullptr : &found->second;
}

}  // namespace jingchu::sim
