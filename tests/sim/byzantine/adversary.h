// A Byzantine validator: a node with a correct core whose messages pass through misbehaviours before they
// leave. It owns its key and nobody else's, and is not bound to what its log holds.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "consensus/messages.h"
#include "sim/plan.h"
#include "sim/random.h"

namespace jingchu::consensus {
struct Outgoing;
}

namespace jingchu::sim {

class Adversary;
class World;

class Behaviour {
 public:
  virtual ~Behaviour() = default;
  // What leaves instead of `outgoing`, at once; the next behaviour sees each of these.
  virtual std::vector<consensus::Outgoing> outgoing(Adversary& self, consensus::Outgoing outgoing);
  // What arrives; the core gets it too.
  virtual void observe(Adversary& /*self*/, NodeIndex /*from*/, const consensus::Message& /*message*/) {}
  // What its own core is about to seal into a batch; of whole nodes.
  virtual void sealing(Adversary& /*self*/, std::vector<Bytes>& /*transactions*/) {}
  // Now and then.
  virtual void wake(Adversary& /*self*/) {}
};

std::unique_ptr<Behaviour> make_behaviour(Misbehaviour misbehaviour);

class Adversary {
 public:
  Adversary(World& world, std::size_t instance, const std::vector<Misbehaviour>& misbehaviours);
  ~Adversary();

  void outgoing(const consensus::Outgoing& outgoing);
  void observe(NodeIndex from, const consensus::Message& message);
  void sealing(std::vector<Bytes>& transactions);
  void wake();

  // Tools for behaviours.
  NodeIndex self() const { return self_; }
  std::size_t validators() const;
  Random& random();
  const Hash& chain_id() const;
  Epoch epoch() const;  // that it is in
  void send(std::optional<NodeIndex> to, consensus::Message message);
  // The network loses every certificate from this view on, and every later proposal, until healing.
  void withhold_from(View view);
  void send_to_some(const consensus::Message& message);  // to each other validator by the toss of a coin
  // One copy for each other validator.
  std::vector<consensus::Outgoing> spread(const consensus::Outgoing& outgoing) const;
  consensus::Vote sign(const consensus::Ballot& ballot) const;
  consensus::Proposal sign(consensus::Header header, std::vector<consensus::Certificate> justification) const;
  consensus::BatchPointer sign(Sequence sequence, const Hash& prev, std::vector<Bytes> transactions) const;
  // By a quorum, of whom only we really signed.
  consensus::Certificate forge(const consensus::Ballot& ballot) const;
  // Of every proposal of that height.
  std::vector<consensus::Header> headers_at(Height height) const;
  // A header seen in a proposal, or null.
  const consensus::Header* header(const Hash& hash) const;
  // Of whole nodes, else empty: one that a client submitted, and a new one that a client signs for us alone.
  Bytes any_transaction() const;
  Bytes fresh_transaction(Height valid_until) const;
  // Of the ledger's rules.
  std::uint64_t validity_window() const;
  // The last proposal that was seen, from anyone.
  const std::optional<consensus::Proposal>& newest() const { return newest_; }

 private:
  void remember(const consensus::Message& message);

  World& world_;
  std::size_t instance_;
  NodeIndex self_;
  struct Named {
    const char* name;
    std::unique_ptr<Behaviour> behaviour;
  };
  std::vector<Named> behaviours_;
  const char* acting_ = nullptr;  // the behaviour that was called
  std::map<Hash, consensus::Header> headers_;
  std::optional<consensus::Proposal> newest_;
};

}  // namespace jingchu::sim
