// Between the peers' frames and the consensus core: reads and checks what comes in, encodes what goes out.
// Batches, whose transactions' signatures take long, are checked in the signature pool so that votes overtake
// them. What a peer may have waiting here, and how much work it may cause, is bounded: beyond, its session is
// read later. Thread-safe.
#pragma once

#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "consensus/step.h"
#include "ledger/block_store.h"
#include "ledger/genesis.h"
#include "network/peer_set.h"
#include "node/message_reader.h"
#include "node/peer_budget.h"
#include "node/recent_set.h"

namespace jingchu::node {

class PeerTraffic {
 public:
  struct Parts {
    const ledger::Genesis* genesis;
    const consensus::Verifier* verifier;
    const ledger::BlockStore* blocks;
    boost::asio::thread_pool* signature_pool;
    std::function<void(consensus::Received)> to_core;         // any thread; answered by taken()
    std::function<void(NodeIndex, const Error&)> on_refused;  // a peer broke the protocol
    std::optional<NodeIndex> self;
  };
  explicit PeerTraffic(Parts parts);

  // The peers are made after this object, because their handlers call it; to be set before the first frame.
  void attach(network::PeerSet& peers) { peers_ = &peers; }

  void frame(network::PeerNumber from, std::uint8_t kind, Bytes payload);
  // How long to wait before more is read from a peer; zero: not at all.
  std::chrono::microseconds pause(network::PeerNumber from);
  // The core took an input of this peer, which was so much work.
  void taken(NodeIndex from, std::uint64_t work_us);
  const MessageReader& reader() const { return reader_; }

  void send(const consensus::Outgoing& outgoing);
  // Answers from the block store what the core's memory no longer has.
  void serve(const consensus::ServeFromStore& request);

 private:
  using LaneBatch = std::pair<NodeIndex, Sequence>;
  struct Waiting {
    std::atomic<std::uint64_t> batch_bytes{0};  // in the signature pool
    std::atomic<std::uint32_t> inputs{0};       // before the core
    std::atomic<std::uint32_t> answers{0};      // to be read from the block store
  };

  void read(NodeIndex from, std::uint8_t kind, ByteView payload);
  void batch(NodeIndex from, Bytes payload);
  void check_batch(NodeIndex from, consensus::Batch batch);
  void deliver(consensus::Received received);
  // True when so much is on its way to this peer that what it fetches must wait: it is told so.
  bool refuse_fetch(const consensus::Received& received);
  bool has_too_much_queued(NodeIndex peer) const;
  void charge(NodeIndex from, std::uint64_t work_us);
  void refuse(NodeIndex from, const Error& error);
  // True for a certificate whose ballot another valid certificate has proven already: nothing to learn, and
  // checking signatures is what costs.
  bool already_certified(std::uint8_t kind, ByteView payload) const;
  void remember_asked(NodeIndex peer, const consensus::FetchBatches& fetch);
  std::vector<consensus::Message> answers(const consensus::ServeFromStore& request) const;

  Parts parts_;
  MessageReader reader_;
  network::PeerSet* peers_ = nullptr;
  std::vector<Waiting> waiting_;  // by peer
  PeerBudget budget_;
  std::deque<RecentSet<LaneBatch>> asked_;  // by peer
  RecentSet<consensus::Ballot> certified_;
  RecentSet<Hash> checked_;  // tips of batches whose transactions are good
};

}  // namespace jingchu::node
