#include "common/ed25519_field.h"

#include <openssl/bn.h>

#include <algorithm>

#include <memory>
#include <random>
#include <vector>

#include "common/bytes.h"
// After the project's headers:
#include <doctest/doctest.h>

namespace jingchu::ed25519 {
namespace {

// The same by OpenSSL's numbers.
struct Number {
  std::shared_ptr<BIGNUM> value{BN_new(), BN_free};

  Number() = default;
  explicit Number(std::uint64_t word) { BN_set_word(value.get(), word); }
  explicit Number(const FieldElement& element) {
    for (int i = 4; i >= 0; --i) {
      BN_lshift(value.get(), value.get(), 51);
      BN_add(value.get(), value.get(), Number(element.limb[i]).value.get());
    }
  }
};

class Modulus {
 public:
  Modulus() {
    BN_set_bit(p_.value.get(), 255);
    BN_sub_word(p_.value.get(), 19);
  }

  Number product(const Number& a, const Number& b) {
    Number r;
    BN_mod_mul(r.value.get(), a.value.get(), b.value.get(), p_.value.get(), context_.get());
    return r;
  }
  Number sum(const Number& a, const Number& b) {
    Number r;
    BN_mod_add(r.value.get(), a.value.get(), b.value.get(), p_.value.get(), context_.get());
    return r;
  }
  Number difference(const Number& a, const Number& b) {
    Number r;
    BN_mod_sub(r.value.get(), a.value.get(), b.value.get(), p_.value.get(), context_.get());
    return r;
  }
  // a^((p - subtrahend) / divisor)
  Number power(const Number& a, std::uint64_t subtrahend, std::uint64_t divisor) {
    Number exponent;
    Number r;
    BN_sub(exponent.value.get(), p_.value.get(), Number(subtrahend).value.get());
    BN_div_word(exponent.value.get(), divisor);
    BN_mod_exp(r.value.get(), a.value.get(), exponent.value.get(), p_.value.get(), context_.get());
    return r;
  }
  FieldBytes bytes(const Number& a) {
    Number r;
    FieldBytes written;
    BN_nnmod(r.value.get(), a.value.get(), p_.value.get(), context_.get());
    BN_bn2lebinpad(r.value.get(), written.data(), 32);
    return written;
  }

