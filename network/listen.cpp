#include "network/listen.h"

namespace jingchu::network {

using boost::asio::ip::tcp;
using boost::system::error_code;

namespace {

error_code open(tcp::acceptor& acceptor, const std::string& host, std::uint16_t port) {
  error_code error;
  tcp::resolver resolver(acceptor.get_executor());
  const auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, error);
  if (error) return error;
  const tcp::endpoint endpoint = found.begin()->endpoint();
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  return error;
}

}  // namespace

Result<tcp::acceptor> listen(boost::asio::any_io_executor executor, const std::string& host,
                             std::uint16_t port) {
  tcp::acceptor acceptor(std::move(executor));
  const error_code error = open(acceptor, host, port);
  if (!error) return acceptor;
  return environment_error("listen",
                           "cannot listen on " + host + ":" + std::to_string(port) + ": " + error.message(),
                           "give an address of this machine and a port that is free");
}

}  // namespace jingchu::network
