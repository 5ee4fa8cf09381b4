// A table for a key gives libsodium's answer, for any key, signature and message: random ones, and signatures
// that hold (also under keys, and with R, that have a part of small order) before some of their bits change.
#include "common/check.h"
#include "tests/fuzz/input.h"
#include "tests/support/ed25519_signer.h"

namespace jingchu::ed25519 {
namespace {

struct Case {
  Key key{};
  Signature signature{};
  ByteView message;
};

template <std::size_t N>
void fill(std::array<std::uint8_t, N>& array, ByteView bytes) {
  std::copy(bytes.begin(), bytes.end(), array.begin());
}

Case foreign_case(fuzz::Input input) {
  Case made;
  fill(made.key, input.bytes(made.key.size()));
  fill(made.signature, input.bytes(made.signature.size()));
  made.message = input.rest();
  return made;
}

// A byte for both parts of small order, the seed, the flips ("which bit of key and signature", two bytes
// each).
Case signed_case(fuzz::Input input) {
  const std::uint8_t small = input.byte();
  const test::Signer signer(input.bytes(8), small & 7);
  const std::size_t flips = input.byte() % 4;
  std::array<std::uint16_t, 4> bits{};
  for (std::size_t i = 0; i < flips; ++i) bits[i] = input.two_bytes();
  Case made{signer.key(), {}, input.rest()};
  made.signature = signer.sign(made.message, test::scalar_from(made.message), small >> 3 & 7);
  for (std::size_t i = 0; i < flips; ++i) {
    const std::size_t bit = bits[i] % (8 * (made.key.size() + made.signature.size()));
    std::uint8_t& byte = bit < 256 ? made.key[bit / 8] : made.signature[bit / 8 - 32];
    byte = static_cast<std::uint8_t>(byte ^ 1 << bit % 8);
  }
  return made;
}

void check(fuzz::Input input) {
  const Case judged = input.byte() % 2 == 0 ? foreign_case(input) : signed_case(input);
  CHECK(test::verify_by_table(judged.key, judged.message, judged.signature) ==
        verify_by_libsodium(judged.key, judged.message, judged.signature));
}

}  // namespace
}  // namespace jingchu::ed25519

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  jingchu::ed25519::check({data, size});
  return 0;
}
