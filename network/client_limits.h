// What one client of a server may take: open connections, requests in a second, bytes of bodies that are held
// for it; and how many such bytes are held for all together. Pure: time is an input. Not thread-safe.
//
// A client is an IPv4 address or the /64 of an IPv6 address, which is what one subscriber has. Only those
// with open connections, or that used up requests a moment ago, are remembered.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <compare>
#include <cstdint>
#include <list>
#include <map>

namespace jingchu::network {

struct Client {
  bool ipv6 = false;
  std::uint64_t network = 0;  // the address, or the upper half of it

  friend auto operator<=>(const Client&, const Client&) = default;
};

// An IPv4 address written as IPv6 (::ffff:a.b.c.d) is that IPv4 address.
Client client_of(const boost::asio::ip::address& address);

struct ClientLimitsConfig {
  std::size_t connections_max = 256;     // of one client
  std::uint32_t requests_per_s = 5'000;  // of one client; 0: as many as it likes
  std::uint64_t held_bytes_max = 64u << 20;
  std::uint64_t client_held_bytes_max = 16u << 20;  // of one client
  std::size_t idle_clients_max = 4'096;             // remembered without a connection
};

class ClientLimits {
 public:
  explicit ClientLimits(ClientLimitsConfig config) : config_(config) {}

  // False: it has as many connections as it may, and nothing was counted.
  bool connect(const Client& client, std::uint64_t now_us);
  void disconnect(const Client& client, std::uint64_t now_us);

  // These are for a client that is connected.

  // One of its requests, of which it has those of two seconds at most; false: none is left now.
  bool request(const Client& client, std::uint64_t now_us);
  // False: that is beyond what may be held, and nothing was counted. One piece of any size is held for a
  // client that has no other, while others hold less than all: an answer that is larger than the share of a
  // client can then still be given.
  bool hold(const Client& client, std::uint64_t bytes);
  void release(const Client& client, std::uint64_t bytes);

  std::size_t clients() const { return entries_.size(); }  // remembered
  std::uint64_t held_bytes() const { return held_bytes_; }

 private:
  struct Entry {
    std::size_t connections = 0;
    std::uint64_t held_bytes = 0;
    std::uint64_t spent = 0;  // requests that have not come back yet, in millionths
    std::uint64_t refilled_us = 0;
    std::list<Client>::iterator idle;  // valid without connections
  };

  void refill(Entry& entry, std::uint64_t now_us) const;
  void forget_idle(std::uint64_t now_us);

  const ClientLimitsConfig config_;
  std::map<Client, Entry> entries_;
  std::list<Client> idle_;  // in the order in which they lost their last connection
  std::uint64_t held_bytes_ = 0;
};

}  // namespace jingchu::network
