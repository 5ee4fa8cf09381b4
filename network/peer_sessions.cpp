#include "network/peer_sessions.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/clock.h"
#include "network/backoff.h"
#include "network/deadline.h"

namespace jingchu::network {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// After a failed accept (no file descriptors left, say), before the next one.
constexpr std::chrono::milliseconds kAcceptPause{100};

void set_no_delay(const std::shared_ptr<Connection::Stream>& stream) {
  error_code ignored;
  stream->lowest_layer().set_option(tcp::no_delay(true), ignored);
}

std::string remote_of(const std::shared_ptr<Connection::Stream>& stream) {
  error_code error;
  const auto endpoint = stream->lowest_layer().remote_endpoint(error);
  return error ? std::string("?") : endpoint.address().to_string();
}

}  // namespace

PeerSet::Sessions::Stream PeerSet::Sessions::make_stream(tcp::socket socket) const {
  return std::make_shared<Connection::Stream>(std::move(socket), *tls_);
}

asio::awaitable<void> PeerSet::Sessions::accept_peers(std::shared_ptr<Sessions> self) {
  while (!self->stopping_) {
    tcp::socket socket(asio::make_strand(self->executor_));
    error_code error;
    co_await self->acceptor_->async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (self->stopping_) co_return;
    if (error) {
      self->log_.warning("cannot accept a connection", {{"error", error.message()}});
      asio::steady_timer pause(self->acceptor_->get_executor(), kAcceptPause);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    const Stream stream = self->make_stream(std::move(socket));
    const Status admitted = self->admit_opening(stream);
    if (admitted.ok()) {
      asio::co_spawn(stream->get_executor(), serve_inbound(self, stream), asio::detached);
    } else {
      self->refuse(admitted.error(), remote_of(stream));
    }
  }
}

asio::awaitable<void> PeerSet::Sessions::serve_inbound(std::shared_ptr<Sessions> self, Stream stream) {
  set_no_delay(stream);
  const std::string remote = remote_of(stream);
  const auto place = co_await self->open(stream, Side::kAccepts);
  if (self->stopping_) co_return;
  if (!place.ok()) {
    self->refuse(place.error(), remote);
    self->note_refused_peer(*stream, place.error());
    co_return;
  }
  co_await self->run_session(*place, stream);
}

asio::awaitable<void> PeerSet::Sessions::keep_dialled(std::shared_ptr<Sessions> self, Place place,
                                                      std::shared_ptr<asio::steady_timer> timer) {
  const auto& config = self->config_;
  unsigned failures = 0;
  for (auto peer = self->peer_to_dial(place, timer); peer; peer = self->peer_to_dial(place, timer)) {
    if (!self->connected(place.number)) {
      const auto began = std::chrono::steady_clock::now();
      const bool was_session = co_await self->dial(place, *peer);
      const bool lasted = std::chrono::steady_clock::now() - began > config.redial_delay_max;
      failures = was_session && lasted ? 0 : failures + 1;
    }
    if (self->stopping_) co_return;
    std::uint32_t random = 0;
    random_bytes({reinterpret_cast<std::uint8_t*>(&random), sizeof(random)});
    timer->expires_after(redial_delay(failures, config.redial_delay_min, config.redial_delay_max, random));
    error_code ignored;
    co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

// Until the session has ended; false when there was none.
asio::awaitable<bool> PeerSet::Sessions::dial(Place place, const Peer& peer) {
  const Stream stream = make_stream(tcp::socket(co_await asio::this_coro::executor));
  if (!add_opening(stream)) co_return false;
  Status status = co_await connect(peer, stream);
  if (status.ok()) {
    const auto opened = co_await open(stream, Side::kDials, peer.transport_key);
    if (!opened.ok()) status = opened.error();
  }
  remove_opening(stream);
  if (stopping_) co_return false;
  if (status.ok()) {
    co_await run_session(place, stream);
    co_return true;
  }
  note_failure(place, status.error());
  co_return false;
}

asio::awaitable<Status> PeerSet::Sessions::connect(const Peer& peer, Stream stream) {
  const auto resolver = std::make_shared<tcp::resolver>(stream->get_executor());
  Deadline deadline(stream->get_executor(), [stream, resolver] {
    error_code ignored;
    resolver->cancel();
    stream->lowest_layer().close(ignored);
  });
  deadline.arm(config_.handshake_timeout);
  error_code error;
  const auto endpoints = co_await resolver->async_resolve(peer.host, std::to_string(peer.port),
                                                          asio::redirect_error(asio::use_awaitable, error));
  if (!error && !deadline.expired()) {
    co_await asio::async_connect(stream->lowest_layer(), endpoints,
                                 asio::redirect_error(asio::use_awaitable, error));
  }
  if (error || deadline.expired()) {
    co_return environment_error(
        "unreachable", "cannot connect to " + peer.host + ":" + std::to_string(peer.port) + ": " +
                           (deadline.expired() ? std::string("no answer in time") : error.message()));
  }
  set_no_delay(stream);
  co_return ok_status();
}

asio::awaitable<Result<PeerSet::Sessions::Place>> PeerSet::Sessions::open(
    Stream stream, Side side, std::optional<TransportKey> expected) {
  const auto key = co_await shake_hands(stream, side, config_.chain_id, config_.handshake_timeout, expected);
  remove_opening(stream);
  if (!key.ok()) co_return key.error();
  const auto found = place_of(*key);
  if (!found) co_return peer_error("unknown-key", "the key is not that of a peer");
  co_return *found;
}

// Behind the TLS handshake it has proven which peer it is.
void PeerSet::Sessions::note_refused_peer(Connection::Stream& stream, const Error& error) {
  if (error.type != "another-chain" && error.type != "another-version") return;
  const auto key = peer_transport_key(stream.native_handle());
  const auto place = key ? place_of(*key) : std::nullopt;
  if (!place) return;
  const std::lock_guard lock(mutex_);
  Slot& slot = *slots_[place->number];
  if (slot.listing == place->listing && !slot.connection) note_end(slot, error.type, error.to_string());
}

asio::awaitable<void> PeerSet::Sessions::run_session(Place place, Stream stream) {
  const ConnectionLimits limits{config_.frame_bytes_max, config_.kind_bytes_max, config_.urgent_bytes_max,
                                config_.bulk_bytes_max, config_.idle_timeout};
  const auto connection = std::make_shared<Connection>(stream, limits, counters_of(place.number));
  if (!begin_session(place, connection)) {
    error_code ignored;
    stream->lowest_layer().close(ignored);
    co_return;
  }
  const Error reason = co_await receive(place.number, connection);
  end_session(place.number, connection, reason);
}

asio::awaitable<Error> PeerSet::Sessions::receive(PeerNumber number, std::shared_ptr<Connection> connection) {
  const auto self = shared_from_this();
  std::string failure;
  try {
    Connection::OnFrame on_frame = [self, number, raw = connection.get()](std::uint8_t kind, Bytes payload) {
      self->deliver(number, raw, kind, std::move(payload));
    };
    Connection::Pause pause;
    if (handlers_.pause) pause = [self, number] { return self->handlers_.pause(number); };
    co_return co_await connection->run(std::move(on_frame), std::move(pause));
  } catch (const std::exception& error) {
    failure = error.what();
  }
  log_.error("a handler of frames failed", {{"peer", name_of(number)}, {"error", failure}});
  const Error error = our_error("handler-failed", "a failure in this node");
  connection->close(error);
  co_return error;
}

bool PeerSet::Sessions::begin_session(Place place, std::shared_ptr<Connection> connection) {
  const PeerNumber number = place.number;
  Slot& slot = *slots_[number];
  const std::lock_guard delivery(slot.delivery);
  std::shared_ptr<Connection> old;
  std::string name;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || !slot.peer || slot.listing != place.listing) return false;
    name = slot.peer->name;
    if (!slot.sessions.take(1, system_clock().monotonic_us())) {
      note_refusal(peer_error("reconnects-too-fast", "this peer comes more than once a second"), name);
      return false;
    }
    old = std::exchange(slot.connection, std::move(connection));
    ++slot.connects;
    if (old) {
      note_end(slot, "replaced", "replaced by a new connection");
      ++refusals_["replaced"];
    }
  }
  if (old) {
    old->close(peer_error("replaced", "replaced by a new connection"));
    log_.info("disconnected", {{"peer", name}, {"reason", "replaced by a new connection"}});
    if (handlers_.on_disconnected) handlers_.on_disconnected(number, "replaced by a new connection");
  }
  log_.info("connected", {{"peer", name}});
  if (handlers_.on_connected) handlers_.on_connected(number);
  return true;
}

void PeerSet::Sessions::end_session(PeerNumber number, const std::shared_ptr<Connection>& connection,
                                    const Error& reason) {
  Slot& slot = *slots_[number];
  const std::lock_guard delivery(slot.delivery);
  std::string name;
  {
    const std::lock_guard lock(mutex_);
    if (slot.connection != connection) return;  // replaced: told already
    name = slot.peer ? slot.peer->name : "(not listed any more)";
    slot.connection = nullptr;
    note_end(slot, reason.type, reason.what);
    ++refusals_[reason.type];
  }
  log_.info("disconnected", {{"peer", name}, {"reason", reason.what}});
  if (handlers_.on_disconnected && !stopping_) handlers_.on_disconnected(number, reason.what);
}

void PeerSet::Sessions::deliver(PeerNumber number, const Connection* connection, std::uint8_t kind,
                                Bytes payload) {
  Slot& slot = *slots_[number];
  const std::lock_guard delivery(slot.delivery);
  {
    const std::lock_guard lock(mutex_);
    if (slot.connection.get() != connection) return;
  }
  if (handlers_.on_frame && !stopping_) handlers_.on_frame(number, kind, std::move(payload));
}

void PeerSet::Sessions::close_soon(const Stream& stream) {
  asio::post(stream->get_executor(), [stream] {
    error_code ignored;
    stream->lowest_layer().close(ignored);
  });
}

bool PeerSet::Sessions::add_opening(const Stream& stream) {
  const std::lock_guard lock(mutex_);
  if (!stopping_) openings_.push_back({stream, Side::kDials, {}});
  return !stopping_;
}

// Of too many the oldest goes: who means it is through in a few milliseconds, and who only holds a place
// loses it.
Status PeerSet::Sessions::admit_opening(const Stream& stream) {
  error_code error;
  const auto remote = stream->lowest_layer().remote_endpoint(error).address();
  if (error) return peer_error("tls", "the peer closed the connection before the handshake");
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(handshakes_.admit(source_of(remote), system_clock().monotonic_us()));
  const auto inbound = [](const Opening& opening) { return opening.side == Side::kAccepts; };
  if (static_cast<std::size_t>(std::count_if(openings_.begin(), openings_.end(), inbound)) >=
      config_.half_open_max) {
    const auto oldest = std::find_if(openings_.begin(), openings_.end(), inbound);
    note_refusal(peer_error("too-many-handshakes", "given up for a newer one"), oldest->remote.to_string());
    close_soon(oldest->stream);
    handshakes_.done(source_of(oldest->remote));
    openings_.erase(oldest);
  }
  openings_.push_back({stream, Side::kAccepts, remote});
  return ok_status();
}

void PeerSet::Sessions::remove_opening(const Stream& stream) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(openings_.begin(), openings_.end(),
                                  [&](const Opening& opening) { return opening.stream == stream; });
  if (found == openings_.end()) return;
  if (found->side == Side::kAccepts) handshakes_.done(source_of(found->remote));
  openings_.erase(found);
}

