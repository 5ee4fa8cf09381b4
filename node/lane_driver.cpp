#include "node/lane_driver.h"

#include <algorithm>
#include <utility>

#include "consensus/mutant.h"

namespace jingchu::node {
namespace {

using consensus::mutant;
using consensus::Mutant;

constexpr std::size_t kBatchTransactionsMax = 4'000;

}  // namespace

std::optional<std::uint64_t> LaneDriver::wait_us(std::uint64_t now_us) {
  if (std::exchange(is_waiting_, true)) return std::nullopt;
  return std::max(now_us, sealed_at_us_ + interval_us_);
}

std::vector<Bytes> LaneDriver::seal(std::uint64_t now_us, const consensus::Core& core,
                                    std::uint64_t batch_bytes_max, Admission& admission) {
  is_waiting_ = false;
  sealed_at_us_ = now_us;
  if (mutant(Mutant::kSealsTooMuch)) return admission.take(16 * batch_bytes_max, kBatchTransactionsMax);
  return admission.take(std::min(core.own_lane_room(), batch_bytes_max), kBatchTransactionsMax);
}

void LogRotation::rotated(const std::vector<consensus::Record>& live) {
  live_bytes_ = 0;
  for (const auto& record : live) live_bytes_ += consensus::encode_record(record).size();
}

}  // namespace jingchu::node
