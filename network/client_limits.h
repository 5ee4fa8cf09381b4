// What one client of a server may take: open connections, requests in a second, bytes of bodies that are held
// for it; and how many such bytes are held for all together. Pure: time is an input. Not thread-safe.
//
// Only those with open connections, or that used up requests a moment ago, are remembered.
#pragma once

#include <cstdint>
#include <list>
#include <map>

#include "common/token_bucket.h"
#include "network/source.h"

namespace jingchu::network {

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
  bool connect(const Source& client, std::uint64_t now_us);
  void disconnect(const Source& client, std::uint64_t now_us);

  // These are for a client that is connected.

  // One of its requests, of which it has those of two seconds at most; false: none is left now.
  bool request(const Source& client, std::uint64_t now_us);
  // False: that is beyond what may be held, and nothing was counted. One piece of any size is held for a
  // client that has no other, while others hold less than all: an answer that is larger than the share of a
  // client can then still be given.
  bool hold(const Source& client, std::uint64_t bytes);
  void release(const Source& client, std::uint64_t bytes);

  std::size_t clients() const { return entries_.size(); }  // remembered
  std::uint64_t held_bytes() const { return held_bytes_; }

 private:
  struct Entry {
    std::size_t connections = 0;
    std::uint64_t held_bytes = 0;
    TokenBucket requests;
    std::list<Source>::iterator idle;  // valid without connections
  };

  void forget_idle(std::uint64_t now_us);

  const ClientLimitsConfig config_;
  std::map<Source, Entry> entries_;
  std::list<Source> idle_;  // in the order in which they lost their last connection
  std::uint64_t held_bytes_ = 0;
};

}  // namespace jingchu::network
