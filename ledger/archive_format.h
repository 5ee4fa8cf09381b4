// Inside the archive only: the fixed pieces of a segment (docs/formats.md, "Archive segments").
#pragma once

#include <array>
#include <limits>

#include "common/codec.h"
#include "common/hash.h"

namespace jingchu::ledger {

inline constexpr std::array<std::uint8_t, 8> kSegmentMagic = {'J', 'C', 'A', 'R', 'C', 'H', 'V', '1'};
inline constexpr std::uint64_t kHashBytes = 32;
inline constexpr std::uint64_t kHeadBytes = 8 + 2 + 32 + 8 + 8 + 8;
inline constexpr std::uint64_t kTrailerBytes = 8 + kHashBytes;
// What is read is bounded by the file: no count is larger than the bytes that follow.
inline constexpr DecodeLimits kRecordLimits{.list_max = std::numeric_limits<std::uint32_t>::max()};

// The end of a segment.
struct SegmentTrailer {
  std::uint64_t tail_offset = 0;
  Hash whole{};  // SHA-256 of all bytes before it

  template <class Archive>
  void serialize(Archive& archive) {
    archive(tail_offset, whole);
  }
};

}  // namespace jingchu::ledger
