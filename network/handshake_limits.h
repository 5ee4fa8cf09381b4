// Who may begin a TLS handshake. A stranger costs memory and processor time before it is known who it is: an
// address may have few handshakes under way, and few in a second. Pure; not thread-safe.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <map>
#include <string>

#include "common/result.h"
#include "common/token_bucket.h"

namespace jingchu::network {

// Whom a limit counts as one: an IPv4 address, or the /64 of an IPv6 address, which is one customer's.
std::string source_of(const boost::asio::ip::address& address);

struct HandshakeLimitsConfig {
  std::size_t under_way_max = 64;  // of one source
  std::uint32_t per_second = 50;   // of one source
  std::uint32_t burst = 200;
};

class HandshakeLimits {
 public:
  explicit HandshakeLimits(HandshakeLimitsConfig config) : config_(config) {}

  // Errors (kPeer): "too-many-handshakes", "handshakes-too-fast". done() follows each that was admitted.
  Status admit(const std::string& source, std::uint64_t now_us);
  void done(const std::string& source);

  std::size_t sources() const { return sources_.size(); }

 private:
  struct Source {
    std::size_t under_way = 0;
    TokenBucket rate;
  };
  void forget_idle(std::uint64_t now_us);

  HandshakeLimitsConfig config_;
  std::map<std::string, Source> sources_;
};

}  // namespace jingchu::network
