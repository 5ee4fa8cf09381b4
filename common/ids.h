// Heights, views and their kin as distinct integer types: none converts into another.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace jingchu {

template <class Tag, class Rep>
class Number {
 public:
  using rep = Rep;

  constexpr Number() = default;
  constexpr explicit Number(Rep value) : value_(value) {}

  constexpr Rep value() const { return value_; }
  constexpr Number next() const { return Number(static_cast<Rep>(value_ + 1)); }
  constexpr Number previous() const { return Number(static_cast<Rep>(value_ - 1)); }

  friend constexpr auto operator<=>(const Number&, const Number&) = default;
  friend constexpr Number operator+(Number a, Rep b) { return Number(static_cast<Rep>(a.value_ + b)); }
  friend constexpr Number operator-(Number a, Rep b) { return Number(static_cast<Rep>(a.value_ - b)); }
  friend constexpr Rep operator-(Number a, Number b) { return static_cast<Rep>(a.value_ - b.value_); }
  friend std::string to_string(Number number) { return std::to_string(number.value_); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(value_);
  }

 private:
  Rep value_ = 0;
};

using Height = Number<struct HeightTag, std::uint64_t>;        // of a block; genesis is 0
using View = Number<struct ViewTag, std::uint64_t>;            // of the consensus; genesis is view 0
using Epoch = Number<struct EpochTag, std::uint64_t>;          // of a validator set; the first is 0
using Sequence = Number<struct SequenceTag, std::uint64_t>;    // of a batch in its lane; the first is 1
using NodeIndex = Number<struct NodeIndexTag, std::uint16_t>;  // of a validator in its set, from 0

}  // namespace jingchu

template <class Tag, class Rep>
struct std::hash<jingchu::Number<Tag, Rep>> {
  std::size_t operator()(jingchu::Number<Tag, Rep> number) const noexcept {
    return std::hash<Rep>()(number.value());
  }
};
