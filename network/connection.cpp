#include "network/connection.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace jingchu::network {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kGatheredBytesMax = 64 << 10;
constexpr std::size_t kReadBytes = 32 << 10;
constexpr std::chrono::milliseconds kPauseMax{100};

Error reason_of(const error_code& error) {
  const bool ended = error == asio::error::eof || error == asio::ssl::error::stream_truncated ||
                     error == asio::error::connection_reset || error == asio::error::broken_pipe;
  return ended ? peer_error("closed-by-peer", "the peer closed the connection")
               : environment_error("connection-failed", "the connection failed: " + error.message());
}

Error reads_too_slowly() {
  return peer_error("reads-too-slowly", "peer reads too slowly");
}

}  // namespace

Connection::Connection(std::shared_ptr<Stream> stream, ConnectionLimits limits,
                       std::shared_ptr<ConnectionCounters> counters)
    : stream_(std::move(stream)),
      limits_(limits),
      counters_(std::move(counters)),
      frames_(limits.frame_bytes_max, limits.kind_bytes_max),
      wake_(stream_->get_executor()),
      idle_(stream_->get_executor()),
      pause_(stream_->get_executor()),
      heard_(std::chrono::steady_clock::now()),
      queue_(limits.urgent_bytes_max, limits.bulk_bytes_max) {}

asio::awaitable<Error> Connection::run(OnFrame on_frame, Pause pause) {
  heard_ = std::chrono::steady_clock::now();
  asio::co_spawn(stream_->get_executor(), write_frames(shared_from_this()), asio::detached);
  asio::co_spawn(stream_->get_executor(), watch_idle(shared_from_this()), asio::detached);
  co_await read_frames(std::move(on_frame), std::move(pause));
  const std::lock_guard lock(mutex_);
  co_return reason_;
}

asio::awaitable<void> Connection::read_frames(OnFrame on_frame, Pause pause) {
  Bytes buffer(kReadBytes);
  while (!closed()) {
    error_code error;
    const std::size_t size = co_await stream_->async_read_some(
        asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, error));
    heard_ = std::chrono::steady_clock::now();
    if (error) {
      close(reason_of(error));
    } else if (deliver(ByteView(buffer).first(size), on_frame)) {
      if (pause) co_await wait_while(pause);
      heard_ = std::chrono::steady_clock::now();  // this time was ours, not the peer's silence
    }
  }
}

asio::awaitable<void> Connection::wait_while(const Pause& pause) {
  for (auto wait = pause(); wait.count() > 0 && !closed(); wait = pause()) {
    error_code ignored;
    pause_.expires_after(std::min<std::chrono::microseconds>(wait, kPauseMax));
    co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    heard_ = std::chrono::steady_clock::now();
  }
}

bool Connection::deliver(ByteView input, const OnFrame& on_frame) {
  counters_->bytes_in += input.size();
  while (!input.empty()) {
    auto frame = frames_.read(input);
    if (!frame.ok()) {
      close(peer_error(frame.error().type, frame.error().to_string()));
      return false;
    }
    if (!frame->has_value()) return true;
    const std::uint8_t kind = (*frame)->kind;
    if (kind == kKeepAliveKind) continue;
    if (kind == kHelloKind) {
      close(peer_error("hello-repeated", "hello-repeated: the peer sent a second hello"));
      return false;
    }
    ++counters_->frames_in;
    on_frame(kind, std::move((*frame)->payload));
    if (closed()) return false;
  }
  return true;
}