void PeerSet::Sessions::refuse(const Error& error, const std::string& who) {
  const std::lock_guard lock(mutex_);
  note_refusal(error, who);
}

// Under `mutex_`. Whoever reaches the port can cause such a line.
void PeerSet::Sessions::note_refusal(const Error& error, const std::string& who) {
  ++refusals_[error.type];
  const auto left_out = log_limit_.admit(error.type, system_clock().monotonic_us());
  if (!left_out) return;
  log_.warning("no session",
               {{"peer", who}, {"error", error.to_string()}, {"more_like_this_before", *left_out}});
}

// Logged only when the reason is another than before: a peer that is down is dialled every few seconds.
void PeerSet::Sessions::note_failure(Place place, const Error& error) {
  const std::lock_guard lock(mutex_);
  ++refusals_[error.type];
  Slot& slot = *slots_[place.number];
  if (!slot.peer || slot.listing != place.listing) return;
  const std::string reason = error.to_string();
  const bool is_new = slot.last_reason != reason;
  note_end(slot, error.type, reason);
  if (!is_new) return;
  log_.warning("no session", {{"peer", slot.peer->name}, {"error", reason}});
}

// Under `mutex_`.
void PeerSet::Sessions::note_end(Slot& slot, std::string_view type, std::string reason) {
  slot.last_reason = std::move(reason);
  slot.last_type = type;
  slot.last_us = system_clock().monotonic_us();
}

bool PeerSet::Sessions::connected(PeerNumber number) const {
  const std::lock_guard lock(mutex_);
  return slots_[number]->connection != nullptr;
}

std::shared_ptr<ConnectionCounters> PeerSet::Sessions::counters_of(PeerNumber number) const {
  const std::lock_guard lock(mutex_);
  return slots_[number]->counters;
}

std::string PeerSet::Sessions::name_of(PeerNumber number) const {
  const std::lock_guard lock(mutex_);
  const auto& peer = slots_[number]->peer;
  return peer ? peer->name : "(not listed any more)";
}

}  // namespace jingchu::network
