#include "common/codec.h"

#include <doctest/doctest.h>

#include "common/ids.h"

namespace jingchu {
namespace {

enum class Colour : std::uint8_t { kRed = 1, kBlue = 2 };
bool is_valid(Colour colour) {
  return colour == Colour::kRed || colour == Colour::kBlue;
}

struct Sample {
  Height height;
  bool flag = false;
  Colour colour = Colour::kRed;
  std::string text;
  std::vector<std::uint16_t> list;
  std::optional<std::uint32_t> maybe;
  std::variant<std::uint8_t, Bytes> either;
  std::array<std::uint8_t, 3> fixed{};

  friend bool operator==(const Sample&, const Sample&) = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(height, flag, colour, text, list, maybe, either, fixed);
  }
};

Sample sample() {
  return {Height(7), true, Colour::kBlue, "Jing", {1, 2}, 9, Bytes{4, 5}, {1, 2, 3}};
}

TEST_CASE("a value has exactly the documented bytes and comes back equal") {
  const Bytes bytes = encode(sample());
  CHECK(to_hex(bytes) ==
        "0700000000000000"
        "01"
        "02"
        "04000000"
        "4a696e67"
        "02000000"
        "0100"
        "0200"
        "01"
        "09000000"
        "01"
        "02000000"
        "0405"
        "010203");
  const auto back = decode<Sample>(bytes);
  REQUIRE(back.ok());
  CHECK(*back == sample());
}

TEST_CASE("every truncation and every trailing byte is refused") {
  Bytes bytes = encode(sample());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK_FALSE(decode<Sample>(ByteView(bytes).first(size)).ok());
  }
  bytes.push_back(0);
  CHECK_FALSE(decode<Sample>(bytes).ok());
}

TEST_CASE("whatever decodes encodes to the same bytes, for every value of every byte") {
  const Bytes original = encode(sample());
  for (std::size_t at = 0; at < original.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      Bytes bytes = original;
      bytes[at] = static_cast<std::uint8_t>(value);
      const auto decoded = decode<Sample>(bytes);
      if (decoded.ok()) CHECK(encode(*decoded) == bytes);
    }
  }
}

TEST_CASE("a forged count allocates nothing") {
  const Bytes forged = {0xff, 0xff, 0xff, 0xff, 1};
  CHECK_FALSE(decode<std::vector<std::array<std::uint8_t, 64>>>(forged).ok());
  CHECK_FALSE(decode<Bytes>(forged).ok());
  CHECK_FALSE(decode<std::string>(forged).ok());
}

TEST_CASE("a list over its limit is refused although its bytes are there") {
  const Bytes bytes = encode(std::vector<std::uint16_t>(10));
  CHECK(decode<std::vector<std::uint16_t>>(bytes, {.list_max = 10}).ok());
  CHECK_FALSE(decode<std::vector<std::uint16_t>>(bytes, {.list_max = 9}).ok());
}

}  // namespace
}  // namespace jingchu
