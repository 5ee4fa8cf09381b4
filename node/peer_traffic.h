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
#include <mutex>
#include <vector>

#include "consensus/step.h"
#include "ledger/block_store.h"
#include "ledger/checked_batches.h"
#include "ledger/genesis.h"
#include "network/peer_set.h"
#include "node/message_reader.h"
#include "node/misbehaviour.h"
#include "node/peer_budget.h"
#include "node/peer_directory.h"
#include "node/recent_set.h"

namespace jingchu::node {

// An input of the core of one epoch, with the place of the peer that caused it.
struct PeerInput {
  consensus::Received received;
  Epoch epoch;
  network::PeerNumber peer = 0;
};

class PeerTraffic {
 public:
  struct Parts {
    const ledger::Genesis* genesis;
    const ledger::BlockStore* blocks;
    boost::asio::thread_pool* signature_pool;
    Misbehaviour* misbehaviour;
    ledger::CheckedBatches* checked;
    std::function<void(PeerInput)> to_core;                                 // any thread; answered by taken()
    std::function<void(const std::string& peer, const Error&)> on_refused;  // a peer broke the protocol
  };
  PeerTraffic(Parts parts, consensus::Verifier verifier, PeerDirectory directory);

  // The peers are made after this object, because their handlers call it; to be set before the first frame.
  void attach(network::PeerSet& peers) { peers_ = &peers; }

  // Another epoch, or other peers in this one. What peers already said about it is read now.
  void enter(consensus::Verifier verifier, PeerDirectory directory);
  // Of the epoch that was entered last.
  std::optional<NodeIndex> index_of(network::PeerNumber peer) const {
    return view()->directory.index_of(peer);
  }
  std::string name_of(NodeIndex index) const { return view()->directory.name_of(index); }

  // False: it breaks the protocol, and ends the session. A batch may turn out so later.
  bool frame(network::PeerNumber from, std::uint8_t kind, Bytes payload);
  // How long to wait before more is read from a peer; zero: not at all.
  std::chrono::microseconds pause(network::PeerNumber from);
  // The core took an input of this peer, which was so much work.
  void taken(network::PeerNumber from, std::uint64_t work_us);
  // The longest payload of any frame, and of each kind, in any epoch.
  std::uint32_t frame_bytes_max() const { return view()->reader.frame_bytes_max(); }
  std::uint32_t payload_bytes_max(std::uint8_t kind) const { return view()->reader.payload_bytes_max(kind); }

  void send(const consensus::Outgoing& outgoing) { send(*view(), outgoing); }
  // Evidence to one peer, or to all.
  void tell(const consensus::Evidence& evidence, std::optional<network::PeerNumber> to = std::nullopt);
  // Answers from the block store what the core's memory no longer has.
  void serve(const consensus::ServeFromStore& request);

 private:
  using LaneBatch = std::pair<NodeIndex, Sequence>;
  struct Waiting {
    std::atomic<std::uint64_t> batch_bytes{0};  // in the signature pool
    std::atomic<std::uint32_t> inputs{0};       // before the core
    std::atomic<std::uint32_t> answers{0};      // to be read from the block store
  };
  // What belongs to one epoch and its peers.
  struct View {
    View(consensus::Verifier a_verifier, PeerDirectory a_directory, std::uint64_t batch_bytes_max);

    consensus::Verifier verifier;
    PeerDirectory directory;
    MessageReader reader;
    mutable RecentSet<consensus::Ballot> certified;
  };
  using ViewPointer = std::shared_ptr<const View>;
  // Who speaks: where it sits in the network, and who it is in an epoch.
  struct Sender {
    ViewPointer view;
    network::PeerNumber peer;
    NodeIndex index;
  };
  struct Frame {
    std::uint8_t kind;
    Bytes payload;
  };
  // What a peer says of an epoch that we have not reached.
  struct Early {
    std::deque<Frame> frames;
    std::size_t bytes = 0;
  };

  ViewPointer view() const { return view_.load(); }
  bool read(const Sender& from, std::uint8_t kind, Bytes payload);
  bool batch(const Sender& from, std::uint8_t kind, Bytes payload);
  void check_batch(const Sender& from, consensus::Batch batch);
  // Both a refusal and, if its owner has signed it, evidence.
  void refuse_batch(const Sender& from, const consensus::SealedBatch& sealed, const Error& error);
  bool evidence(const Sender& from, Bytes payload);
  void deliver(const Sender& from, consensus::Received received);
  void send(const View& view, const consensus::Outgoing& outgoing);
  // True when so much is on its way to this peer that what it fetches must wait: it is told so.
  bool refuse_fetch(const Sender& from, const consensus::Received& received);
  bool has_too_much_queued(network::PeerNumber peer) const;
  void charge(network::PeerNumber from, std::uint64_t work_us);
  // True: nobody's fault, because it is of another epoch: kept if that one is to come.
  bool refuse(const Sender& from, const Error& error, std::uint8_t kind, Bytes payload);
  void refuse(const Sender& from, const Error& error);
  bool keep_early(const Sender& from, std::uint8_t kind, Bytes payload);
  // True for a certificate whose ballot another valid certificate has proven already: nothing to learn, and
  // checking signatures is what costs.
  static bool already_certified(const View& view, std::uint8_t kind, ByteView payload);
  void remember_asked(network::PeerNumber peer, const consensus::FetchBatches& fetch);

  Parts parts_;
  network::PeerSet* peers_ = nullptr;
  std::atomic<ViewPointer> view_;
  std::vector<Waiting> waiting_;  // by peer
  PeerBudget budget_;
  std::deque<RecentSet<LaneBatch>> asked_;  // by peer
  std::mutex early_mutex_;
  std::vector<Early> early_;  // by peer
};

}  // namespace jingchu::node
