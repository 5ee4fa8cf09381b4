// The inside of PeerSet: shared with its coroutines, so that it lives until the last of them has ended.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/log_limit.h"
#include "network/connection.h"
#include "network/handshake.h"
#include "network/peer_set.h"
#include "network/tls.h"

namespace jingchu::network {

class PeerSet::Sessions : public std::enable_shared_from_this<PeerSet::Sessions> {
 public:
  Sessions(boost::asio::any_io_executor executor, PeerSetConfig config, PeerHandlers handlers, Log log);

  Status start();
  void stop();
  Result<std::vector<PeerNumber>> update(std::vector<Peer> peers);
  bool send(PeerNumber peer, Priority priority, std::uint8_t kind, std::shared_ptr<const Bytes> payload);
  void disconnect(PeerNumber peer, Error reason);
  std::vector<PeerStatus> status() const;
  std::uint16_t port() const { return port_; }
  std::size_t queued_bytes(PeerNumber peer) const;
  std::map<std::string, std::uint64_t> refusals() const;

 private:
  using Stream = std::shared_ptr<Connection::Stream>;
  struct Slot {
    explicit Slot(std::uint32_t sessions_burst) : sessions(1, sessions_burst) {}
    std::mutex delivery;  // held while a handler runs for this peer; taken before `mutex_`
    std::shared_ptr<ConnectionCounters> counters = std::make_shared<ConnectionCounters>();
    std::optional<Peer> peer;   // with what follows, under `mutex_`; nothing: free
    std::uint64_t listing = 0;  // changes when another peer gets the place
    std::shared_ptr<boost::asio::steady_timer> redial;
    std::shared_ptr<Connection> connection;
    std::string last_reason;
    std::string last_type;
    std::uint64_t last_us = 0;
    std::uint64_t connects = 0;
    TokenBucket sessions;
  };
  // A stream between connect or accept and the end of its handshake.
  struct Opening {
    Stream stream;
    Side side;
    boost::asio::ip::address remote;  // of who dialled us
  };

  // A peer with the listing of its place, so that what was begun for one peer does not end up with another.
  struct Place {
    PeerNumber number;
    std::uint64_t listing;
  };

  Status check_config() const;
  Status check_peers(const std::vector<Peer>& peers) const;
  bool is_own(const TransportKey& key) const;
  bool is_allowed(const TransportKey& key) const;
  std::optional<Place> place_of(const TransportKey& key) const;
  void note_refused_peer(Connection::Stream& stream, const Error& error);
  // Under `mutex_`.
  Result<PeerNumber> list(Peer peer);
  void unlist(PeerNumber number);
  void dial_if_wanted(PeerNumber number);
  static void stop_dialling(Slot& slot);
  // Nothing once another has the place, or another timer is that of its redialling.
  std::optional<Peer> peer_to_dial(Place place,
                                   const std::shared_ptr<boost::asio::steady_timer>& timer) const;
  static boost::asio::awaitable<void> accept_peers(std::shared_ptr<Sessions> self);
  static boost::asio::awaitable<void> serve_inbound(std::shared_ptr<Sessions> self, Stream stream);
  static boost::asio::awaitable<void> keep_dialled(std::shared_ptr<Sessions> self, Place place,
                                                   std::shared_ptr<boost::asio::steady_timer> timer);
  boost::asio::awaitable<bool> dial(Place place, const Peer& peer);
  boost::asio::awaitable<Status> connect(const Peer& peer, Stream stream);
  boost::asio::awaitable<Result<Place>> open(Stream stream, Side side,
                                             std::optional<TransportKey> expected = {});
  boost::asio::awaitable<void> run_session(Place place, Stream stream);
  boost::asio::awaitable<Error> receive(PeerNumber number, std::shared_ptr<Connection> connection);
  bool begin_session(Place place, std::shared_ptr<Connection> connection);
  void end_session(PeerNumber number, const std::shared_ptr<Connection>& connection, const Error& reason);
  void deliver(PeerNumber number, const Connection* connection, std::uint8_t kind, Bytes payload);
  static void close_soon(const Stream& stream);
  bool add_opening(const Stream& stream);
  Status admit_opening(const Stream& stream);
  void remove_opening(const Stream& stream);
  void refuse(const Error& error, const std::string& who);
  void note_refusal(const Error& error, const std::string& who);
  void note_failure(Place place, const Error& error);
  static void note_end(Slot& slot, std::string_view type, std::string reason);
  bool connected(PeerNumber number) const;
  std::string name_of(PeerNumber number) const;
  std::shared_ptr<ConnectionCounters> counters_of(PeerNumber number) const;
  Stream make_stream(boost::asio::ip::tcp::socket socket) const;

  const boost::asio::any_io_executor executor_;
  const PeerSetConfig config_;
  const PeerHandlers handlers_;
  const Log log_;
  std::vector<std::unique_ptr<Slot>> slots_;  // kPeersMax
  TlsContext tls_;
  std::optional<boost::asio::ip::tcp::acceptor> acceptor_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};

  LogLimit log_limit_;
  mutable std::mutex mutex_;  // of what follows, and of the slots
  std::map<TransportKey, PeerNumber> numbers_;
  std::deque<Opening> openings_;  // the oldest first
  HandshakeLimits handshakes_;
  std::map<std::string, std::uint64_t> refusals_;
};

}  // namespace jingchu::network
