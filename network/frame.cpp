#include "network/frame.h"

#include <algorithm>

namespace jingchu::network {
namespace {

// Reserved at once for an announced payload; beyond it memory follows the bytes that came.
constexpr std::size_t kReserveBytesMax = 64 << 10;

}  // namespace

std::array<std::uint8_t, kFrameHeaderBytes> frame_header(std::uint8_t kind, std::uint32_t payload_bytes) {
  return {static_cast<std::uint8_t>(payload_bytes), static_cast<std::uint8_t>(payload_bytes >> 8),
          static_cast<std::uint8_t>(payload_bytes >> 16), static_cast<std::uint8_t>(payload_bytes >> 24),
          kind};
}

Result<std::optional<Frame>> FrameReader::read(ByteView& input) {
  if (header_bytes_ < kFrameHeaderBytes) {
    const std::size_t taken = std::min(input.size(), kFrameHeaderBytes - header_bytes_);
    std::copy_n(input.begin(), taken, header_.begin() + header_bytes_);
    input = input.subspan(taken);
    header_bytes_ += taken;
    RETURN_IF_ERROR(check_header());
    if (header_bytes_ < kFrameHeaderBytes) return std::optional<Frame>();
  }
  const std::size_t taken = std::min<std::size_t>(input.size(), payload_bytes_ - frame_.payload.size());
  frame_.payload.insert(frame_.payload.end(), input.begin(), input.begin() + taken);
  input = input.subspan(taken);
  if (frame_.payload.size() < payload_bytes_) return std::optional<Frame>();
  header_bytes_ = 0;
  return std::optional<Frame>(std::exchange(frame_, Frame{}));
}

Status FrameReader::too_long(std::uint32_t limit) const {
  const std::string kind = header_bytes_ == kFrameHeaderBytes ? " of kind " + std::to_string(header_[4]) : "";
  return peer_error("frame-too-long", "a frame" + kind + " of " + std::to_string(payload_bytes_) +
                                          " bytes; the limit is " + std::to_string(limit));
}

Status FrameReader::check_header() {
  if (header_bytes_ < 4) return ok_status();
  payload_bytes_ =
      header_[0] | header_[1] << 8 | header_[2] << 16 | static_cast<std::uint32_t>(header_[3]) << 24;
  if (payload_bytes_ > payload_bytes_max_) return too_long(payload_bytes_max_);
  if (header_bytes_ < kFrameHeaderBytes) return ok_status();
  frame_.kind = header_[4];
  if (kind_bytes_max_) {
    const std::uint32_t limit = kind_bytes_max_(frame_.kind);
    if (payload_bytes_ > limit) return too_long(limit);
  }
  frame_.payload.reserve(std::min<std::size_t>(payload_bytes_, kReserveBytesMax));
  return ok_status();
}

}  // namespace jingchu::network
