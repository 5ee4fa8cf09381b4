// The mutually authenticated connections to the nodes of one chain: dials, accepts, redials, and hands frames
// over. One connection for each pair of nodes. The executor may be run by several threads,
// and its context outlives the set.
#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/bytes.h"
#include "common/hash.h"
#include "common/log.h"
#include "common/result.h"
#include "common/signature.h"
#include "network/frame.h"
#include "network/handshake_limits.h"
#include "network/output_queue.h"

namespace jingchu::network {

// A peer's place in the set, which it keeps as long as it is listed; those of PeerSetConfig::peers are their
// indexes.
using PeerNumber = std::uint16_t;

// At a time, with those that are not listed any more while their sessions end. Where validators change that
// is up to four sets of them.
inline constexpr std::size_t kPeersMax = 1024;

struct Peer {
  std::string name;
  std::array<std::uint8_t, 32> transport_key{};  // raw Ed25519 public key
  std::string host;                              // name or address; needed only when this side dials
  std::uint16_t port = 0;
  bool dial = false;  // of a pair, exactly one side should dial
};

struct PeerSetConfig {
  std::shared_ptr<const PrivateKey> transport_key;  // Ed25519
  Hash chain_id{};
  std::string listen_host;        // empty: does not listen
  std::uint16_t listen_port = 0;  // 0: any free port
  std::vector<Peer> peers;        // may hold this node itself: it is never dialled and never connected
  std::uint32_t frame_bytes_max = 16u << 20;  // of a payload; the same on all nodes of a chain
  FrameBytesMax kind_bytes_max;               // the same for each kind, of what is read; may be empty
  std::size_t urgent_bytes_max = 32u << 20;   // queued for one peer; must have room for one frame
  std::size_t bulk_bytes_max = 64u << 20;
  std::chrono::milliseconds handshake_timeout{5'000};  // for connecting, and again for TLS and hello
  std::chrono::milliseconds idle_timeout{15'000};
  std::chrono::milliseconds redial_delay_min{100};
  std::chrono::milliseconds redial_delay_max{5'000};
  // Handshakes under way with those who dialled us; beyond, the oldest is given up for the newest.
  std::size_t half_open_max = 256;
  HandshakeLimitsConfig handshakes;
  std::uint32_t sessions_burst = 20;  // of one peer that comes and goes; then one a second
};

// Called on the threads of the executor; for one number in order and never two at once: on_connected, frames,
// on_disconnected. They may call send() and disconnect(), not stop(). None may throw.
struct PeerHandlers {
  std::function<void(PeerNumber, std::uint8_t kind, Bytes payload)>
      on_frame;                                                // kinds 1 to 254; nothing more is read
                                                               // from this peer until it returned
  std::function<std::chrono::microseconds(PeerNumber)> pause;  // see Connection::Pause; may be empty
  std::function<void(PeerNumber)> on_connected;
  std::function<void(PeerNumber, std::string reason)> on_disconnected;
};

struct PeerStatus {
  PeerNumber number = 0;
  std::string name;
  bool connected = false;
  std::string last_reason;    // why the last connection ended or could not be made
  std::string last_type;      // the same as the stable type of an Error: "unknown-key"
  std::uint64_t last_us = 0;  // when that was, by the monotonic clock; 0: never
  std::uint64_t bytes_in = 0, bytes_out = 0, frames_in = 0, frames_out = 0,
                dropped_frames = 0;  // since the start
  std::size_t queued_bytes = 0;
  std::uint64_t connects = 0;
};

class PeerSet {
 public:
  PeerSet(boost::asio::any_io_executor executor, PeerSetConfig config, PeerHandlers handlers, Log log);
  ~PeerSet();  // stops
  PeerSet(const PeerSet&) = delete;
  PeerSet& operator=(const PeerSet&) = delete;

  // Listens and begins to dial. Errors: "peer-config" (kCaller) and "listen" (kEnvironment, names the
  // address).
  Status start();

  // Closes everything. No handler is called any more once it returned; do not call it from a handler.
  void stop();

  // Thread-safe. From here on these are the peers, and those are their numbers: who is new is dialled and let
  // in, who is not listed any more is closed, the sessions of all others go on. Error: "peer-config".
  Result<std::vector<PeerNumber>> update(std::vector<Peer> peers);

  // Thread-safe. `kind` is 1 to 254. False when the peer is not connected or the frame found no room; see
  // connection.h.
  bool send(PeerNumber peer, Priority priority, std::uint8_t kind, std::shared_ptr<const Bytes> payload);

  // Thread-safe. Closes the connection, if there is one; it is dialled again only after the backoff.
  void disconnect(PeerNumber peer, Error reason);

  std::vector<PeerStatus> status() const;
  std::size_t queued_bytes(PeerNumber peer) const;  // that wait to be written to it
  std::uint16_t port() const;                       // where it listens; 0 when it does not

  // How often a connection was refused, failed or ended, since the start: reason -> count. The reasons are a
  // fixed, small set (with the types that disconnect() was given).
  std::map<std::string, std::uint64_t> refusals() const;

 private:
  class Sessions;
  std::shared_ptr<Sessions> sessions_;
};

}  // namespace jingchu::network
