// What this node knows of validators that broke the protocol: evidence that its own core found, or that a
// peer brought. It is verified before it is believed, kept once, handed on once, and bounded for each
// culprit, and so in all: verified evidence names validators only. Thread-safe.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <mutex>
#include <set>

#include "common/log.h"
#include "consensus/misbehaviour.h"
#include "ledger/genesis.h"
#include "ledger/misbehaviour_store.h"
#include "node/epoch.h"
#include "node/metrics.h"

namespace jingchu::node {

class Misbehaviour {
 public:
  struct Parts {
    const ledger::Genesis* genesis;
    ledger::MisbehaviourStore* store;
    boost::asio::thread_pool* pool;  // writes and reads of the store happen there
    Metrics* metrics;
    Log log;
    std::function<void(const consensus::Evidence&)> on_new;  // to be handed on to the peers
  };
  explicit Misbehaviour(Parts parts) : parts_(std::move(parts)) {}

  // At the start, before any evidence comes: what was kept.
  Status open(const EpochPlan& plan);
  // From here on evidence of this epoch and of the one before is taken, and older evidence is forgotten.
  Status enter(const EpochPlan& plan);

  // Known evidence, and what goes beyond the bounds, is passed over. Errors as those of verify_evidence:
  // the fault of who brought it, but for "earlier-epoch" and "later-epoch", which an honest peer sends, too.
  Status take(const consensus::Evidence& evidence);
  // A batch was refused for its content. If it is validly signed its owner is the culprit, whoever sent it.
  void examine(const consensus::Batch& batch);
  // Gives `visit` everything that is kept, later and on another thread.
  void recall(std::function<void(const consensus::Evidence&)> visit);

 private:
  using VerifierPointer = std::shared_ptr<const consensus::Verifier>;

  void set_verifiers(const EpochPlan& plan);
  Result<VerifierPointer> verifier_of(Epoch epoch) const;
  bool is_wanted(const consensus::Evidence& evidence) const;
  // False: it is not wanted.
  bool note(const consensus::Evidence& evidence);
  void record(const consensus::Evidence& evidence, std::string validator);
  consensus::TransactionCheck transaction_check() const;

  Parts parts_;
  mutable std::mutex mutex_;
  VerifierPointer current_;
  VerifierPointer before_;        // null in the first epoch
  std::set<std::string> places_;  // of what is kept
};

}  // namespace jingchu::node
