// Sets of peers that remember what happened to them, and a peer made by hand of a blocking socket.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/signature.h"
#include "network/frame.h"
#include "network/peer_set.h"
#include "network/tls.h"
#include "tests/network/fixture.h"

namespace jingchu::network {

using SharedKey = std::shared_ptr<const PrivateKey>;

SharedKey make_key();
TransportKey raw_key(const SharedKey& key);
inline constexpr Hash kTestChain{1, 2, 3};

// A configuration that listens on 127.0.0.1 and lists a peer of each key, none of them dialled, with short
// delays.
PeerSetConfig test_config(SharedKey own, const std::vector<SharedKey>& peers);
// Peer number 0 is dialled at `port`.
PeerSetConfig dialling(PeerSetConfig config, std::uint16_t port);

class RecordingPeers {
 public:
  RecordingPeers(boost::asio::any_io_executor executor, PeerSetConfig config);

  PeerSet& set() { return set_; }
  PeerStatus status() const { return set_.status()[0]; }  // of peer number 0
  std::vector<Frame> frames() const;                      // from any peer
  std::vector<std::string> events() const;  // "connected 0", "frame 0", "disconnected 0: reason"
  std::size_t count(const std::string& event) const;
  std::uint64_t refusals(const std::string& reason) const;

  std::atomic<bool> paused{false};  // no peer is read while this holds

 private:
  PeerHandlers handlers();
  void note(std::string event);

  mutable std::mutex mutex_;
  std::vector<Frame> frames_;
  std::vector<std::string> events_;
  PeerSet set_;  // last: its end comes first
};

// A client that shakes hands as a peer would and then does only what the test says. Blocking.
class HandMadePeer {
 public:
  // `server` is the only key it accepts; with `own` it proves who it is.
  HandMadePeer(std::uint16_t port, const SharedKey& own, const SharedKey& server);

  bool handshake();  // TLS only
  void send(std::uint8_t kind, const Bytes& payload);
  bool read(std::size_t bytes);                                   // false when the connection ended before
  bool hello(Hash chain = kTestChain, std::uint8_t version = 1);  // sends one and reads the other's

 private:
  boost::asio::io_context context_;
  TlsContext tls_;
  boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream_;
};

// A set that listens, run by threads, and the keys of two peers that may call.
struct Listening {
  explicit Listening(const std::function<void(PeerSetConfig&)>& change = {});
  ~Listening();
  HandMadePeer caller(const SharedKey& key) { return HandMadePeer(peers->set().port(), key, own); }
  bool connected();
  bool disconnected(const std::string& reason);

  SharedKey own = make_key(), first = make_key(), second = make_key();
  IoThreads threads;
  std::optional<RecordingPeers> peers;
};

}  // namespace jingchu::network
