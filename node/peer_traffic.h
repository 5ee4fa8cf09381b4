// Between the peers' frames and the consensus core: reads and checks what comes in, encodes what goes out.
// Batches, whose transactions' signatures take long, are checked in the signature pool so that votes overtake
// them; what a peer may have waiting there is bounded. Thread-safe.
#pragma once

#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "consensus/step.h"
#include "ledger/block_store.h"
#include "ledger/genesis.h"
#include "network/peer_set.h"
#include "node/message_reader.h"

namespace jingchu::node {

class PeerTraffic {
 public:
  struct Parts {
    const ledger::Genesis* genesis;
    const consensus::Verifier* verifier;
    const ledger::BlockStore* blocks;
    boost::asio::thread_pool* signature_pool;
    std::function<void(consensus::Input)> to_core;            // any thread
    std::function<void(NodeIndex, const Error&)> on_refused;  // a peer broke the protocol
    std::optional<NodeIndex> self;
  };
  explicit PeerTraffic(Parts parts);

  // The peers are made after this object, because their handlers call it; to be set before the first frame.
  void attach(network::PeerSet& peers) { peers_ = &peers; }

  void frame(network::PeerNumber from, std::uint8_t kind, Bytes payload);
  void send(const consensus::Outgoing& outgoing);
  // Answers from the block store what the core's memory no longer has.
  void serve(const consensus::ServeFromStore& request);

 private:
  void batch(NodeIndex from, Bytes payload);
  void check_batch(NodeIndex from, consensus::Batch batch);
  void refuse(NodeIndex from, const Error& error);
  // True for a certificate whose ballot another valid certificate has proven already: nothing to learn, and
  // checking signatures is what costs.
  bool already_certified(std::uint8_t kind, ByteView payload) const;
  void remember_certified(const consensus::Ballot& ballot);
  std::vector<consensus::Message> answers(const consensus::ServeFromStore& request) const;

  Parts parts_;
  MessageReader reader_;
  network::PeerSet* peers_ = nullptr;
  std::vector<std::atomic<std::uint64_t>> waiting_bytes_;  // by peer: of batches in the signature pool
  mutable std::mutex mutex_;
  std::set<consensus::Ballot> certified_;
  std::deque<consensus::Ballot> certified_order_;
};

}  // namespace jingchu::node
