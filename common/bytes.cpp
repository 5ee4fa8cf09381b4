#include "common/bytes.h"

namespace jingchu {
namespace {

constexpr std::uint8_t kNoDigit = 0xff;

constexpr auto kDigitValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (std::uint8_t i = 0; i < 10; ++i) values['0' + i] = i;
  for (std::uint8_t i = 10; i < 16; ++i) values['a' + i - 10] = values['A' + i - 10] = i;
  return values;
}();

bool read_hex(std::string_view text, std::uint8_t* bytes) {
  std::uint8_t worst = 0;
  for (std::size_t i = 0; i < text.size() / 2; ++i) {
    const auto high = kDigitValues[static_cast<std::uint8_t>(text[2 * i])];
    const auto low = kDigitValues[static_cast<std::uint8_t>(text[2 * i + 1])];
    worst |= high | low;
    bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return worst < 16;
}

}  // namespace

std::string joined(std::initializer_list<std::string_view> texts) {
  std::size_t size = 0;
  for (const auto text : texts) size += text.size();
  std::string all;
  all.reserve(size);
  for (const auto text : texts) all += text;
  return all;
}

std::string to_hex(ByteView bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text(bytes.size() * 2, '0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text[2 * i] = kDigits[bytes[i] >> 4];
    text[2 * i + 1] = kDigits[bytes[i] & 15];
  }
  return text;
}

std::optional<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes bytes(text.size() / 2);
  if (!read_hex(text, bytes.data())) return std::nullopt;
  return bytes;
}

bool bytes_from_hex(std::string_view text, std::span<std::uint8_t> bytes) {
  return text.size() == 2 * bytes.size() && read_hex(text, bytes.data());
}

}  // namespace jingchu
