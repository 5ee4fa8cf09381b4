// A fuzzer's input read as numbers and byte strings from the front; past its end everything is zero or empty.
#pragma once

#include <algorithm>

#include "common/bytes.h"

namespace jingchu::fuzz {

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}
  explicit Input(ByteView bytes) : rest_(bytes) {}

  bool empty() const { return rest_.empty(); }
  ByteView rest() const { return rest_; }

  std::uint8_t byte() {
    const ByteView taken = bytes(1);
    return taken.empty() ? std::uint8_t{0} : taken.front();
  }
  std::uint16_t two_bytes() {
    const unsigned low = byte();
    return static_cast<std::uint16_t>(low | static_cast<unsigned>(byte()) << 8);
  }
  // Fewer at the end.
  ByteView bytes(std::size_t count) {
    const ByteView taken = rest_.first(std::min(count, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  // Up to the next byte of that value, which is taken as well: pieces of text stay text under mutation.
  ByteView until(std::uint8_t end) {
    const auto found = std::find(rest_.begin(), rest_.end(), end);
    const ByteView taken = bytes(static_cast<std::size_t>(found - rest_.begin()));
    bytes(1);
    return taken;
  }

 private:
  ByteView rest_;
};

// Stands between texts: no UTF-8 has it.
inline constexpr std::uint8_t kEndOfText = 0xff;

}  // namespace jingchu::fuzz
