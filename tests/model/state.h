// A state of the model: what honest validators have voted, the headers they voted for, and the certificates
// that stand in somebody's log. See model.h for what the model is.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>

namespace jingchu::model {

inline constexpr std::size_t kHonestMax = 5;
inline constexpr std::size_t kViewsMax = 5;
inline constexpr std::size_t kHeadersMax = 2;  // in a view: a Byzantine leader proposes two that conflict

// What one validator voted, or what has a quorum, or what certificates are in a log: kBallots bits for each
// view, the lowest for view 1.
using Ballots = std::uint32_t;
inline constexpr std::size_t kBallots = 5;
inline constexpr Ballots kNotarize = 0b00011;  // one bit for each header of the view
inline constexpr Ballots kNullify = 0b00100;
inline constexpr Ballots kFinalize = 0b11000;
inline constexpr Ballots notarize(std::size_t header) {
  return Ballots{1} << header;
}
inline constexpr Ballots finalize(std::size_t header) {
  return Ballots{8} << header;
}
// Views begin at 1.
inline constexpr Ballots in_view(Ballots ballots, std::size_t view) {
  return ballots >> kBallots * (view - 1) & 0b11111;
}
inline constexpr Ballots at_view(Ballots ballots, std::size_t view) {
  return ballots << kBallots * (view - 1);
}

// Blocks are named by view and header; 0 is none.
using Block = std::uint8_t;
inline constexpr Block kNoBlock = 0;
inline constexpr Block kGenesis = 1;
inline constexpr Block block(std::size_t view, std::size_t header) {
  return static_cast<Block>(2 * view + header);
}
inline constexpr std::size_t view_of(Block block) {
  return block / 2;
}
inline constexpr std::size_t header_of(Block block) {
  return block % 2;
}

struct State {
  std::array<Ballots, kHonestMax> votes{};
  std::array<Block, 2 + kHeadersMax * kViewsMax> parents{};  // by block; kNoBlock: nobody voted for it yet
  Ballots durable = 0;  // notarizations and nullifications in the log of an honest validator

  friend bool operator==(const State&, const State&) = default;
};

// A state in 128 bits.
struct Key {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  friend bool operator==(const Key&, const Key&) = default;
};

// Which states there can be: their size in bits.
struct Shape {
  std::size_t honest = 3;
  std::size_t views = 3;
  bool with_durable = false;

  std::size_t bits() const {
    return honest * kBallots * views + 4 * kHeadersMax * (views - 1) + (with_durable ? 3 * views : 0);
  }
};

Key pack(const State& state, const Shape& shape);
State unpack(const Key& key, const Shape& shape);

// One of the states that differ from this one only in the names of the honest validators, or of the two
// headers of a view: the model treats all alike, so exploring one of them is exploring all.
State canonical(const State& state, const Shape& shape);

}  // namespace jingchu::model