asio::awaitable<void> Connection::write_frames(std::shared_ptr<Connection> self) {
  while (!self->closed()) {
    error_code error;
    auto frames = self->take_or_sleep();
    if (frames.empty()) {
      self->wake_.expires_after(self->limits_.idle_timeout / 3);
      co_await self->wake_.async_wait(asio::redirect_error(asio::use_awaitable, error));
      if (error) continue;  // woken by send() or close()
      frames.push_back({kKeepAliveKind, nullptr});
    }
    std::size_t size = 0;
    self->writing_since_ = std::chrono::steady_clock::now();
    if (frames.size() == 1 && frames[0].payload) {
      const Bytes& payload = *frames[0].payload;
      const auto header = frame_header(frames[0].kind, static_cast<std::uint32_t>(payload.size()));
      const std::array<asio::const_buffer, 2> buffers{asio::buffer(header), asio::buffer(payload)};
      size = co_await asio::async_write(*self->stream_, buffers,
                                        asio::redirect_error(asio::use_awaitable, error));
    } else {
      const Bytes gathered = self->gather(frames);
      size = co_await asio::async_write(*self->stream_, asio::buffer(gathered),
                                        asio::redirect_error(asio::use_awaitable, error));
    }
    self->writing_since_.reset();
    if (error) {
      self->close(reason_of(error));
      co_return;
    }
    self->counters_->bytes_out += size;
    for (const auto& frame : frames) self->counters_->frames_out += frame.kind != kKeepAliveKind;
  }
}

asio::awaitable<void> Connection::watch_idle(std::shared_ptr<Connection> self) {
  while (!self->closed()) {
    error_code error;
    const auto timeout = self->limits_.idle_timeout;
    self->idle_.expires_at(self->waits_since() + timeout);
    co_await self->idle_.async_wait(asio::redirect_error(asio::use_awaitable, error));
    const auto now = std::chrono::steady_clock::now();
    if (now >= self->heard_ + timeout) {
      self->close(peer_error("silent", "nothing heard for " + std::to_string(timeout.count()) + " ms"));
    } else if (now >= self->waits_since() + timeout) {
      self->close(reads_too_slowly());
    }
  }
}

std::chrono::steady_clock::time_point Connection::waits_since() const {
  return writing_since_ ? std::min(heard_, *writing_since_) : heard_;
}

std::vector<QueuedFrame> Connection::take_or_sleep() {
  const std::lock_guard lock(mutex_);
  writer_asleep_ = queue_.empty();
  return queue_.take(kGatheredBytesMax);
}

Bytes Connection::gather(const std::vector<QueuedFrame>& frames) const {
  std::size_t size = 0;
  for (const auto& frame : frames) size += frame.wire_bytes();
  Bytes gathered;
  gathered.reserve(size);
  for (const auto& frame : frames) {
    const auto bytes = static_cast<std::uint32_t>(frame.wire_bytes() - kFrameHeaderBytes);
    const auto header = frame_header(frame.kind, bytes);
    gathered.insert(gathered.end(), header.begin(), header.end());
    if (frame.payload) gathered.insert(gathered.end(), frame.payload->begin(), frame.payload->end());
  }
  return gathered;
}

bool Connection::send(Priority priority, std::uint8_t kind, std::shared_ptr<const Bytes> payload) {
  if (payload && payload->size() > limits_.frame_bytes_max) return false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    if (queue_.push(priority, {kind, std::move(payload)})) {
      if (!std::exchange(writer_asleep_, false)) return true;
      asio::post(stream_->get_executor(), [self = shared_from_this()] { self->wake_.cancel(); });
      return true;
    }
  }
  if (priority == Priority::kBulk) {
    ++counters_->dropped_frames;
  } else {
    close(reads_too_slowly());
  }
  return false;
}

void Connection::close(Error reason) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(closed_, true)) return;
  reason_ = std::move(reason);
  queue_.clear();
  asio::post(stream_->get_executor(), [self = shared_from_this()] { self->close_here(); });
}

// Without a TLS close_notify: whoever is closed for reading too slowly would not read that either.
void Connection::close_here() {
  error_code ignored;
  stream_->lowest_layer().close(ignored);
  wake_.cancel();
  idle_.cancel();
  pause_.cancel();
}

bool Connection::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

std::size_t Connection::queued_bytes() const {
  const std::lock_guard lock(mutex_);
  return queue_.bytes();
}

}  // namespace jingchu::network
