#include "network/handshake.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "network/deadline.h"

namespace jingchu::network {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kHelloBytes = 2 + sizeof(Hash);
constexpr std::uint32_t kHelloBytesMax = 1024;  // a later version may say more; it is still told apart

Bytes encode_hello(const Hash& chain_id) {
  const auto header = frame_header(kHelloKind, kHelloBytes);
  Bytes bytes(header.begin(), header.end());
  bytes.push_back(kProtocolVersion & 0xff);
  bytes.push_back(kProtocolVersion >> 8);
  bytes.insert(bytes.end(), chain_id.begin(), chain_id.end());
  return bytes;
}

Status check_hello(const Frame& hello, const Hash& chain_id) {
  const Bytes& bytes = hello.payload;
  if (hello.kind != kHelloKind || bytes.size() < 2)
    return peer_error("bad-hello", "the first frame is not a hello");
  const unsigned version = bytes[0] | bytes[1] << 8;
  if (version != kProtocolVersion) {
    return peer_error("another-version", "another protocol version: theirs " + std::to_string(version) +
                                             ", ours " + std::to_string(kProtocolVersion));
  }
  if (bytes.size() != kHelloBytes) return peer_error("bad-hello", "the hello has a wrong length");
  const ByteView theirs = ByteView(bytes).subspan(2);
  if (!std::equal(theirs.begin(), theirs.end(), chain_id.begin())) {
    return peer_error("another-chain",
                      "another chain: theirs " + to_hex(theirs) + ", ours " + to_hex(chain_id));
  }
  return ok_status();
}

Error handshake_error(Connection::Stream& stream, const error_code& error, bool expired) {
  if (expired) return peer_error("handshake-timeout", "the handshake took too long");
  if (SSL_get_verify_result(stream.native_handle()) == X509_V_ERR_APPLICATION_VERIFICATION) {
    return peer_error("unknown-key", "the peer's transport key is not in the list of peers");
  }
  if (error == asio::error::eof || error == asio::ssl::error::stream_truncated ||
      error == asio::error::connection_reset) {
    return peer_error("tls", "the peer closed the connection during the handshake");
  }
  return peer_error(
      "tls", "the handshake failed: " + error.message() + " (has the peer this node's transport key?)");
}

// Reads exactly one frame and not a byte more: what follows belongs to the session.
asio::awaitable<Result<Frame>> read_hello(std::shared_ptr<Connection::Stream> stream, error_code& error) {
  Bytes bytes(kFrameHeaderBytes);
  FrameReader reader(kHelloBytesMax);
  for (;;) {
    co_await asio::async_read(*stream, asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return peer_error("tls", error.message());
    ByteView input(bytes);
    auto frame = reader.read(input);
    if (!frame.ok()) co_return peer_error("bad-hello", frame.error().what);
    if (frame->has_value()) co_return std::move(**frame);
    bytes.resize(bytes[0] | bytes[1] << 8);
  }
}

}  // namespace

asio::awaitable<Result<TransportKey>> shake_hands(std::shared_ptr<Connection::Stream> stream, Side side,
                                                  Hash chain_id, std::chrono::milliseconds timeout,
                                                  std::optional<TransportKey> expected) {
  Deadline deadline(stream->get_executor(), [stream] {
    error_code ignored;
    stream->lowest_layer().close(ignored);
  });
  deadline.arm(timeout);
  const auto role = side == Side::kDials ? asio::ssl::stream_base::client : asio::ssl::stream_base::server;
  error_code error;
  co_await stream->async_handshake(role, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return handshake_error(*stream, error, deadline.expired());
  const auto key = peer_transport_key(stream->native_handle());
  if (!key) co_return peer_error("unknown-key", "the peer has no Ed25519 transport key");
  if (expected && *key != *expected) {
    co_return peer_error("unexpected-key", "at this address answers another peer");
  }
  const Bytes hello = encode_hello(chain_id);
  co_await asio::async_write(*stream, asio::buffer(hello), asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return handshake_error(*stream, error, deadline.expired());
  const auto theirs = co_await read_hello(stream, error);
  if (error) co_return handshake_error(*stream, error, deadline.expired());
  if (!theirs.ok()) co_return theirs.error();
  const auto accepted = check_hello(*theirs, chain_id);
  if (!accepted.ok()) co_return accepted.error();
  co_return *key;
}

}  // namespace jingchu::network
