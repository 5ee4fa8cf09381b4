#include "network/peer_set.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include "network/listen.h"
#include "network/peer_sessions.h"

namespace jingchu::network {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

Error config_error(std::string what) {
  return caller_error("peer-config", std::move(what));
}

}  // namespace

PeerSet::PeerSet(asio::any_io_executor executor, PeerSetConfig config, PeerHandlers handlers, Log log)
    : sessions_(std::make_shared<Sessions>(std::move(executor), std::move(config), std::move(handlers),
                                           log.named("peers"))) {}
PeerSet::~PeerSet() {
  stop();
}
Status PeerSet::start() {
  return sessions_->start();
}
void PeerSet::stop() {
  sessions_->stop();
}
Result<std::vector<PeerNumber>> PeerSet::update(std::vector<Peer> peers) {
  return sessions_->update(std::move(peers));
}
bool PeerSet::send(PeerNumber peer, Priority priority, std::uint8_t kind,
                   std::shared_ptr<const Bytes> payload) {
  return sessions_->send(peer, priority, kind, std::move(payload));
}
void PeerSet::disconnect(PeerNumber peer, Error reason) {
  sessions_->disconnect(peer, std::move(reason));
}
std::vector<PeerStatus> PeerSet::status() const {
  return sessions_->status();
}
std::size_t PeerSet::queued_bytes(PeerNumber peer) const {
  return sessions_->queued_bytes(peer);
}
std::uint16_t PeerSet::port() const {
  return sessions_->port();
}
std::map<std::string, std::uint64_t> PeerSet::refusals() const {
  return sessions_->refusals();
}

PeerSet::Sessions::Sessions(asio::any_io_executor executor, PeerSetConfig config, PeerHandlers handlers,
                            Log log)
    : executor_(std::move(executor)),
      config_(std::move(config)),
      handlers_(std::move(handlers)),
      log_(std::move(log)),
      handshakes_(config_.handshakes) {
  for (std::size_t i = 0; i < kPeersMax; ++i) {
    slots_.push_back(std::make_unique<Slot>(config_.sessions_burst));
  }
}

Status PeerSet::Sessions::check_config() const {
  if (!config_.transport_key) return config_error("there is no transport key");
  const std::size_t frame_bytes = config_.frame_bytes_max + kFrameHeaderBytes;
  if (config_.urgent_bytes_max < frame_bytes || config_.bulk_bytes_max < frame_bytes) {
    return config_error("a queue has no room for one frame of " + std::to_string(frame_bytes) + " bytes");
  }
  return ok_status();
}

Status PeerSet::Sessions::start() {
  CHECK(!tls_);
  RETURN_IF_ERROR(check_config());
  RETURN_IF_ERROR(check_peers(config_.peers));
  // A handshake may outlive the set.
  const auto is_allowed = [weak = weak_from_this()](const TransportKey& key) {
    const auto self = weak.lock();
    return self && self->is_allowed(key);
  };
  ASSIGN_OR_RETURN(tls_, peer_tls_context(*config_.transport_key, is_allowed));
  if (!config_.listen_host.empty()) {
    ASSIGN_OR_RETURN(acceptor_,
                     listen(asio::make_strand(executor_), config_.listen_host, config_.listen_port));
    error_code ignored;
    port_ = acceptor_->local_endpoint(ignored).port();
  }
  ASSIGN_OR_RETURN([[maybe_unused]] const auto numbers, update(config_.peers));
  if (acceptor_) {
    asio::co_spawn(acceptor_->get_executor(), accept_peers(shared_from_this()), asio::detached);
    log_.info("listening", {{"host", config_.listen_host}, {"port", port_}});
  }
  return ok_status();
}

void PeerSet::Sessions::stop() {
  if (stopping_.exchange(true)) return;
  if (acceptor_) {
    asio::post(acceptor_->get_executor(), [self = shared_from_this()] {
      error_code ignored;
      self->acceptor_->close(ignored);
    });
  }
  for (const auto& slot : slots_) {
    // A handler that runs now is waited for; those that come later see that we are stopping.
    const std::lock_guard delivery(slot->delivery);
    const std::lock_guard lock(mutex_);
    stop_dialling(*slot);
    if (slot->connection) slot->connection->close(our_error("stopping", "this node stops"));
  }
  const std::lock_guard lock(mutex_);
  for (const Opening& opening : openings_) close_soon(opening.stream);
}

bool PeerSet::Sessions::send(PeerNumber peer, Priority priority, std::uint8_t kind,
                             std::shared_ptr<const Bytes> payload) {
  CHECK(peer < slots_.size() && kind != kKeepAliveKind && kind != kHelloKind);
  std::shared_ptr<Connection> connection;
  {
    const std::lock_guard lock(mutex_);
    connection = slots_[peer]->connection;
  }
  return connection && connection->send(priority, kind, std::move(payload));
}

void PeerSet::Sessions::disconnect(PeerNumber peer, Error reason) {
  CHECK(peer < slots_.size());
  const std::lock_guard lock(mutex_);
  if (slots_[peer]->connection) slots_[peer]->connection->close(std::move(reason));
}

std::vector<PeerStatus> PeerSet::Sessions::status() const {
  std::vector<PeerStatus> all;
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Slot& slot = *slots_[i];
    if (!slot.peer) continue;
    const ConnectionCounters& counters = *slot.counters;
    PeerStatus one;
    one.number = static_cast<PeerNumber>(i);
    one.name = slot.peer->name;
    one.connected = slot.connection != nullptr;
    one.last_reason = slot.last_reason;
    one.last_type = slot.last_type;
    one.last_us = slot.last_us;
    one.bytes_in = counters.bytes_in;
    one.bytes_out = counters.bytes_out;
    one.frames_in = counters.frames_in;
    one.frames_out = counters.frames_out;
    one.dropped_frames = counters.dropped_frames;
    one.queued_bytes = slot.connection ? slot.connection->queued_bytes() : 0;
    one.connects = slot.connects;
    all.push_back(std::move(one));
  }
  return all;
}

std::size_t PeerSet::Sessions::queued_bytes(PeerNumber peer) const {
  CHECK(peer < slots_.size());
  const std::lock_guard lock(mutex_);
  const auto& connection = slots_[peer]->connection;
  return connection ? connection->queued_bytes() : 0;
}

std::map<std::string, std::uint64_t> PeerSet::Sessions::refusals() const {
  const std::lock_guard lock(mutex_);
  return refusals_;
}

}  // namespace jingchu::network
