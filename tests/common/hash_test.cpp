#include "common/hash.h"

#include <doctest/doctest.h>

namespace jingchu {
namespace {

TEST_CASE("SHA-256 of FIPS 180-4's example, SM3 of GB/T 32905's") {
  CHECK(to_hex(sha256(as_bytes("abc"))) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(sm3(as_bytes("abc"))) == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
}

TEST_CASE("a hash taken in pieces is the hash of the whole") {
  const std::string text(1000, 'x');
  const ByteView whole = as_bytes(text);
  StreamingHash streaming(HashFunction::kSm3);
  for (std::size_t at = 0; at < whole.size(); at += 250) streaming.update(whole.subspan(at, 250));
  CHECK(streaming.finish() == sm3(whole));
  CHECK(sha256({whole.first(3), whole.subspan(3)}) == sha256(whole));
}

TEST_CASE("the hash of a prefix and two hashes is that of their bytes") {
  Hash a = sha256(as_bytes("a"));
  for (int i = 0; i < 100; ++i) {
    const auto prefix = static_cast<std::uint8_t>(i * 5);
    const Hash b = sha256(a);
    const Hash both = sha256_pair(prefix, a, b);
    REQUIRE(both == sha256({ByteView(&prefix, 1), a, b}));
    a = both;
  }
}

TEST_CASE("hexadecimal comes back, and nothing else is read") {
  CHECK(to_hex(Bytes{0x00, 0xaf}) == "00af");
  CHECK(from_hex("00aF") == Bytes{0x00, 0xaf});
  CHECK_FALSE(from_hex("0").has_value());
  CHECK_FALSE(from_hex("0g").has_value());
  CHECK_FALSE(array_from_hex<2>("00").has_value());
}

}  // namespace
}  // namespace jingchu
