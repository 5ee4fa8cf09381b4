// One session with one peer over an authenticated TLS stream: a reader, a writer with two bounded queues,
// keep-alives and an idle watch. Everything but send(), close() and the counters runs on the strand of the
// stream.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "common/bytes.h"
#include "common/result.h"
#include "network/frame.h"
#include "network/output_queue.h"

namespace jingchu::network {

// Kinds below are this room's own; 1 to 254 belong to the caller.
inline constexpr std::uint8_t kKeepAliveKind = 0;
inline constexpr std::uint8_t kHelloKind = 255;

struct ConnectionLimits {
  std::uint32_t frame_bytes_max = 0;  // of a payload, either way
  FrameBytesMax kind_bytes_max;       // of a payload that is read; may be empty
  std::size_t urgent_bytes_max = 0;   // queued for writing
  std::size_t bulk_bytes_max = 0;
  // Heard nothing, or one write not taken, for so long: closed. A keep-alive goes out every third of it.
  std::chrono::milliseconds idle_timeout{};
};

// Shared, so that they can go on counting over several connections of one peer. Bytes are those of frames,
// without TLS.
struct ConnectionCounters {
  std::atomic<std::uint64_t> bytes_in{0}, bytes_out{0}, frames_in{0}, frames_out{0};
  std::atomic<std::uint64_t> dropped_frames{0};  // bulk frames that found the queue full
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Stream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;
  using OnFrame = std::function<void(std::uint8_t kind, Bytes payload)>;
  // Asked after every read: how long to wait, and then ask again, before more is read; zero: read on. The
  // peer's bytes meanwhile stay in the network, which slows it down.
  using Pause = std::function<std::chrono::microseconds()>;

  // The handshake of the stream is done and its executor is a strand.
  Connection(std::shared_ptr<Stream> stream, ConnectionLimits limits,
             std::shared_ptr<ConnectionCounters> counters);

  // Reads until the connection is closed by either side; the Error says why, by a type of a small fixed set
  // and in words. `on_frame` is called in order,
  // and nothing more is read until it returned. Run it once, on the strand.
  boost::asio::awaitable<Error> run(OnFrame on_frame, Pause pause = {});

  // Thread-safe. False when the frame was not queued: closed, too long, or no room (a bulk frame is then
  // dropped and counted, an urgent one closes the connection: "peer reads too slowly").
  bool send(Priority priority, std::uint8_t kind, std::shared_ptr<const Bytes> payload);

  // Thread-safe; the first reason stays.
  void close(Error reason);

  std::size_t queued_bytes() const;

 private:
  static boost::asio::awaitable<void> write_frames(std::shared_ptr<Connection> self);
  static boost::asio::awaitable<void> watch_idle(std::shared_ptr<Connection> self);
  boost::asio::awaitable<void> read_frames(OnFrame on_frame, Pause pause);
  boost::asio::awaitable<void> wait_while(const Pause& pause);
  std::chrono::steady_clock::time_point waits_since() const;
  std::vector<QueuedFrame> take_or_sleep();
  Bytes gather(const std::vector<QueuedFrame>& frames) const;
  bool deliver(ByteView input, const OnFrame& on_frame);
  bool closed() const;
  void close_here();

  const std::shared_ptr<Stream> stream_;
  const ConnectionLimits limits_;
  const std::shared_ptr<ConnectionCounters> counters_;
  FrameReader frames_;
  boost::asio::steady_timer wake_;
  boost::asio::steady_timer idle_;
  boost::asio::steady_timer pause_;
  std::chrono::steady_clock::time_point heard_;
  std::optional<std::chrono::steady_clock::time_point> writing_since_;

  mutable std::mutex mutex_;  // of what follows
  OutputQueue queue_;
  bool writer_asleep_ = false;
  bool closed_ = false;
  Error reason_;
};

}  // namespace jingchu::network
