#include "network/handshake_limits.h"

namespace jingchu::network {
namespace {

// Beyond, those that are idle are forgotten; a source that is forgotten begins with a full burst.
constexpr std::size_t kSourcesKept = 4'096;

}  // namespace

std::string source_of(const boost::asio::ip::address& address) {
  if (address.is_v4()) return address.to_string();
  auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) {
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, v6).to_string();
  }
  auto bytes = v6.to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return boost::asio::ip::address_v6(bytes).to_string() + "/64";
}

Status HandshakeLimits::admit(const std::string& source, std::uint64_t now_us) {
  if (sources_.size() >= kSourcesKept) forget_idle(now_us);
  Source& found =
      sources_.try_emplace(source, 0, TokenBucket(config_.per_second, config_.burst)).first->second;
  if (found.under_way >= config_.under_way_max) {
    return peer_error("too-many-handshakes", "this address has " + std::to_string(found.under_way) +
                                                 " handshakes under way; the limit is " +
                                                 std::to_string(config_.under_way_max));
  }
  if (!found.rate.take(1, now_us)) {
    return peer_error("handshakes-too-fast", "this address begins more than " +
                                                 std::to_string(config_.per_second) + " handshakes a second");
  }
  ++found.under_way;
  return ok_status();
}

void HandshakeLimits::done(const std::string& source) {
  const auto found = sources_.find(source);
  CHECK(found != sources_.end() && found->second.under_way > 0);
  --found->second.under_way;
}

void HandshakeLimits::forget_idle(std::uint64_t now_us) {
  std::erase_if(sources_, [now_us](const auto& entry) {
    TokenBucket rate = entry.second.rate;
    return entry.second.under_way == 0 && rate.is_full(now_us);
  });
  if (sources_.size() < kSourcesKept) return;
  std::erase_if(sources_, [](const auto& entry) { return entry.second.under_way == 0; });
}

}  // namespace jingchu::network
