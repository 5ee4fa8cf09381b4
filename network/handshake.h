// How a peer connection begins: TLS with pinned keys, then one hello frame each way: {protocol version u16,
// chain id}, little-endian, kind kHelloKind.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>

#include "common/hash.h"
#include "common/result.h"
#include "network/connection.h"
#include "network/tls.h"

namespace jingchu::network {

inline constexpr std::uint16_t kProtocolVersion = 1;

enum class Side { kDials, kAccepts };

// Runs on the strand of `stream`, which is connected; gives the key of the other side. On an error the stream
// is of no use any more. With `expected`, another key ends it before our hello, so that the other side takes
// it for no session. Error types: "handshake-timeout", "unknown-key", "unexpected-key", "tls", "bad-hello",
// "another-version", "another-chain".
boost::asio::awaitable<Result<TransportKey>> shake_hands(std::shared_ptr<Connection::Stream> stream,
                                                         Side side, Hash chain_id,
                                                         std::chrono::milliseconds timeout,
                                                         std::optional<TransportKey> expected = {});

}  // namespace jingchu::network
