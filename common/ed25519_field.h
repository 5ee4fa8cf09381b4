// The field of Ed25519, integers modulo p = 2^255 - 19 (RFC 8032, section 5.1), for verification only:
// nothing here is secret, and time may depend on values. Five limbs of 51 bits, carried late:
// - "reduced" is what multiply(), square() and from_bytes() give: limbs below 2^51 + 2^13;
// - every operand may be "loose": limbs below 2^54. A sum of two reduced ones, or a difference of two such
// sums,
//   is loose and goes into a product as it is.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

namespace jingchu::ed25519 {

__extension__ using Wide = unsigned __int128;

inline constexpr std::uint64_t kLimbMask = (std::uint64_t{1} << 51) - 1;

struct FieldElement {
  std::uint64_t limb[5] = {};
};
using FieldBytes = std::array<std::uint8_t, 32>;  // little-endian

inline constexpr FieldElement kFieldZero{};
inline constexpr FieldElement kFieldOne{{1, 0, 0, 0, 0}};

// Limbs of the sum are the sums of the limbs.
inline FieldElement add(const FieldElement& a, const FieldElement& b) {
  FieldElement sum;
  for (int i = 0; i < 5; ++i) sum.limb[i] = a.limb[i] + b.limb[i];
  return sum;
}

// a - b + 4p. Limbs of `b` are below 2^53 - 76 (it is reduced, or a sum of two reduced ones, or of such a sum
// and one more); those of the result are below those of `a` plus 2^53.
inline FieldElement subtract(const FieldElement& a, const FieldElement& b) {
  constexpr std::uint64_t kFourP0 = (std::uint64_t{1} << 53) - 76;
  constexpr std::uint64_t kFourP = (std::uint64_t{1} << 53) - 4;
  FieldElement difference;
  difference.limb[0] = a.limb[0] + kFourP0 - b.limb[0];
  for (int i = 1; i < 5; ++i) difference.limb[i] = a.limb[i] + kFourP - b.limb[i];
  return difference;
}

inline FieldElement negate(const FieldElement& a) {
  return subtract(kFieldZero, a);
}

// Columns of a product: below 2^115 each, for loose factors.
constexpr FieldElement carry(Wide c0, Wide c1, Wide c2, Wide c3, Wide c4) {
  const auto low = [](Wide column) { return static_cast<std::uint64_t>(column) & kLimbMask; };
  const auto high = [](Wide column) { return static_cast<std::uint64_t>(column >> 51); };
  FieldElement r;
  c1 += high(c0);
  c2 += high(c1);
  c3 += high(c2);
  c4 += high(c3);
  const std::uint64_t bottom = low(c0) + 19 * high(c4);  // 2^255 is 19; c4 has no term of that factor yet
  r.limb[0] = bottom & kLimbMask;
  r.limb[1] = low(c1) + (bottom >> 51);
  r.limb[2] = low(c2);
  r.limb[3] = low(c3);
  r.limb[4] = low(c4);
  return r;
}

constexpr FieldElement multiply(const FieldElement& a, const FieldElement& b) {
  const std::uint64_t a0 = a.limb[0], a1 = a.limb[1], a2 = a.limb[2], a3 = a.limb[3], a4 = a.limb[4];
  const std::uint64_t b0 = b.limb[0], b1 = b.limb[1], b2 = b.limb[2], b3 = b.limb[3], b4 = b.limb[4];
  const std::uint64_t w1 = 19 * b1, w2 = 19 * b2, w3 = 19 * b3, w4 = 19 * b4;
  const auto times = [](std::uint64_t x, std::uint64_t y) { return static_cast<Wide>(x) * y; };
  return carry(times(a0, b0) + times(a1, w4) + times(a2, w3) + times(a3, w2) + times(a4, w1),
               times(a0, b1) + times(a1, b0) + times(a2, w4) + times(a3, w3) + times(a4, w2),
               times(a0, b2) + times(a1, b1) + times(a2, b0) + times(a3, w4) + times(a4, w3),
               times(a0, b3) + times(a1, b2) + times(a2, b1) + times(a3, b0) + times(a4, w4),
               times(a0, b4) + times(a1, b3) + times(a2, b2) + times(a3, b1) + times(a4, b0));
}

inline FieldElement square(const FieldElement& a) {
  const std::uint64_t a0 = a.limb[0], a1 = a.limb[1], a2 = a.limb[2], a3 = a.limb[3], a4 = a.limb[4];
  const std::uint64_t d0 = 2 * a0, d1 = 2 * a1, d2 = 2 * a2, w3 = 19 * a3, w4 = 19 * a4;
  const auto times = [](std::uint64_t x, std::uint64_t y) { return static_cast<Wide>(x) * y; };
  return carry(times(a0, a0) + times(d1, w4) + times(d2, w3), times(d0, a1) + times(d2, w4) + times(a3, w3),
               times(d0, a2) + times(a1, a1) + times(2 * a3, w4),
               times(d0, a3) + times(d1, a2) + times(a4, w4), times(d0, a4) + times(d1, a3) + times(a2, a2));
}

// a^(2^count)
inline FieldElement square_times(FieldElement a, int count) {
  for (int i = 0; i < count; ++i) a = square(a);
  return a;
}

// a^(2^250 - 1), on the way to both powers below; and a^11, which the inverse needs.
struct LongPower {
  FieldElement power;
  FieldElement eleventh;
};
inline LongPower long_power(const FieldElement& a) {
  const FieldElement a2 = square(a);
  const FieldElement a9 = multiply(a, square_times(a2, 2));
  const FieldElement a11 = multiply(a9, a2);
  const FieldElement e5 = multiply(square(a11), a9);  // eN is a^(2^N - 1)
  const FieldElement e10 = multiply(square_times(e5, 5), e5);
  const FieldElement e20 = multiply(square_times(e10, 10), e10);
  const FieldElement e40 = multiply(square_times(e20, 20), e20);
  const FieldElement e50 = multiply(square_times(e40, 10), e10);
  const FieldElement e100 = multiply(square_times(e50, 50), e50);
  const FieldElement e200 = multiply(square_times(e100, 100), e100);
  return {multiply(square_times(e200, 50), e50), a11};
}

// a^(p - 2): 1/a, and 0 of 0.
inline FieldElement invert(const FieldElement& a) {
  const LongPower p = long_power(a);
  return multiply(square_times(p.power, 5), p.eleventh);
}

// a^((p - 5) / 8), of which square roots are made.
inline FieldElement root_power(const FieldElement& a) {
  return multiply(square_times(long_power(a).power, 2), a);
}

// The lower 255 bits, reduced but not below p: who reads foreign bytes checks that (is_below_p).
inline FieldElement from_bytes(const FieldBytes& bytes) {
  std::uint64_t word[4];
  std::memcpy(word, bytes.data(), sizeof(word));
  return {{word[0] & kLimbMask, (word[0] >> 51 | word[1] << 13) & kLimbMask,
           (word[1] >> 38 | word[2] << 26) & kLimbMask, (word[2] >> 25 | word[3] << 39) & kLimbMask,
           (word[3] >> 12) & kLimbMask}};
}

// The one encoding below p.
inline FieldBytes to_bytes(const FieldElement& a) {
  std::uint64_t t[5];
  std::memcpy(t, a.limb, sizeof(t));
  const auto carry_once = [&t] {
    for (int i = 0; i < 4; ++i) {
      t[i + 1] += t[i] >> 51;
      t[i] &= kLimbMask;
    }
    const std::uint64_t over = t[4] >> 51;
    t[4] &= kLimbMask;
    return over;
  };
  t[0] += 19 * carry_once();
  t[0] += 19 * carry_once();  // below 2^255 now
  std::uint64_t beyond = 19;  // whether adding 19 reaches 2^255
  for (const std::uint64_t limb : t) beyond = (limb + beyond) >> 51;
  t[0] += 19 * beyond;
  carry_once();
  const std::uint64_t word[4] = {t[0] | t[1] << 51, t[1] >> 13 | t[2] << 38, t[2] >> 26 | t[3] << 25,
                                 t[3] >> 39 | t[4] << 12};
  FieldBytes bytes;
  std::memcpy(bytes.data(), word, sizeof(word));
  return bytes;
}

inline bool is_zero(const FieldElement& a) {
  return to_bytes(a) == FieldBytes{};
}
inline bool is_odd(const FieldElement& a) {
  return (to_bytes(a)[0] & 1) != 0;
}

// Whether the lower 255 bits are a number below p.
inline bool is_below_p(FieldBytes bytes) {
  bytes[31] &= 0x7f;
  return to_bytes(from_bytes(bytes)) == bytes;
}

}  // namespace jingchu::ed25519
