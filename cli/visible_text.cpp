#include "cli/visible_text.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "contracts/utf8.h"

namespace jingchu::cli {
namespace {

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};
// Unicode 15: general categories Cc, Cf, Zl and Zp, what is default-ignorable, blank letters, and private
// use.
constexpr Range kHidden[] = {
    {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},       {0x34f, 0x34f},     {0x600, 0x605},
    {0x61c, 0x61c},   {0x6dd, 0x6dd},   {0x70f, 0x70f},     {0x115f, 0x1160},   {0x17b4, 0x17b5},
    {0x180b, 0x180f}, {0x200b, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x206f},   {0x2800, 0x2800},
    {0x3164, 0x3164}, {0xe000, 0xf8ff}, {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
    {0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0x10ffff}};

bool is_hidden(std::uint32_t character) {
  return std::any_of(std::begin(kHidden), std::end(kHidden), [character](const Range& range) {
    return character >= range.first && character <= range.last;
  });
}

// Of a well-formed character.
std::uint32_t code_point(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(character[i]); };
  if (character.size() == 1) return byte(0);
  std::uint32_t value = byte(0) & (0x7fU >> character.size());
  for (std::size_t i = 1; i < character.size(); ++i) value = value << 6 | (byte(i) & 0x3fU);
  return value;
}

std::string code(const char* format, std::uint32_t value) {
  char buffer[24];
  std::snprintf(buffer, sizeof buffer, format, static_cast<unsigned>(value));
  return buffer;
}

}  // namespace

std::string visible(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto size = contracts::utf8_character_size(text, at);
    const auto character = text.substr(at, std::max<std::size_t>(size, 1));
    at += character.size();
    if (size == 0) {
      out += code("<0x%02X>", static_cast<std::uint8_t>(character[0]));
    } else if (const auto point = code_point(character); is_hidden(point)) {
      out += code("<U+%04X>", point);
    } else {
      out += character;
    }
  }
  return out;
}

}  // namespace jingchu::cli
