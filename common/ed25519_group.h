// The group of Ed25519 (RFC 8032, section 5.1): -x^2 + y^2 = 1 + d x^2 y^2 over the field of p = 2^255 - 19,
// for verification only, in variable time. The formulas are complete: they hold for every pair of points of
// the curve, also those of small order (Hisil, Wong, Carter and Dawson, "Twisted Edwards curves revisited",
// 2008).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "common/ed25519_field.h"

namespace jingchu::ed25519 {

using Encoding = FieldBytes;                  // of a point: y, and the lowest bit of x as the highest bit
using Scalar = std::array<std::uint8_t, 32>;  // little-endian

// x = x/z, y = y/z, and t = x y / z. All four are reduced.
struct Point {
  FieldElement x, y, z, t;
};

// A point as tables keep it: y + x, y - x and 2 d x y, each reduced; on two lines of the processor's cache.
struct alignas(64) AffinePoint {
  FieldElement sum, difference, product;
};

extern const Point kIdentity;
extern const Point kBasePoint;

Point add(const Point& a, const Point& b);
Point doubled(const Point& a);
Point negated(const Point& a);

// Nothing if no point of the curve has that y. As libsodium has it: y may be p or more, and the sign bit may
// be set where x is 0; who wants one encoding of each point checks that.
std::optional<Point> decode(const Encoding& encoding);
Encoding encode(const Point& point);

// Exactly 8 points of the curve have an order of 1, 2, 4 or 8.
bool has_small_order(const Point& point);

// With one inversion for all of them (Montgomery's trick).
std::vector<AffinePoint> to_affine(std::span<const Point> points);

// Digits of a scalar below 2^253 with base 2^bits, from -(2^(bits - 1) - 1) to 2^(bits - 1): the sum of
// digit[i] 2^(bits i) is exactly that integer.
template <int Bits>
inline constexpr std::size_t kDigits = (254 + Bits - 1) / Bits;
template <int Bits>
std::array<std::int16_t, kDigits<Bits>> digits_of(const Scalar& scalar) {
  std::uint64_t word[5] = {};  // one more, to read across the end
  std::memcpy(word, scalar.data(), scalar.size());
  std::array<std::int16_t, kDigits<Bits>> digits;
  int carried = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const std::size_t at = i * Bits;
    const auto bits = word[at / 64] >> (at % 64) | (at % 64 == 0 ? 0 : word[at / 64 + 1] << (64 - at % 64));
    int digit = static_cast<int>(bits & ((1u << Bits) - 1)) + carried;
    carried = digit > 1 << (Bits - 1);
    digit -= carried << Bits;
    digits[i] = static_cast<std::int16_t>(digit);
  }
  return digits;
}

// The multiples of one point that make a product with a scalar a sum of entries: for every Stride-th digit of
// base 2^Bits the multiples by 1 to 2^(Bits - 1). Digits in between are summed up first, and doubled.
template <int Bits, int Stride>
class Comb {
 public:
  static constexpr std::size_t kRows = (kDigits<Bits> + Stride - 1) / Stride;
  static constexpr std::size_t kRowSize = std::size_t{1} << (Bits - 1);
  static constexpr std::size_t kBytes = kRows * kRowSize * sizeof(AffinePoint);

  explicit Comb(const Point& point);

  // Adds to `sum` what the digits at offset, offset + Stride, ... give.
  Point plus(Point sum, const std::array<std::int16_t, kDigits<Bits>>& digits, int offset) const;

 private:
  std::vector<AffinePoint> entries_;  // row after row
};

// Of a key: 26 rows of 16, 53 KB, and 5 doublings for a product. Of the base point: 32 rows of 128, 524 KB.
using KeyComb = Comb<5, 2>;
using BaseComb = Comb<8, 1>;

// The encoding of [a]A + [b]B for the points that the tables are of; a and b are below 2^253.
Encoding sum_of_products(const KeyComb& table_a, const Scalar& a, const BaseComb& table_b, const Scalar& b);

}  // namespace jingchu::ed25519
