#include "contracts/utf8.h"

#include "common/check.h"

namespace jingchu::contracts {
namespace {

bool is_continuation(unsigned char byte) {
  return (byte & 0xc0) == 0x80;
}

// The range of the second byte excludes overlong forms, surrogates and values too large (RFC 3629, section
// 4).
bool second_byte_fits(unsigned char first, unsigned char second) {
  switch (first) {
    case 0xe0:
      return second >= 0xa0 && second <= 0xbf;
    case 0xed:
      return second >= 0x80 && second <= 0x9f;
    case 0xf0:
      return second >= 0x90 && second <= 0xbf;
    case 0xf4:
      return second >= 0x80 && second <= 0x8f;
    default:
      return is_continuation(second);
  }
}

std::size_t size_announced_by(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  if (first >= 0xf0 && first <= 0xf4) return 4;
  return 0;
}

}  // namespace

std::size_t utf8_character_size(std::string_view text, std::size_t offset) {
  if (offset >= text.size()) return 0;
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[offset + i]); };
  const std::size_t size = size_announced_by(at(0));
  if (size > text.size() - offset) return 0;
  if (size >= 2 && !second_byte_fits(at(0), at(1))) return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if (!is_continuation(at(i))) return 0;
  }
  return size;
}

std::size_t utf8_length(std::string_view text) {
  std::size_t length = 0;
  for (const char c : text) length += is_continuation(static_cast<unsigned char>(c)) ? 0 : 1;
  return length;
}

void append_utf8(std::string& out, std::uint32_t code_point) {
  CHECK(code_point <= 0x10ffff && (code_point < 0xd800 || code_point > 0xdfff));
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xc0 | code_point >> 6);
    put(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x10000) {
    put(0xe0 | code_point >> 12);
    put(0x80 | (code_point >> 6 & 0x3f));
    put(0x80 | (code_point & 0x3f));
  } else {
    put(0xf0 | code_point >> 18);
    put(0x80 | (code_point >> 12 & 0x3f));
    put(0x80 | (code_point >> 6 & 0x3f));
    put(0x80 | (code_point & 0x3f));
  }
}

}  // namespace jingchu::contracts
