// Byte strings and their hexadecimal form. Views never own; Bytes always does.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jingchu {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes to_bytes(ByteView view) {
  return Bytes(view.begin(), view.end());
}
inline Bytes to_bytes(std::string_view text) {
  return to_bytes(as_bytes(text));
}
inline std::string to_string(ByteView view) {
  return std::string(as_text(view));
}

// These texts one behind the other, in memory that is allocated once.
std::string joined(std::initializer_list<std::string_view> texts);

// Lower-case hexadecimal, two digits a byte.
std::string to_hex(ByteView bytes);

// Reads lower- or upper-case hexadecimal; nothing if a character or the length does not fit.
std::optional<Bytes> from_hex(std::string_view text);

// The same into bytes that are there; false: it does not fit them, and they hold anything.
bool bytes_from_hex(std::string_view text, std::span<std::uint8_t> bytes);

// As from_hex, for exactly N bytes.
template <std::size_t N>
std::optional<std::array<std::uint8_t, N>> array_from_hex(std::string_view text) {
  std::array<std::uint8_t, N> result{};
  if (!bytes_from_hex(text, result)) return std::nullopt;
  return result;
}

}  // namespace jingchu
