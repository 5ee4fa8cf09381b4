#include "model/state.h"

#include <algorithm>
#include <functional>

#include "common/check.h"

namespace jingchu::model {
namespace {

class Packer {
 public:
  void add(std::uint64_t value, std::size_t bits) {
    if (used_ < 64) {
      key_.low |= value << used_;
      if (used_ + bits > 64) key_.high |= value >> (64 - used_);
    } else {
      key_.high |= value << (used_ - 64);
    }
    used_ += bits;
  }
  const Key& key() const { return key_; }

 private:
  Key key_;
  std::size_t used_ = 0;
};

class Unpacker {
 public:
  explicit Unpacker(const Key& key) : key_(key) {}
  std::uint64_t take(std::size_t bits) {
    std::uint64_t value = 0;
    if (used_ < 64) {
      value = key_.low >> used_;
      if (used_ + bits > 64) value |= key_.high << (64 - used_);
    } else {
      value = key_.high >> (used_ - 64);
    }
    used_ += bits;
    return value & ((std::uint64_t{1} << bits) - 1);
  }

 private:
  Key key_;
  std::size_t used_ = 0;
};

Ballots swapped_headers(Ballots ballots, std::size_t view) {
  const Ballots first = at_view(notarize(0) | finalize(0), view);
  const Ballots second = first << 1;
  return (ballots & ~(first | second)) | (ballots & first) << 1 | (ballots & second) >> 1;
}

void swap_headers(State& state, const Shape& shape, std::size_t view) {
  for (std::size_t i = 0; i < shape.honest; ++i) state.votes[i] = swapped_headers(state.votes[i], view);
  state.durable = swapped_headers(state.durable, view);
  std::swap(state.parents[block(view, 0)], state.parents[block(view, 1)]);
  for (std::size_t child = block(view + 1, 0); child < block(shape.views + 1, 0); ++child) {
    if (view_of(state.parents[child]) == view) state.parents[child] ^= 1;
  }
}

// What tells the two headers of a view apart.
std::size_t rank(const State& state, const Shape& shape, std::size_t view, std::size_t header) {
  std::size_t notarizes = 0;
  std::size_t finalizes = 0;
  for (std::size_t i = 0; i < shape.honest; ++i) {
    const Ballots votes = in_view(state.votes[i], view);
    notarizes += (votes & notarize(header)) != 0;
    finalizes += (votes & finalize(header)) != 0;
  }
  return notarizes << 16 | finalizes << 8 | state.parents[block(view, header)];
}

}  // namespace

// The parents in view 1 are left out: all are genesis.
Key pack(const State& state, const Shape& shape) {
  Packer packer;
  for (std::size_t i = 0; i < shape.honest; ++i) packer.add(state.votes[i], kBallots * shape.views);
  for (std::size_t child = block(2, 0); child < block(shape.views + 1, 0); ++child)
    packer.add(state.parents[child], 4);
  if (shape.with_durable) {
    for (std::size_t view = 1; view <= shape.views; ++view) packer.add(in_view(state.durable, view), 3);
  }
  return packer.key();
}

State unpack(const Key& key, const Shape& shape) {
  Unpacker unpacker(key);
  State state;
  for (std::size_t i = 0; i < shape.honest; ++i) {
    state.votes[i] = static_cast<Ballots>(unpacker.take(kBallots * shape.views));
    for (std::size_t header = 0; header < kHeadersMax; ++header) {
      if ((state.votes[i] & notarize(header)) != 0) state.parents[block(1, header)] = kGenesis;
    }
  }
  for (std::size_t child = block(2, 0); child < block(shape.views + 1, 0); ++child)
    state.parents[child] = static_cast<Block>(unpacker.take(4));
  if (shape.with_durable) {
    for (std::size_t view = 1; view <= shape.views; ++view)
      state.durable |= at_view(static_cast<Ballots>(unpacker.take(3)), view);
  }
  return state;
}

State canonical(const State& state, const Shape& shape) {
  State result = state;
  for (std::size_t view = 1; view <= shape.views; ++view) {
    if (result.parents[block(view, 1)] == kNoBlock && result.parents[block(view, 0)] != kNoBlock) continue;
    if (rank(result, shape, view, 1) > rank(result, shape, view, 0)) swap_headers(result, shape, view);
  }
  std::sort(result.votes.begin(), result.votes.begin() + static_cast<std::ptrdiff_t>(shape.honest),
            std::greater<>());
  return result;
}

}  // namespace jingchu::model
