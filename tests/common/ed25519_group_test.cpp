#include "common/ed25519_group.h"

#include <sodium.h>

#include <algorithm>
#include <random>

#include "common/ed25519_keys.h"
#include "tests/support/ed25519_signer.h"
// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::ed25519 {
namespace {

Scalar scalar_of(std::string_view big_endian_hex) {
  auto bytes = *array_from_hex<32>(big_endian_hex);
  std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

Scalar filled(std::uint8_t byte, std::uint8_t top) {
  Scalar scalar;
  scalar.fill(byte);
  scalar[31] = top;
  return scalar;
}

// Below 2^253: ends of the range, L and its neighbours, patterns on which every digit carries or just does
// not.
std::vector<Scalar> edge_scalars() {
  std::vector<Scalar> scalars = {
      Scalar{},
      Scalar{1},
      Scalar{2},
      Scalar{8},
      Scalar{15},
      Scalar{16},
      Scalar{17},
      Scalar{127},
      Scalar{128},
      Scalar{129},
      Scalar{255},
      scalar_of("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ec"),   // L - 1
      scalar_of("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed"),   // L
      scalar_of("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ee"),   // L + 1
      scalar_of("1000000000000000000000000000000000000000000000000000000000000000"),   // 2^252
      scalar_of("0fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"),   // 2^252 - 1
      scalar_of("1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")};  // 2^253 - 1
  for (const int byte :
       {0x11, 0x80, 0x7f, 0x81, 0x88, 0x77, 0x0f, 0xf0, 0x10, 0x84, 0x42, 0x21, 0xaa, 0x55}) {
    scalars.push_back(filled(static_cast<std::uint8_t>(byte), static_cast<std::uint8_t>(byte & 0x1f)));
  }
  // All digits 16, or all 17, of base 32: the largest that does not carry, and the smallest that does.
  for (const int digit : {15, 16, 17}) {
    Scalar scalar{};
    for (int bit = 0; bit < 250; ++bit) {
      if (digit >> bit % 5 & 1) scalar[bit / 8] = static_cast<std::uint8_t>(scalar[bit / 8] | 1 << bit % 8);
    }
    scalars.push_back(scalar);
  }
  return scalars;
}

std::vector<Scalar> some_scalars(int random_ones) {
  auto scalars = edge_scalars();
  for (int i = 0; i < random_ones; ++i) {
    scalars.push_back(test::scalar_from(Bytes{1, static_cast<std::uint8_t>(i)}));
  }
  return scalars;
}

template <int Bits>
void check_digits(const Scalar& scalar) {
  const auto digits = digits_of<Bits>(scalar);
  // Written down again from the lowest: what is left over carries to the next bit.
  Scalar again{};
  int carried = 0;
  for (int bit = 0; bit < 256; ++bit) {
    if (bit % Bits == 0 && bit / Bits < static_cast<int>(digits.size())) carried += digits[bit / Bits];
    if (carried & 1) again[bit / 8] = static_cast<std::uint8_t>(again[bit / 8] | 1 << bit % 8);
    carried >>= 1;
  }
  CHECK(carried == 0);
  CHECK(again == scalar);
  for (const int digit : digits) CHECK((digit > -(1 << (Bits - 1)) && digit <= 1 << (Bits - 1)));
}

TEST_CASE("Ed25519's scalars: digits represent exactly the integer") {
  for (const auto& scalar : some_scalars(200)) {
    CAPTURE(to_hex(scalar));
    check_digits<4>(scalar);
    check_digits<5>(scalar);
    check_digits<8>(scalar);
  }
}

Point times(const Scalar& scalar, const Point& point) {
  Point product = kIdentity;
  for (int bit = 255; bit >= 0; --bit) {
    product = doubled(product);
    if (scalar[bit / 8] >> bit % 8 & 1) product = add(product, point);
  }
  return product;
}

// Of every order that points have.
std::vector<Encoding> some_points() {
  std::vector<Encoding> points{encode(kBasePoint)};
  for (unsigned i = 0; i < 8; ++i) {
    const auto byte = static_cast<std::uint8_t>(i);
    points.push_back(test::plus_small(test::base_times(test::scalar_from(Bytes{byte})), i));
    points.push_back(test::plus_small(Encoding{1}, i));
  }
  return points;
}

TEST_CASE("Ed25519's points: sums are libsodium's, for points of every order") {
  const auto points = some_points();
  for (const auto& a : points) {
    const auto point = decode(a);
    REQUIRE(point);
    CHECK(encode(*point) == a);
    CHECK(encode(doubled(*point)) == test::plus(a, a));
    CHECK(encode(add(*point, negated(*point))) == Encoding{1});
    CHECK(encode(add(*point, kIdentity)) == a);
    for (const auto& b : points) CHECK(encode(add(*point, *decode(b))) == test::plus(a, b));
  }
}

TEST_CASE("Ed25519's points: bytes are decoded as by libsodium, and the small orders are known") {
  std::mt19937_64 random(2);
  int points = 0;
  for (int i = 0; i < 300; ++i) {
    Encoding bytes;
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    Encoding sum;
    const bool is_point = crypto_core_ed25519_add(sum.data(), bytes.data(), Encoding{1}.data()) == 0;
    const auto point = decode(bytes);
    CHECK(point.has_value() == is_point);
    if (!point) continue;
    ++points;
    CHECK(encode(*point) == sum);
    CHECK_FALSE(has_small_order(*point));
    CHECK_FALSE(is_encoding_of_small_order(bytes));
  }
  CHECK(points > 100);
  for (unsigned i = 0; i < 8; ++i) {
    Encoding small = test::plus_small(Encoding{1}, i);
    CHECK(has_small_order(*decode(small)));
    CHECK(is_encoding_of_small_order(small));
    small[31] ^= 0x80;
    CHECK(is_encoding_of_small_order(small));
    const auto mixed = test::plus_small(encode(kBasePoint), i);
    CHECK_FALSE(has_small_order(*decode(mixed)));
    CHECK_FALSE(is_encoding_of_small_order(mixed));
  }
}

TEST_CASE("Ed25519's base point is libsodium's") {
  for (const auto& scalar : {Scalar{1}, Scalar{2}, test::scalar_from(Bytes{3})}) {
    CHECK(encode(times(scalar, kBasePoint)) == test::base_times(scalar));
  }
}

TEST_CASE("Ed25519's tables: products with edge scalars, of keys with and without a part of small order") {
  const BaseComb base(kBasePoint);
  for (const unsigned small : {0u, 1u, 4u}) {
    const Point key = *decode(test::plus_small(test::base_times(test::scalar_from(Bytes{9})), small));
    const KeyComb table(key);
    for (const auto& scalar : some_scalars(20)) {
      CAPTURE(to_hex(scalar));
      const Point product = times(scalar, key);
      CHECK(sum_of_products(table, scalar, base, Scalar{}) == encode(product));
      for (const auto& other : {Scalar{5}, scalar}) {
        CHECK(sum_of_products(table, scalar, base, other) == encode(add(product, times(other, kBasePoint))));
      }
      CHECK(sum_of_products(table, Scalar{}, base, scalar) == encode(times(scalar, kBasePoint)));
    }
  }
}

TEST_CASE("Ed25519's tables: a sum that meets its own entry, or its negative, on the way") {
  const BaseComb base(kBasePoint);
  const KeyComb table(kBasePoint);
  const KeyComb negative(negated(kBasePoint));
  for (const auto& scalar : edge_scalars()) {
    CHECK(sum_of_products(table, scalar, base, scalar) == encode(doubled(times(scalar, kBasePoint))));
    CHECK(sum_of_products(negative, scalar, base, scalar) == Encoding{1});
  }
}

}  // namespace
}  // namespace jingchu::ed25519
