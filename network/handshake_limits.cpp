#include "network/handshake_limits.h"

namespace jingchu::network {
namespace {

// Beyond, those that are idle are forgotten; a source that is forgotten begins with a full burst.
constexpr std::size_t kSourcesKept = 4'096;

}  // namespace

Status HandshakeLimits::admit(const Source& source, std::uint64_t now_us) {
  if (sources_.size() >= kSourcesKept) forget_idle(now_us);
  Entry& found =
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

void HandshakeLimits::done(const Source& source) {
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
