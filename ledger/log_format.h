// The bytes of the durable log (docs/formats.md, "Durable log"): pure encoding of groups and recovery of a
// segment. A group is what one sync makes durable. Only the last group of the last segment can be torn.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "common/bytes.h"
#include "common/hash.h"
#include "common/result.h"

namespace jingchu::ledger::log_format {

inline constexpr std::size_t kBlockBytes = 4096;  // every group starts at a multiple
inline constexpr std::size_t kGroupBytesMax = 1 << 30;

// Random for each segment, so that no payload can contain bytes that pass for a group of it.
using Salt = std::array<std::uint8_t, 16>;

struct Group {
  std::uint64_t number = 0;  // consecutive over the whole log, from 1
  std::uint64_t turn = 0;    // the last turn it makes durable
  std::vector<Bytes> records;
};

// The group padded with zeros to a multiple of kBlockBytes.
Bytes encode_group(const Salt& salt, std::uint64_t number, std::uint64_t turn,
                   std::span<const Bytes> records);

struct Segment {
  Salt salt{};
  std::vector<Group> groups;
  std::uint64_t valid_bytes = 0;  // where the next group goes; less than the size: a torn group follows
  std::uint64_t size = 0;

  bool torn() const { return valid_bytes < size; }
};

// Reads a segment. An invalid group that a valid one follows, or a gap in the numbers, is damage: an Error of
// type "log-damaged" with the offset in `what`.
Result<Segment> scan_segment(ByteView bytes);

}  // namespace jingchu::ledger::log_format
