// Whom a limit counts as one: an IPv4 address, or the /64 of an IPv6 address, which is what one subscriber
// has.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <compare>
#include <cstdint>

namespace jingchu::network {

struct Source {
  bool ipv6 = false;
  std::uint64_t network = 0;  // the address, or the upper half of it

  friend auto operator<=>(const Source&, const Source&) = default;
};

// An IPv4 address written as IPv6 (::ffff:a.b.c.d) is that IPv4 address.
Source source_of(const boost::asio::ip::address& address);

}  // namespace jingchu::network
