#include "tests/network/peer_fixture.h"

#include <algorithm>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

namespace jingchu::network {

namespace asio = boost::asio;
using asio::ip::tcp;

SharedKey make_key() {
  return std::make_shared<const PrivateKey>(PrivateKey::generate(Algorithm::kEd25519));
}

TransportKey raw_key(const SharedKey& key) {
  TransportKey raw;
  std::copy_n(key->public_key().bytes.begin(), raw.size(), raw.begin());
  return raw;
}

PeerSetConfig test_config(SharedKey own, const std::vector<SharedKey>& peers) {
  PeerSetConfig config;
  config.transport_key = std::move(own);
  config.chain_id = kTestChain;
  config.listen_host = "127.0.0.1";
  config.redial_delay_min = std::chrono::milliseconds(5);
  config.redial_delay_max = std::chrono::milliseconds(40);
  for (const auto& key : peers) {
    Peer peer;
    peer.name = "peer" + std::to_string(config.peers.size());
    peer.transport_key = raw_key(key);
    config.peers.push_back(peer);
  }
  return config;
}

PeerSetConfig dialling(PeerSetConfig config, std::uint16_t port) {
  config.listen_host.clear();
  config.peers[0].host = "127.0.0.1";
  config.peers[0].port = port;
  config.peers[0].dial = true;
  return config;
}

RecordingPeers::RecordingPeers(asio::any_io_executor executor, PeerSetConfig config)
    : set_(std::move(executor), std::move(config), handlers(), Log()) {}

PeerHandlers RecordingPeers::handlers() {
  PeerHandlers handlers;
  handlers.on_frame = [this](PeerNumber peer, std::uint8_t kind, Bytes payload) {
    note("frame " + std::to_string(peer));
    const std::lock_guard lock(mutex_);
    frames_.push_back({kind, std::move(payload)});
  };
  handlers.pause = [this](PeerNumber) { return std::chrono::milliseconds(paused ? 5 : 0); };
  handlers.on_connected = [this](PeerNumber peer) { note("connected " + std::to_string(peer)); };
  handlers.on_disconnected = [this](PeerNumber peer, std::string reason) {
    note("disconnected " + std::to_string(peer) + ": " + reason);
  };
  return handlers;
}

void RecordingPeers::note(std::string event) {
  const std::lock_guard lock(mutex_);
  events_.push_back(std::move(event));
}

std::vector<Frame> RecordingPeers::frames() const {
  const std::lock_guard lock(mutex_);
  return frames_;
}

std::vector<std::string> RecordingPeers::events() const {
  const std::lock_guard lock(mutex_);
  return events_;
}

std::size_t RecordingPeers::count(const std::string& event) const {
  const auto all = events();
  return static_cast<std::size_t>(std::count(all.begin(), all.end(), event));
}

std::uint64_t RecordingPeers::refusals(const std::string& reason) const {
  const auto all = set_.refusals();
  const auto found = all.find(reason);
  return found == all.end() ? 0 : found->second;
}

HandMadePeer::HandMadePeer(std::uint16_t port, const SharedKey& own, const SharedKey& server)
    : tls_(peer_tls_context(*own, [key = raw_key(server)](const auto& shown) { return shown == key; })
               .value()),
      stream_(context_, *tls_) {
  stream_.lowest_layer().connect(tcp::endpoint(asio::ip::address_v4::loopback(), port));
}

bool HandMadePeer::handshake() {
  boost::system::error_code error;
  stream_.handshake(asio::ssl::stream_base::client, error);
  return !error;
}

void HandMadePeer::send(std::uint8_t kind, const Bytes& payload) {
  const auto header = frame_header(kind, static_cast<std::uint32_t>(payload.size()));
  Bytes bytes(header.begin(), header.end());
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  boost::system::error_code ignored;
  asio::write(stream_, asio::buffer(bytes), ignored);
}

bool HandMadePeer::read(std::size_t bytes) {
  Bytes buffer(bytes);
  boost::system::error_code error;
  asio::read(stream_, asio::buffer(buffer), error);
  return !error;
}

bool HandMadePeer::hello(Hash chain, std::uint8_t version) {
  Bytes payload = {version, 0};
  payload.insert(payload.end(), chain.begin(), chain.end());
  send(255, payload);
  return read(5 + 2 + 32);
}

Listening::Listening(const std::function<void(PeerSetConfig&)>& change) {
  auto config = test_config(own, {first, second});
  if (change) change(config);
  peers.emplace(threads.executor(), config);
  CHECK(peers->set().start().ok());
}

Listening::~Listening() {
  peers->set().stop();
  threads.stop();  // before what the handlers write to goes
}

bool Listening::connected() {
  return wait_until([&] { return peers->status().connected; });
}

bool Listening::disconnected(const std::string& reason) {
  return wait_until([&] { return peers->count("disconnected 0: " + reason) > 0; });
}

}  // namespace jingchu::network
