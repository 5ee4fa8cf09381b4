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
    std::shared_ptr<boost::asio::steady_timer> redial;
    std::shared_ptr<Connection> connection;  // with what follows, under `mutex_`
    std::string last_reason;
    std::uint64_t connects = 0;
    TokenBucket sessions;
  };
  // A stream between connect or accept and the end of its handshake.
  struct Opening {
    Stream stream;
    Side side;
    boost::asio::ip::address remote;  // of who dialled us
  };

  Status check_config() const;
  static boost::asio::awaitable<void> accept_peers(std::shared_ptr<Sessions> self);
  static boost::asio::awaitable<void> serve_inbound(std::shared_ptr<Sessions> self, Stream stream);
  static boost::asio::awaitable<void> keep_dialled(std::shared_ptr<Sessions> self, PeerNumber number);
  boost::asio::awaitable<bool> dial(PeerNumber number);
  boost::asio::awaitable<Status> connect(PeerNumber number, Stream stream);
  boost::asio::awaitable<Result<PeerNumber>> open(Stream stream, Side side);
  boost::asio::awaitable<void> run_session(PeerNumber number, Stream stream);
  boost::asio::awaitable<Error> receive(PeerNumber number, std::shared_ptr<Connection> connection);
  bool begin_session(PeerNumber number, std::shared_ptr<Connection> connection);
  void end_session(PeerNumber number, const std::shared_ptr<Connection>& connection, const Error& reason);
  void deliver(PeerNumber number, const Connection* connection, std::uint8_t kind, Bytes payload);
  static void close_soon(const Stream& stream);
  bool add_opening(const Stream& stream);
  Status admit_opening(const Stream& stream);
  void remove_opening(const Stream& stream);
  void refuse(const Error& error, const std::string& who);
  void note_refusal(const Error& error, const std::string& who);
  void note_failure(PeerNumber number, const Error& error);
  bool connected(PeerNumber number) const;
  Stream make_stream(boost::asio::ip::tcp::socket socket) const;

  const boost::asio::any_io_executor executor_;
  const PeerSetConfig config_;
  const PeerHandlers handlers_;
  const Log log_;
  std::map<TransportKey, PeerNumber> numbers_;  // without this node's own
  std::vector<std::unique_ptr<Slot>> slots_;
  TlsContext tls_;
  std::optional<boost::asio::ip::tcp::acceptor> acceptor_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};

  LogLimit log_limit_;
  mutable std::mutex mutex_;      // of what follows, and of the slots
  std::deque<Opening> openings_;  // the oldest first
  HandshakeLimits handshakes_;
  std::map<std::string, std::uint64_t> refusals_;
};

}  // namespace jingchu::network
