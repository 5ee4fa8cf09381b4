// The wire frame between peers: payload length (u32, little-endian), kind (u8), payload. Pure: no socket
// here. A length over the limit is refused as soon as its four bytes are known, and memory grows only with
// bytes that really came.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "common/bytes.h"
#include "common/result.h"

namespace jingchu::network {

inline constexpr std::size_t kFrameHeaderBytes = 5;

struct Frame {
  std::uint8_t kind = 0;
  Bytes payload;

  friend bool operator==(const Frame&, const Frame&) = default;
};

// The bytes that stand before a payload of `payload_bytes`.
std::array<std::uint8_t, kFrameHeaderBytes> frame_header(std::uint8_t kind, std::uint32_t payload_bytes);

// The longest payload that a frame of this kind may have.
using FrameBytesMax = std::function<std::uint32_t(std::uint8_t kind)>;

// Puts frames together from bytes cut anywhere. What a kind means is for the caller; only maxima are held
// here.
class FrameReader {
 public:
  explicit FrameReader(std::uint32_t payload_bytes_max, FrameBytesMax kind_bytes_max = {})
      : payload_bytes_max_(payload_bytes_max), kind_bytes_max_(std::move(kind_bytes_max)) {}

  // Takes bytes off the front of `input` until a frame is complete, or all of them when none is. Error
  // (fault kPeer): "frame-too-long". After an error the stream has no frame boundary any more: close it.
  Result<std::optional<Frame>> read(ByteView& input);

 private:
  Status check_header();

  Status too_long(std::uint32_t limit) const;

  std::uint32_t payload_bytes_max_;
  FrameBytesMax kind_bytes_max_;
  std::array<std::uint8_t, kFrameHeaderBytes> header_{};
  std::size_t header_bytes_ = 0;
  std::uint32_t payload_bytes_ = 0;
  Frame frame_;
};

}  // namespace jingchu::network
