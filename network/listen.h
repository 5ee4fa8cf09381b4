// A listening TCP socket.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <string>

#include "common/result.h"

namespace jingchu::network {

// `host` is a name or an address of this machine; port 0 takes any free one. Error (kEnvironment): "listen".
Result<boost::asio::ip::tcp::acceptor> listen(boost::asio::any_io_executor executor, const std::string& host,
                                              std::uint16_t port);

}  // namespace jingchu::network