 private:
  Number p_;
  std::shared_ptr<BN_CTX> context_{BN_CTX_new(), BN_CTX_free};
};

constexpr std::uint64_t kTwo51 = std::uint64_t{1} << 51;
constexpr std::uint64_t kReducedMax = kTwo51 + 8191;
constexpr std::uint64_t kLooseMax = 8 * kTwo51 - 1;

bool is_reduced(const FieldElement& a) {
  return std::all_of(std::begin(a.limb), std::end(a.limb), [](auto limb) { return limb <= kReducedMax; });
}

// Every limb at one bound, one limb at another, and random ones between.
std::vector<FieldElement> elements(std::initializer_list<std::uint64_t> bounds) {
  std::vector<FieldElement> found;
  const std::uint64_t most = std::max(bounds);
  for (const auto bound : bounds) {
    found.push_back({{bound, bound, bound, bound, bound}});
    for (int i = 0; i < 5; ++i) {
      FieldElement one{{0, 0, 0, 0, 0}};
      one.limb[i] = bound;
      FieldElement other{{most, most, most, most, most}};
      other.limb[i] = bound;
      found.insert(found.end(), {one, other});
    }
  }
  std::mt19937_64 random(1);
  for (int i = 0; i < 20; ++i) {
    FieldElement element;
    for (auto& limb : element.limb) limb = random() % (most + 1);
    found.push_back(element);
  }
  return found;
}

TEST_CASE("Ed25519's field: products of operands up to their bounds are exact and reduced") {
  Modulus p;
  const auto loose = elements({0, 1, 18, 19, kTwo51 - 20, kTwo51 - 1, kTwo51, kReducedMax, kLooseMax});
  for (const auto& a : loose) {
    const Number value(a);
    CHECK(to_bytes(a) == p.bytes(value));
    CHECK(is_reduced(square(a)));
    CHECK(to_bytes(square(a)) == p.bytes(p.product(value, value)));
    for (std::size_t i = 0; i < loose.size(); i += 3) {
      const FieldElement product = multiply(a, loose[i]);
      CHECK(is_reduced(product));
      CHECK(to_bytes(product) == p.bytes(p.product(value, Number(loose[i]))));
      CHECK(to_bytes(multiply(loose[i], a)) == to_bytes(product));
    }
  }
}

TEST_CASE("Ed25519's field: sums and differences of what formulas add and subtract stay loose") {
  Modulus p;
  const auto reduced = elements({0, 1, kTwo51 - 1, kTwo51, kReducedMax});
  for (const auto& a : reduced) {
    for (std::size_t i = 0; i < reduced.size(); i += 2) {
      const FieldElement& b = reduced[i];
      CHECK(to_bytes(add(a, b)) == p.bytes(p.sum(Number(a), Number(b))));
      // The most that is subtracted from the most: a - (a + b), and (2a + b) - b.
      const FieldElement less = subtract(a, add(a, b));
      CHECK(to_bytes(less) == p.bytes(p.difference(Number(a), Number(add(a, b)))));
      const FieldElement more = subtract(add(add(a, a), b), b);
      CHECK(to_bytes(more) == p.bytes(p.sum(Number(a), Number(a))));
      CHECK(std::all_of(std::begin(more.limb), std::end(more.limb),
                        [](auto limb) { return limb <= kLooseMax; }));
    }
    CHECK(is_zero(add(a, negate(a))));
    CHECK(is_zero(subtract(a, a)));
  }
}

TEST_CASE("Ed25519's field: inverses and the power that roots are made of") {
  Modulus p;
  for (const auto& a : elements({0, 1, 2, kTwo51 - 1, kReducedMax, kLooseMax})) {
    CHECK(to_bytes(invert(a)) == p.bytes(p.power(Number(a), 2, 1)));
    CHECK(to_bytes(root_power(a)) == p.bytes(p.power(Number(a), 5, 8)));
    CHECK(to_bytes(multiply(a, invert(a)))[0] == (is_zero(a) ? 0 : 1));
  }
}

TEST_CASE("Ed25519's field: the one encoding of a number, around p and 2p") {
  const auto around = [](std::uint64_t lowest, std::uint64_t top) {
    return FieldElement{{lowest, kTwo51 - 1, kTwo51 - 1, kTwo51 - 1, top}};
  };
  for (std::uint64_t i = 0; i < 40; ++i) {
    // 2^255 - 32 + i is p + (i - 13).
    FieldBytes bytes;
    bytes.fill(0xff);
    bytes[0] = static_cast<std::uint8_t>(0xe0 + i % 32);
    bytes[31] = i < 32 ? 0x7f : 0xff;  // then with the highest bit, which is no part of the number
    const std::uint64_t offset = i % 32;
    CAPTURE(i);
    CHECK(is_below_p(bytes) == (offset < 13));
    FieldBytes expected{};
    if (offset < 13) {
      expected = bytes;
      expected[31] = 0x7f;
    } else {
      expected[0] = static_cast<std::uint8_t>(offset - 13);
    }
    CHECK(to_bytes(from_bytes(bytes)) == expected);
    CHECK(to_bytes(around(kTwo51 - 32 + offset, kTwo51 - 1)) == expected);
    // p more.
    CHECK(to_bytes(add(around(kTwo51 - 32 + offset, kTwo51 - 1), around(kTwo51 - 19, kTwo51 - 1))) ==
          expected);
    CHECK(is_zero(from_bytes(bytes)) == (offset == 13));
    CHECK(is_odd(from_bytes(bytes)) == ((expected[0] & 1) != 0));
  }
  CHECK(is_below_p(FieldBytes{}));
  CHECK(is_below_p(FieldBytes{1}));
}

}  // namespace
}  // namespace jingchu::ed25519
