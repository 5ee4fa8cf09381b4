#include "common/ed25519_group.h"

namespace jingchu::ed25519 {
namespace {

constexpr FieldElement kD{
    {0x34dca135978a3, 0x1a8283b156ebd, 0x5e7a26001c029, 0x739c663a03cbb, 0x52036cee2b6ff}};
constexpr FieldElement kTwiceD{
    {0x69b9426b2f159, 0x35050762add7a, 0x3cf44c0038052, 0x6738cc7407977, 0x2406d9dc56dff}};
constexpr FieldElement kRootOfMinusOne{
    {0x61b274a0ea0b0, 0x0d5a5fc8f189d, 0x7ef5e9cbd0c60, 0x78595a6804c9e, 0x2b8324804fc1d}};
constexpr FieldElement kBaseX{
    {0x62d608f25d51a, 0x412a4b4f6592a, 0x75b7171a4b31d, 0x1ff60527118fe, 0x216936d3cd6e5}};
constexpr FieldElement kBaseY{
    {0x6666666666658, 0x4cccccccccccc, 0x1999999999999, 0x3333333333333, 0x6666666666666}};

// What additions and doublings end in: x = e/g, y = h/f.
struct Completed {
  FieldElement e, f, g, h;

  Point point() const { return {multiply(e, f), multiply(g, h), multiply(f, g), multiply(e, h)}; }
};

// Without t, which a doubling does not read.
inline Completed doubled_of(const FieldElement& x, const FieldElement& y, const FieldElement& z) {
  const FieldElement xx = square(x);
  const FieldElement yy = square(y);
  const FieldElement zz = square(z);
  const FieldElement h = add(yy, xx);
  const FieldElement g = subtract(yy, xx);
  const FieldElement e = subtract(square(add(x, y)), h);
  // 2 z^2 - (y^2 - x^2): as a difference of two sums, so that the limbs stay loose.
  const FieldElement f = subtract(add(add(zz, zz), xx), yy);
  return {e, f, g, h};
}

// The entry, or with `negative` its negative: y + x and y - x change places, and so do 2z + c and 2z - c.
inline Point plus_entry(const Point& a, const AffinePoint& entry, bool negative) {
  const FieldElement* const sides[2] = {&entry.difference, &entry.sum};
  const FieldElement low = multiply(subtract(a.y, a.x), *sides[negative]);
  const FieldElement high = multiply(add(a.y, a.x), *sides[!negative]);
  const FieldElement c = multiply(a.t, entry.product);
  const FieldElement twice = add(a.z, a.z);
  const FieldElement ends[2] = {subtract(twice, c), add(twice, c)};
  return Completed{subtract(high, low), ends[negative], ends[!negative], add(high, low)}.point();
}

constexpr Point from_affine(const FieldElement& x, const FieldElement& y) {
  return {x, y, kFieldOne, multiply(x, y)};
}

bool equal(const FieldElement& a, const FieldElement& b) {
  return to_bytes(a) == to_bytes(b);
}

}  // namespace

constinit const Point kIdentity{kFieldZero, kFieldOne, kFieldOne, kFieldZero};
constinit const Point kBasePoint = from_affine(kBaseX, kBaseY);

Point add(const Point& a, const Point& b) {
  const FieldElement low = multiply(subtract(a.y, a.x), subtract(b.y, b.x));
  const FieldElement high = multiply(add(a.y, a.x), add(b.y, b.x));
  const FieldElement c = multiply(multiply(a.t, b.t), kTwiceD);
  const FieldElement zz = multiply(a.z, b.z);
  const FieldElement twice = add(zz, zz);
  return Completed{subtract(high, low), subtract(twice, c), add(twice, c), add(high, low)}.point();
}

Point doubled(const Point& a) {
  return doubled_of(a.x, a.y, a.z).point();
}

Point negated(const Point& a) {
  return {multiply(negate(a.x), kFieldOne), a.y, a.z, multiply(negate(a.t), kFieldOne)};
}

// RFC 8032, section 5.1.3: x^2 = (y^2 - 1) / (d y^2 + 1).
std::optional<Point> decode(const Encoding& encoding) {
  const FieldElement y = from_bytes(encoding);
  const FieldElement yy = square(y);
  const FieldElement u = subtract(yy, kFieldOne);
  const FieldElement v = add(multiply(kD, yy), kFieldOne);
  const FieldElement v3 = multiply(square(v), v);
  const FieldElement v7 = multiply(square(v3), v);
  FieldElement x = multiply(multiply(u, v3), root_power(multiply(u, v7)));
  const FieldElement vxx = multiply(v, square(x));
  if (!equal(vxx, u)) {
    if (!is_zero(add(vxx, u))) return std::nullopt;
    x = multiply(x, kRootOfMinusOne);
  }
  if (is_odd(x) != (encoding[31] >> 7 != 0)) x = multiply(negate(x), kFieldOne);
  return from_affine(x, y);
}

Encoding encode(const Point& point) {
  const FieldElement inverse = invert(point.z);
  Encoding encoding = to_bytes(multiply(point.y, inverse));
  encoding[31] = static_cast<std::uint8_t>(encoding[31] | is_odd(multiply(point.x, inverse)) << 7);
  return encoding;
}

bool has_small_order(const Point& point) {
  const Point eightfold = doubled(doubled(doubled(point)));
  return is_zero(eightfold.x) && equal(eightfold.y, eightfold.z);
}

std::vector<AffinePoint> to_affine(std::span<const Point> points) {
  std::vector<FieldElement> before(points.size());  // the product of all z before this one
  FieldElement product = kFieldOne;
  for (std::size_t i = 0; i < points.size(); ++i) {
    before[i] = product;
    product = multiply(product, points[i].z);
  }
  FieldElement inverse = invert(product);  // of all z up to this one
  std::vector<AffinePoint> affine(points.size());
  for (std::size_t i = points.size(); i-- > 0;) {
    const FieldElement own = multiply(inverse, before[i]);
    inverse = multiply(inverse, points[i].z);
    const FieldElement x = multiply(points[i].x, own);
    const FieldElement y = multiply(points[i].y, own);
    affine[i] = {multiply(add(y, x), kFieldOne), multiply(subtract(y, x), kFieldOne),
                 multiply(multiply(x, y), kTwiceD)};
  }
  return affine;
}

template <int Bits, int Stride>
Comb<Bits, Stride>::Comb(const Point& point) {
  std::vector<Point> multiples;
  multiples.reserve(kRows * kRowSize);
  Point first = point;
  for (std::size_t row = 0; row < kRows; ++row) {
    const std::size_t start = multiples.size();
    multiples.push_back(first);
    for (std::size_t factor = 2; factor <= kRowSize; ++factor) {
      multiples.push_back(factor % 2 == 0 ? doubled(multiples[start + factor / 2 - 1])
                                          : add(multiples.back(), first));
    }
    first = multiples.back();  // [2^(Bits - 1)] of the row's first
    for (int i = 0; i < Bits * (Stride - 1) + 1; ++i) first = doubled(first);
  }
  entries_ = to_affine(multiples);
}

template <int Bits, int Stride>
Point Comb<Bits, Stride>::plus(Point sum, const std::array<std::int16_t, kDigits<Bits>>& digits,
                               int offset) const {
  constexpr std::size_t kAhead = 4 * Stride;
  const auto entry_of = [&](std::size_t i) {
    const int digit = digits[i];
    return &entries_[i / Stride * kRowSize + static_cast<std::size_t>(digit < 0 ? -digit : digit) -
                     (digit != 0)];
  };
  for (auto i = static_cast<std::size_t>(offset); i < digits.size(); i += Stride) {
    if (i + kAhead < digits.size()) {
      const auto* const next = reinterpret_cast<const char*>(entry_of(i + kAhead));
      __builtin_prefetch(next);
      __builtin_prefetch(next + 64);
    }
    if (digits[i] != 0) sum = plus_entry(sum, *entry_of(i), digits[i] < 0);
  }
  return sum;
}

template class Comb<5, 2>;
template class Comb<8, 1>;

Encoding sum_of_products(const KeyComb& table_a, const Scalar& a, const BaseComb& table_b, const Scalar& b) {
  const auto digits_a = digits_of<5>(a);
  Point sum = table_a.plus(kIdentity, digits_a, 1);
  for (int i = 0; i < 5; ++i) sum = doubled(sum);
  sum = table_a.plus(sum, digits_a, 0);
  return encode(table_b.plus(sum, digits_of<8>(b), 0));
}

}  // namespace jingchu::ed25519
