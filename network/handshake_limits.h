// Who may begin a TLS handshake. A stranger costs memory and processor time before it is known who it is: an
// address may have few handshakes under way, and few in a second. Pure; not thread-safe.
#pragma once

#include <cstdint>
#include <map>

#include "common/result.h"
#include "common/token_bucket.h"
#include "network/source.h"

namespace jingchu::network {

struct HandshakeLimitsConfig {
  std::size_t under_way_max = 64;  // of one source
  std::uint32_t per_second = 50;   // of one source
  std::uint32_t burst = 200;
};

class HandshakeLimits {
 public:
  explicit HandshakeLimits(HandshakeLimitsConfig config) : config_(config) {}

  // Errors (kPeer): "too-many-handshakes", "handshakes-too-fast". done() follows each that was admitted.
  Status admit(const Source& source, std::uint64_t now_us);
  void done(const Source& source);

  std::size_t sources() const { return sources_.size(); }

 private:
  struct Entry {
    std::size_t under_way = 0;
    TokenBucket rate;
  };
  void forget_idle(std::uint64_t now_us);

  HandshakeLimitsConfig config_;
  std::map<Source, Entry> sources_;
};

}  // namespace jingchu::network
